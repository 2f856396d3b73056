"""Every error in a summary says of which field it is, in the page's own words for that field."""

import re

import pytest

from web import render
from web.forms import FormView
from web.summary import name_fields

SOURCE = """{{ ui.error_summary(form) }}
{{ ui.field(form.pulse, "Mạch", optional=true) }}
{{ ui.choices(form.wheezes, "Có khò khè không?", options) }}
{{ ui.tick(form.agreed, "Tôi đã đo lại") }}{{ ui.search("text", "Tìm") }}"""


def printed(**errors: str) -> list[str]:
    """Return the lines of the summary of a form with these errors."""
    options = [{"value": "yes", "label": "Có", "hint": "", "icon": ""}]
    form = FormView(errors=errors)
    with render.printing("n", lambda: "c", "vi"):
        html = render.environment().from_string(SOURCE).render(form=form, options=options)
        page = name_fields(html)
    assert "<!--" not in page
    summary = page.partition("</ul>")[0]
    return [re.sub(r"<[^>]*>", "", line) for line in re.findall(r"<li>(.*?)</li>", summary)]


@pytest.mark.parametrize(
    ("name", "error", "line"),
    [
        ("pulse", "Nhập một số, ví dụ 36,8", "Mạch: Nhập một số, ví dụ 36,8"),
        ("wheezes", "Chưa trả lời câu này", "Có khò khè không? Chưa trả lời câu này"),
        ("pulse", "Nhập mạch bằng số", "Nhập mạch bằng số"),
        ("agreed", "Đo lại, rồi đánh dấu", "Đo lại, rồi đánh dấu"),
        ("gone", "Không còn trên trang", "Không còn trên trang"),
        ("", "Không lưu được", "Không lưu được"),
    ],
)
def test_an_error_is_said_with_the_label_of_its_field(name: str, error: str, line: str) -> None:
    assert printed(**{name: error}) == [line]


def test_two_fields_with_the_same_error_are_told_apart() -> None:
    assert len(set(printed(pulse="Cần điền mục này", wheezes="Cần điền mục này"))) == 2


def test_a_page_without_errors_is_left_alone() -> None:
    page = "<p>nothing</p>"
    assert name_fields(page) is page
