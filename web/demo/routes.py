"""The page that plays the phones: it reads what the file gateway was handed, as a phone network would."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import public
from telehealth.kit.deps import AppSettings, database_of
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.phones import display, parse_phone
from telehealth.kit.settings import Settings
from telehealth.messaging.gateways.file import Handed, handed_over
from telehealth.messaging.rules import LINK_PATH
from web.demo.pages import Number, PhonePage, Text
from web.formatting import datetime_text, time_text
from web.render import render

router = APIRouter(include_in_schema=False)

_SHOWN = 20


@router.get("/demo/phone", dependencies=[Depends(public)])
def phone_page(request: Request, settings: AppSettings, number: str = "") -> Response:
    """Show the messages of the number asked for, else of the one that got the latest.

    A number that got none yet shows none: another's would be taken for its own.
    """
    if not settings.demo:
        raise NotFoundError("page-not-found")
    texts = handed_over(settings.data_dir / "sms")
    phones = list(dict.fromkeys(each.to for each in reversed(texts)))
    current = _asked(number) or next(iter(phones), "")
    own = [each for each in texts if each.to == current][-_SHOWN:]
    page = PhonePage(
        numbers=tuple(
            Number(display(phone), _address(phone), is_current=phone == current) for phone in phones[:_SHOWN]
        ),
        phone=display(current) if current else "",
        clock=time_text(database_of(request).clock.now(), settings.zone),
        sender=settings.sms_brand,
        texts=_texts(own, settings),
        refresh_href=_address(current) if current else "/demo/phone",
    )
    return render(request, page)


def _asked(number: str) -> str:
    """Return the number asked for in E.164; nothing for what is no number."""
    try:
        return parse_phone(f"+{number}")
    except InvalidError:
        return ""


def _texts(handed: Sequence[Handed], settings: Settings) -> tuple[Text, ...]:
    return tuple(_text(each, settings) for each in handed)


def _text(handed: Handed, settings: Settings) -> Text:
    words, _, last = handed.text.rpartition(" ")
    has_link = LINK_PATH in last
    return Text(
        time=datetime_text(handed.at, settings.zone),
        words=words if has_link else handed.text,
        link=last if has_link else "",
        link_href=LINK_PATH + last.rpartition(LINK_PATH)[2] if has_link else "",
    )


def _address(phone: str) -> str:
    return f"/demo/phone?number={phone.removeprefix('+')}"
