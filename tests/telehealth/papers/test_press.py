"""Papers as they leave the press: text word for word, tagged, in time, whatever a patient's words are."""

import os
import re
import signal
import unicodedata
import zlib
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from telehealth.papers.glyphs import covered, drawable
from telehealth.papers.press import Job, Press, PressError

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M2 2h7v1h-7z"/></svg>'

HOSTILE = (
    "#set page(fill: red) #panic() *đậm* _nghiêng_ $x^2$ `mã` = tiêu đề",
    "- dòng 1\n+ dòng 2\n/ mục: chữ\n// chú thích\n/* x */",
    "<nhãn> @nguồn https://x.vn/?a=1&b=2 \\ ~ -- --- ...",
    '"ngoặc" \'đơn\' {khối} [nội dung] (ngoặc) #{1 + 1} #import "x.typ"',
    "Ngữ nghĩa: ế ự ộ ằ ẵ đ Đ Ỵ ẫ ỷ ữ ợ",
    "مرحبا",
    "שלום",
    "Ελληνικά Кириллица",
    "😀",
    "½ µ ≥ ≤ ± ° × ₫ € → ≠ ∞",
    "ẹ́ q̣̃",
    "x" * 5_000,
    "một hai ba " * 900,
)


def words_of(content: bytes) -> str:
    """Return the text of a PDF without white space, breaks of very long words, heads and feet of pages."""
    document = pypdfium2.PdfDocument(content)
    pages = [squeezed(page.get_textpage().get_text_range()) for page in document]
    return "".join(
        re.sub(rf"Inlúc10:15\d+/{len(pages)}$", "", page).removeprefix("PHIẾUKHÁM·BÀNTHỊNÁI·VH-000012")
        for page in pages
    )


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "").replace("\ufffe", "")


def data(*facts: str, **more: Any) -> dict[str, Any]:
    """Return a sheet with these facts."""
    return {
        "language": "vi",
        "title": "PHIẾU KHÁM",
        "facility": "Bệnh viện Đa khoa Hồng Hà",
        "beside": "Cùng Trạm Y tế xã Phủ Thông",
        "number_label": "Mã người bệnh",
        "number": "VH-000012",
        "who": "BÀN THỊ NÁI",
        "beneath": "Ngày 23 tháng 11 năm 2026",
        "foot": "In lúc 10:15",
        "facts": [["Khám", each, False] for each in facts],
        "added": [["Đính chính 1", "Hẹn xét nghiệm", "BS. Minh"]],
        "parts": [["Kết luận", each] for each in facts],
        "lines": [{"name": "Paracetamol 500 mg", "amount": "09 viên", "usage": each} for each in facts],
        "count": "Cộng khoản: 01",
        "told": [["Lời dặn", each, False] for each in facts],
        "signers": [
            {"role": "Người ký", "rows": ["Chưa ký số"], "name": "BS. Minh", "note": "GPHN", "ink": True}
        ],
        "verify": {"alt": "Mã QR", "words": "Kiểm tra tại:", "address": "https://x.vn/v/abc"},
        **more,
    }


TEMPLATES = ("visit", "minutes", "prescription", "referral")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("text", HOSTILE)
def test_text_comes_out_word_for_word(press: Press, template: str, text: str) -> None:
    content = press.set(Job(template, "a5", data(text), AT, CODE))
    assert squeezed(text) in words_of(content)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("🩺 ống nghe", "[U+1FA7A] ống nghe"),
        ("漢字", "[U+6F22][U+5B57]"),
        ("a\u202egnol\u202c", "a[U+202E]gnol[U+202C]"),
        ("\x07 \ufeff \ue000", "[U+0007] [U+FEFF] [U+E000]"),
    ],
)
def test_what_no_font_draws_is_spelled_out(press: Press, text: str, shown: str) -> None:
    assert squeezed(shown) in words_of(press.set(Job("visit", "a5", data(text), AT)))


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_set(press: Press, text: str) -> None:
    assert press.set(Job("visit", "a5", data(text), AT)).startswith(b"%PDF")


@given(st.text())
def test_drawable_text_keeps_everything_and_stays_as_it_is(text: str) -> None:
    once = drawable(text)
    assert drawable(once) == once
    assert all(each in once or f"[U+{ord(each):04X}]" in once for each in text)


def test_the_fallback_font_draws_all_of_vietnamese() -> None:
    letters = "aăâeêioôơuưyđ"
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    every = {
        unicodedata.normalize("NFC", each + tone) for each in letters + letters.upper() for tone in tones
    }
    assert {ord(letter) for each in every for letter in each} <= covered()


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(("size", "width"), [("a5", 420), ("a4", 595)])
def test_a_paper_has_its_size_its_title_and_tags(press: Press, template: str, size: Any, width: int) -> None:
    content = press.set(Job(template, size, data("Tim đều"), AT, CODE))
    document = pypdfium2.PdfDocument(content)
    assert round(document[0].get_width()) == width
    assert document.get_metadata_dict()["Title"] == "PHIẾU KHÁM"
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"(vi)", b"pdfuaid:part"):
        assert mark in content or mark in b"".join(_streams(content)), mark


def test_long_records_go_on_on_further_pages(press: Press) -> None:
    content = press.set(Job("visit", "a5", data(*["Tim đều, phổi trong. " * 60] * 6), AT, CODE))
    document = pypdfium2.PdfDocument(content)
    assert len(document) > 2
    heads = [page.get_textpage().get_text_range().split("\r\n")[0] for page in document]
    assert heads[0] == "Bệnh viện Đa khoa Hồng Hà"
    assert set(heads[1:]) == {"PHIẾU KHÁM · BÀN THỊ NÁI · VH-000012"}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("size", ["a5", "a4"])
def test_the_first_page_as_a_picture_is_not_empty(press: Press, template: str, size: Any) -> None:
    picture = Image.open(BytesIO(press.set(Job(template, size, data("Tim đều"), AT, CODE), form="png")))
    assert picture.convert("L").getextrema() == (0, 255)


def test_a_medicine_is_not_torn_from_how_it_is_taken(press: Press) -> None:
    lines = [
        {"name": f"Thuốc {number}", "amount": "09 viên", "usage": "Uống sau ăn. " * 30} for number in range(9)
    ]
    document = pypdfium2.PdfDocument(press.set(Job("prescription", "a5", data("x", lines=lines), AT, CODE)))
    assert len(document) > 1
    for page in document:
        text = squeezed(page.get_textpage().get_text_range())
        assert text.count("Thuốc") * 30 == text.count("Uốngsauăn.")


def test_an_unknown_template_is_refused_and_the_press_goes_on(press: Press) -> None:
    with pytest.raises(PressError, match="paper-not-set"):
        press.set(Job("nothing", "a5", data("x"), AT))
    assert press.set(Job("visit", "a5", data("x"), AT)).startswith(b"%PDF")


def test_a_press_that_died_is_started_anew(press: Press) -> None:
    press.set(Job("visit", "a5", data("x"), AT))
    child = press._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert press.set(Job("visit", "a5", data("y"), AT)).startswith(b"%PDF")


def test_a_warm_press_is_started_once_and_sets_the_first_paper() -> None:
    press = Press(deadline=120)
    try:
        assert [press.warm(), press.warm()] == [1, 0]
        child = press._child
        assert press.set(Job("visit", "a5", data("x"), AT)).startswith(b"%PDF")
        assert press._child is child
    finally:
        press.stop()


def test_a_press_that_hangs_is_ended() -> None:
    press = Press(deadline=120)
    try:
        press.set(Job("visit", "a5", data("x"), AT))
        child = press._child
        assert child is not None
        os.kill(child.pid, signal.SIGSTOP)
        press._deadline = 0.2
        with pytest.raises(PressError):
            press.set(Job("visit", "a5", data("y"), AT))
        assert child.poll() is not None
    finally:
        press.stop()


def _streams(content: bytes) -> list[bytes]:
    """Return what is compressed in a PDF, in the open."""
    found = []
    for each in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            found.append(zlib.decompress(each[1]))
        except zlib.error:
            found.append(each[1])
    return found
