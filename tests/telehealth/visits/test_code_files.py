"""Files of codes as offices export them, and a corpus of those that are refused with their reason."""

import codecs
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.visits.codefile import NAME_LIMIT, CodeRow, Refusal, read_codes

NAME = "Tăng huyết áp vô căn"
PLAIN = f"code,name\nI10,{NAME}\n"


def cp1258(text: str) -> bytes:
    """The bytes Windows writes in Vietnam: letters with their own marks, tones beside them."""
    made = []
    for letter in text:
        try:
            made.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in marks if mark in "\u0300\u0309\u0303\u0301\u0323")
            rest = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark != tone))
            made.append((rest + tone).encode("cp1258"))
    return b"".join(made)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (PLAIN.encode("utf-8-sig"), "utf-8-sig"),
        (PLAIN.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "utf-16"),
        (cp1258(PLAIN), "cp1258"),
        (unicodedata.normalize("NFD", PLAIN).encode(), "utf-8"),
    ],
)
def test_every_encoding_gives_the_same_letters(content: bytes, encoding: str) -> None:
    read = read_codes(content)
    assert (read.rows, read.refused, read.encoding) == ((CodeRow("I10", NAME),), (), encoding)


@pytest.mark.parametrize(
    "text",
    [
        f"Mã bệnh;Tên bệnh\nI10;{NAME}",
        f"STT\tMÃ ICD10\tTÊN BỆNH\r\n1\tI10\t{NAME}\r\n",
        f'"Tên tiếng Việt","mã"\n"{NAME}","i10"\n\n\n',
        f"ma|ten|nguon\nI10|{NAME}|",
    ],
)
def test_known_titles_and_separators_are_found(text: str) -> None:
    read = read_codes(text.encode())
    assert read.rows == (CodeRow("I10", NAME),)
    assert read.refused == ()


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_file_is_read_as_excel_writes_it_in_vietnam(mark: bytes) -> None:
    lines = (
        "Mã bệnh;Tên bệnh",
        'I10;"Tăng huyết áp; ""vô căn"", nguyên phát"',
        '"E11.9";"Đái tháo đường\ntíp 2"',
        "",
    )
    read = read_codes(mark + "\r\n".join(lines).encode())
    assert read.refused == ()
    assert [(row.code, row.name) for row in read.rows] == [
        ("I10", 'Tăng huyết áp; "vô căn", nguyên phát'),
        ("E11.9", "Đái tháo đường típ 2"),
    ]


def test_other_titles_are_named_by_who_imports() -> None:
    content = f"A;B;C\nI10;{NAME};TT 06/2026".encode()
    with pytest.raises(InvalidError, match="code-column-missing") as refused:
        read_codes(content)
    assert refused.value.facts["titles"] == "A, B, C"
    read = read_codes(content, {"code": "a", "name": "B", "source": "C"})
    assert read.rows == (CodeRow("I10", NAME, "TT 06/2026"),)
    with pytest.raises(InvalidError, match="code-column-missing"):
        read_codes(content, {"code": "A", "name": "B", "source": "D"})


def test_codes_are_stored_in_one_shape() -> None:
    read = read_codes("ma;ten\ni109;a\nA00.0;b\nM0000;c\nB95*;d\nA17†;e".encode())
    assert [row.code for row in read.rows] == ["I10.9", "A00.0", "M00.00", "B95*", "A17†"]


def test_a_name_may_hold_separators_and_lines() -> None:
    read = read_codes('code,name\nA09,"Tiêu chảy, viêm\ndạ dày"\nI10,b\n'.encode())
    assert read.rows[0].name == "Tiêu chảy, viêm dạ dày"
    assert [row.code for row in read.rows] == ["A09", "I10"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("C00-C97,Bướu tân sinh", Refusal.CODE),
        (",Không có mã", Refusal.CODE),
        ("I,Chương IX", Refusal.CODE),
        ("I10.999,Dài", Refusal.CODE),
        ("1I0,Ngược", Refusal.CODE),
        ("=I10,Công thức", Refusal.CODE),
        ("I11,", Refusal.NAME),
        ("I11,---", Refusal.NAME),
        ("I11," + "a" * (NAME_LIMIT + 1), Refusal.NAME_LONG),
        ("I10,Lại I10", Refusal.TWICE),
        ("i10,Lại i10", Refusal.TWICE),
        ("I11", Refusal.COLUMNS),
        ("I11,a,b", Refusal.COLUMNS),
        ("I11,t\ufffd\ufffdng", Refusal.LETTERS),
        ("I11,ab\x07c", Refusal.LETTERS),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_it_stands_and_why(row: str, reason: Refusal) -> None:
    read = read_codes(f"{PLAIN}{row}\nZ71.9,Tư vấn\n".encode())
    assert [(each.number, each.reason) for each in read.refused] == [(3, reason)]
    assert [each.code for each in read.rows] == ["I10", "Z71.9"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "code-file-empty"),
        (b"code,name\n", "code-file-empty"),
        (b"\xef\xbb\xbf", "code-file-empty"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, "code-file-unreadable"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 30, "code-file-unreadable"),
        (b"\xff\xfea", "code-file-unreadable"),
        (b"code,name\nI10,a\x00b\n", "code-file-unreadable"),
        (b"a\nb\nc\n", "code-column-missing"),
        (b"<html><body>404</body></html>\n<p>\n", "code-column-missing"),
        (b'code,name\n"' + b"x" * 200_000 + b'",b\n', "code-file-unreadable"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        read_codes(content)


@given(st.binary(max_size=400))
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes) -> None:
    try:
        read = read_codes(content)
    except InvalidError:
        return
    assert len({row.code for row in read.rows}) == len(read.rows)
