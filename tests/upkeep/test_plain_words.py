"""What patients read is said as a farmer follows it: short sentences, no word of an office or of a computer.

There is no accepted reading grade for Vietnamese in the open, so two things are held that guides to plain
language agree on (plainlanguage.gov, "Keep it short": 15 to 20 words): the length of each sentence,
counted in syllables, which is stricter, and the words.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

from telehealth.messaging.rules import Template, Variant
from telehealth.messaging.templates import templates
from web.i18n import catalogue

LONGEST_SENTENCE: Final = 20
ODD_WORDS: Final = (
    "bảo mật",
    "biểu mẫu",
    "chẩn đoán",
    "chỉ định",
    "dữ liệu",
    "đăng nhập",
    "hệ thống",
    "hội chẩn",
    "hợp lệ",
    "kích hoạt",
    "lâm sàng",
    "liên kết",
    "otp",
    "phiên",
    "thiết bị",
    "token",
    "triệu chứng",
    "trình duyệt",
    "truy cập",
    "xác thực",
)
TEMPLATES: Final = Path("web/templates")
_KEY: Final = re.compile(r'\bt\("([a-z_0-9.]+)"')
_END: Final = re.compile(r"[.!?…;:](?:\s+|$)|\n")


@lru_cache
def patient_texts() -> dict[str, str]:
    """Return every text on the pages a patient opens, and whatever is said of links."""
    pages = [page.read_text("utf-8") for page in TEMPLATES.rglob("*.html")]
    used = {key for page in pages if "layouts/patient.html" in page for key in _KEY.findall(page)}
    found = {}
    for key, entry in catalogue("vi").items():
        if key in used or key.startswith("links."):
            found[key] = entry if isinstance(entry, str) else " ".join(entry.values())
    return found


def sentences(text: str) -> Iterator[str]:
    """Split a text where a reader takes breath."""
    return (piece for piece in _END.split(text) if piece.strip())


def is_plain(text: str) -> bool:
    """Tell whether no sentence is long and no word odd."""
    short = all(len(each.split()) <= LONGEST_SENTENCE for each in sentences(text))
    return short and not any(re.search(rf"\b{word}\b", text.lower()) for word in ODD_WORDS)


def test_many_texts_are_read() -> None:
    assert len(patient_texts()) > 200
    assert not is_plain("Vui lòng xác thực.")
    assert not is_plain("một hai ba bốn năm " * 4 + "sáu")
    assert is_plain("một hai ba bốn năm. " * 9)


@pytest.mark.parametrize("area", sorted({key.rpartition(".")[0] for key in patient_texts()}))
def test_what_a_patient_reads_is_plain(area: str) -> None:
    hard = {
        key: text
        for key, text in patient_texts().items()
        if key.rpartition(".")[0] == area and not is_plain(text)
    }
    assert hard == {}


@pytest.mark.parametrize(
    "template",
    [each for (_, variant), each in sorted(templates().items()) if variant is not Variant.ENGLISH],
    ids=lambda each: f"{each.key}-{each.variant}",
)
def test_what_a_text_message_says_is_plain(template: Template) -> None:
    assert is_plain(template.text)
