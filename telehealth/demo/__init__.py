"""The demo: the real pilot's places, plainly invented people."""

import shutil
from pathlib import Path

from telehealth.demo.load import load
from telehealth.demo.roster import renew
from telehealth.staff.rules import DEMO_PASSWORD, DEMO_PIN

__all__ = ["forget", "greeting", "load", "renew"]

_OURS = ("telehealth.sqlite3", "telehealth.sqlite3-wal", "telehealth.sqlite3-shm", "keys.json")
_FOLDERS = ("sms", "files")


def forget(data_dir: Path) -> None:
    """Take away what a demo wrote into its folder, and nothing else that lies there."""
    for name in _OURS:
        (data_dir / name).unlink(missing_ok=True)
    for name in _FOLDERS:
        shutil.rmtree(data_dir / name, ignore_errors=True)


def greeting(base_url: str, *, is_new: bool) -> str:
    """Return the few lines that say where to go and as whom; `is_new`: the data was loaded just now."""
    state = "Dữ liệu mẫu đã nạp." if is_new else "Giữ nguyên dữ liệu lần trước (make demo-reset để làm lại)."
    return f"""
  Khám từ xa · Telehealth xã – {state}
  Mọi người trong bản trình diễn đều là tên đặt ra. All people here are invented.

    {base_url}              nhân viên y tế · staff
    {base_url}/demo/phone   điện thoại của người bệnh · the patient's phone
    {base_url}/docs         API

    hanh   điều dưỡng, Điểm trạm Vi Hương · station nurse
    khoa   y sĩ, Điểm trạm Vi Hương · station practitioner
    thuha  bác sĩ, TTYT khu vực Bạch Thông · doctor, regional centre
    minh   bác sĩ, BV Bạch Mai, Hà Nội · doctor, Hanoi
    admin  quản trị · administrator

    mật khẩu · password: {DEMO_PASSWORD}    PIN: {DEMO_PIN}

  Dừng: Ctrl+C · Stop: Ctrl+C
"""
