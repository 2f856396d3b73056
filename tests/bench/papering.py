"""Setting a visit's sheet as PDF: the press of a running server, and all of a download."""

import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pypdfium2

from telehealth.papers.press import Job, Press
from tests.bench.measure import Effort

AIM = "<= 300 ms"
AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M2 2h7v1h-7z"/></svg>'


def measure(effort: Effort) -> None:
    """Print how long papers take to set, each different from the one before, and how long the first does."""
    press = Press()
    try:
        began = time.perf_counter()
        first = press.set(Job("visit", "a5", _sheet(0), AT, CODE))
        started = (time.perf_counter() - began) * 1000
        print(f"\nPapers (aim {AIM}); one press, one paper after another, no two alike")
        print(f"  first paper with the start of the press   {started:7.0f} ms")
        print(f"  first paper of a press kept warm          {_first_of_warm():7.0f} ms")
        count = 40 * effort.rounds
        for name, template, size, long in (
            ("sheet of a visit, A5", "visit", "a5", 1),
            ("the same in A4", "visit", "a4", 1),
            ("minutes, A4", "minutes", "a4", 1),
            ("prescription of five medicines, A5", "prescription", "a5", 1),
            ("letter of referral, A4", "referral", "a4", 1),
            ("ten times as long, A5", "visit", "a5", 10),
        ):
            taken = _rounds(press, template, size, long, count)
            p95 = taken[int(len(taken) * 0.95)]
            print(f"  {name:<40}  {median(taken):7.1f} ms   p95 {p95:7.1f} ms")
        bare = _drawn(first, count)
        print(f"  baseline: drawing the first paper to pixels {median(bare):6.1f} ms")
    finally:
        press.stop()


def _first_of_warm() -> float:
    """Return how long the first paper takes where the press was started before, as a server does."""
    press = Press()
    try:
        press.warm()
        # Longer than a press needs to start, shorter than the first person needs to ask for a paper.
        time.sleep(5)
        began = time.perf_counter()
        press.set(Job("visit", "a5", _sheet(0), AT, CODE))
        return (time.perf_counter() - began) * 1000
    finally:
        press.stop()


def _rounds(press: Press, template: str, size: Any, long: int, count: int) -> list[float]:
    taken = []
    for number in range(count):
        job = Job(template, size, _sheet(number, long), AT, CODE)
        began = time.perf_counter()
        press.set(job)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def _drawn(content: bytes, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        pypdfium2.PdfDocument(content)[0].render(scale=1.5).to_pil()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _sheet(number: int, long: int = 1) -> dict[str, Any]:
    told = (
        f"Lần {number}: tĩnh mạch cổ nổi ở 45 độ, phù trắng mềm hai cổ chân, phổi có ran ẩm đáy. " * 3 * long
    )
    return {
        "language": "vi",
        "title": "PHIẾU KHÁM",
        "facility": "Bệnh viện Đa khoa Hồng Hà",
        "beside": "Cùng Trạm Y tế xã Phủ Thông",
        "number_label": "Mã người bệnh",
        "number": f"VH-{number:06d}",
        "who": "BÀN THỊ NÁI",
        "beneath": "Ngày 23 tháng 11 năm 2026",
        "foot": "In lúc 10:15, 23/11/2026",
        "facts": [[name, told, False] for name in ("Lý do khám", "Khám", "Nhận định", "Lời dặn")],
        "parts": [[name, told] for name in ("Tóm tắt", "Thảo luận", "Kết luận", "Hướng xử trí")],
        "lines": [
            {
                "name": f"{name} 500 mg",
                "amount": "14 viên",
                "usage": "Uống. Mỗi lần 1 viên, ngày 2 lần. " * long,
            }
            for name in ("Paracetamol", "Amlodipin", "Metformin", "Furosemid", "Omeprazol")
        ],
        "count": "Cộng khoản: 05",
        "told": [["Lời dặn", told, False]],
        "added": [],
        "signers": [
            {"role": "Người ký", "rows": ["Chưa ký số"], "name": "BS. Minh", "note": "", "ink": True}
        ],
        "verify": {"alt": "Mã QR", "words": "Kiểm tra tại:", "address": "https://kham.example.vn/v/a"},
    }
