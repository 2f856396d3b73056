"""The national prescription system over HTTP, in the shape public client code shows of donthuocquocgia.vn.

Two calls: a facility signs in and gets a token, then hands a prescription over and gets its code. The shape
was read from public clients and never tried against the real system: docs/running/README.md says so. What
comes back is believed only as far as it is a code of the known form; it is never put into a log.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from telehealth.prescriptions.ports import Answer, Errand, Outcome

SIGN_IN: Final = "/api/auth/dang-nhap-co-so-kham-chua-benh"
HAND_OVER: Final = "/api/v1/gui-don-thuoc"
PATIENCE_SECONDS: Final = 15.0
MOST_BYTES: Final = 64_000
_CODE: Final = re.compile(r"[0-9A-Za-z]{12}-?[A-Za-z]")
"""14 characters: facility, order, type (VN Core 0.6.0); with or without the dash before the type."""

for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class NationalSystem:
    """The issuer of codes over HTTP. `accounts`: code of a facility there -> its password; `prescribers`:
    number of a licence -> the prescriber's code there."""

    url: str
    accounts: Mapping[str, str] = field(repr=False)
    prescribers: Mapping[str, str] = field(default_factory=dict)
    patience_seconds: float = PATIENCE_SECONDS

    def ask(self, errand: Errand) -> Answer:
        """Hand a prescription over and return its code; never raises for what the other side does."""
        if errand.facility not in self.accounts:
            return Answer(Outcome.LATER, problem="facility-unknown")
        if errand.licence not in self.prescribers:
            return Answer(Outcome.LATER, problem="prescriber-unknown")
        try:
            with httpx2.Client(timeout=self.patience_seconds, follow_redirects=False) as client:
                return self._ask(client, errand)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return Answer(Outcome.LATER, problem="unreachable")

    def _ask(self, client: httpx2.Client, errand: Errand) -> Answer:
        account = {
            "ma_lien_thong_co_so_kham_chua_benh": errand.facility,
            "mat_khau": self.accounts[errand.facility],
        }
        status, said = self._post(client, SIGN_IN, account)
        token = said.get("token")
        if status != 200 or not isinstance(token, str):
            return Answer(Outcome.LATER, problem="sign-in-failed" if status < 500 else "unreachable")
        body = as_handed_over(errand, self.prescribers[errand.licence])
        status, said = self._post(client, HAND_OVER, body, token)
        return _read(status, said)

    def _post(
        self, client: httpx2.Client, path: str, body: Mapping[str, object], token: str = ""
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with client.stream("POST", self.url.rstrip("/") + path, json=body, headers=headers) as answer:
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    return 502, {}
            status = answer.status_code
        return status, _object(content)


def as_handed_over(errand: Errand, prescriber: str) -> dict[str, Any]:
    """Return a signed prescription in the fields of the national system; what is unknown is left empty."""
    patient, content = errand.record["patient"], errand.content
    return {
        "loai_don_thuoc": content["type"],
        "ma_don_thuoc_co_so": errand.ask_id,
        "ma_lien_thong_bac_si": prescriber,
        "ho_ten_benh_nhan": patient["full_name"],
        "ma_dinh_danh_cong_dan": errand.cccd,
        "ma_the_bhyt": errand.bhyt,
        "dia_chi": errand.address,
        "ngay_sinh_benh_nhan": _birth(patient),
        "gioi_tinh": patient["sex"],
        "can_nang": content["patient"]["weight_kg"],
        "nguoi_dua_tre": content["patient"]["escort_name"],
        "chan_doan": [
            {"ma_chan_doan": each["code"] or "", "ten_chan_doan": each["text"]}
            for each in errand.record["conditions"]
        ],
        "loi_dan": errand.record["sections"].get("advice", ""),
        "ngay_gio_ke_don": errand.issued_on.isoformat(),
        "thong_tin_don_thuoc": [_medicine(line) for line in content["lines"]],
    }


def _birth(patient: Mapping[str, Any]) -> str:
    """Return the birth date as far as it is known: a year alone is no first of January."""
    length = {"year": 4, "month": 7}.get(patient.get("birth_precision") or "", 10)
    return (patient["birth_date"] or "")[:length]


def _medicine(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ten_thuoc": line["generic_name"],
        "biet_duoc": line["brand_name"] or "",
        "ham_luong": line["strength"],
        "dang_bao_che": line["form"],
        "duong_dung": line["route"],
        "don_vi_tinh": line["unit"],
        "so_luong": line["total"],
        # Records signed long ago may hold both; amounts by the time of day are the dose.
        "lieu_dung": None if line["moments"] else line["dose"],
        "so_lan_ngay": None if line["moments"] else line["times_a_day"],
        "cac_buoi": line["moments"],
        "so_ngay": line["days"],
        "cach_dung": line["instructions"],
    }


def _read(status: int, said: Mapping[str, Any]) -> Answer:
    """Read an answer: a code of the known form, a refusal of what was sent, or come again.

    409 is what a second asking may meet whose first answer was lost: it counts as given where it names
    the code, and otherwise somebody has to look the code up there.
    """
    code = said.get("ma_don_thuoc")
    if status in (200, 201, 409) and isinstance(code, str) and _CODE.fullmatch(code):
        return Answer(Outcome.GIVEN, code)
    if status in (200, 201):
        return Answer(Outcome.LATER, problem="no-code")
    if status == 409:
        return Answer(Outcome.REFUSED, problem="already-there")
    if status in (400, 422):
        return Answer(Outcome.REFUSED, problem="content-refused")
    return Answer(Outcome.LATER, problem="sign-in-failed" if status in (401, 403) else "unreachable")


def _object(content: bytes) -> dict[str, Any]:
    try:
        said = httpx2.Response(200, content=content).json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
