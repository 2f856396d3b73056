"""Setting a visit's sheet as PDF: the press alone, and a download by somebody signed in, over HTTP."""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from http.client import HTTPConnection
from statistics import median
from typing import Any

import pypdfium2

from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.papers.press import Job, Press
from tests.bench.measure import Effort
from tests.bench.programs import product
from tests.bench.worlds import opened, scratch
from tests.support import day as days
from tests.support import world
from tests.support.clock import FixedClock

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
    _over_http(count)


def _over_http(count: int) -> None:
    """Print how long a nurse waits for the papers of a signed visit: rights checked, the look on record."""
    with scratch() as folder:
        now = SystemClock().now()
        today = now.astimezone(DEFAULT_ZONE).date()
        monday = today - timedelta(days=7 + today.weekday())
        # A morning of last week, so that the hour of the run makes no difference.
        morning = datetime.combine(monday, time_of_day(8), tzinfo=DEFAULT_ZONE).astimezone(UTC)
        with opened(folder, clock=FixedClock(morning)) as database:
            day = days.make_day(database)
            with database.write() as unit:
                cookie = world.make_sign_in(unit.session, day.nurse, now=now)
        visit = f"/visits/{day.samples['signed_visit_id']}"
        with product(folder) as server:
            print("  over HTTP, signed in, one after another; every paper set anew")
            for name, path in (
                ("sheet of a visit, A5", f"{visit}/papers/visit.pdf"),
                ("the same in A4", f"{visit}/papers/visit.pdf?size=a4"),
                ("baseline: the same as a page to print", f"{visit}/print"),
            ):
                first, *taken = _asked(server.port, path, cookie, count + 1)
                taken.sort()
                p95 = taken[int(len(taken) * 0.95)]
                told = f"{median(taken):7.1f} ms   p95 {p95:7.1f} ms   first {first:7.0f} ms"
                print(f"    {name:<38}  {told}")


def _asked(port: int, path: str, cookie: str, count: int) -> list[float]:
    """Ask for a page over one kept connection; return the milliseconds of each answer, the first first."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        line.request("GET", path, headers={"Cookie": f"signin={cookie}", "Accept-Language": "vi"})
        answer = line.getresponse()
        content = answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200 or not content:
            raise RuntimeError(f"{path} answered {answer.status}")
    line.close()
    return taken


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
