"""A patient's station, the messages sent, and the phones that read them."""

import re
from pathlib import Path

from fastapi import FastAPI

from telehealth.messaging.gateways.file import FileGateway, handed_over
from tests.support.app import ADDRESS, Browser
from tests.telehealth.followup.world import Follow

_CODE = re.compile(r"\b\d{6}\b")


class Patient:
    """What a test does with the phones of one patient."""

    def __init__(self, follow: Follow, app: FastAPI, folder: Path) -> None:
        self.follow = follow
        self.app = app
        self.folder = folder

    def texts(self) -> list[str]:
        """Let the worker send, and return every text handed over so far."""
        self.follow.send(FileGateway(self.folder / "sms"))
        return [each.text for each in handed_over(self.folder / "sms")]

    def link(self) -> str:
        """Let the worker send, and return the path in the newest message."""
        return self.texts()[-1].rpartition(" ")[2].removeprefix(ADDRESS)

    def code(self) -> str:
        """Let the worker send, and return the digits in the newest message."""
        found = _CODE.search(self.texts()[-1])
        assert found is not None, self.texts()[-1]
        return found[0]

    def phone(self) -> Browser:
        """Return a phone that has never been here."""
        return Browser(self.app)

    def tap(self, link: str, phone: Browser) -> str:
        """Tap the button behind a link; return where it leads."""
        answer = phone.client.post(link, headers={"Origin": ADDRESS})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def give_year(self, phone: Browser, place: str, year: str = "1985") -> int:
        """Tap a year; return the status."""
        return phone.post(f"{place}/year", {"year": year}, page=place).status_code

    def inside(self, phone: Browser, *, year: str = "1985") -> str:
        """Tap the newest link on a phone and give the year; return where it leads."""
        place = self.tap(self.link(), phone)
        assert self.give_year(phone, place, year) == 303
        return place
