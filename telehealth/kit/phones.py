"""Vietnamese telephone numbers."""

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    is_valid_number,
    number_type,
    parse,
)

from telehealth.kit.errors import InvalidError

_TEXTABLE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def parse_phone(text: str, *, field: str = "phone") -> str:
    """Return the E.164 form of a number as people write it.

    Raises `phone-invalid` when it is no number of Vietnam's plan or a full foreign one.
    """
    try:
        number = parse(text, "VN")
    except NumberParseException:
        raise InvalidError("phone-invalid", field=field) from None
    if not is_valid_number(number):
        raise InvalidError("phone-invalid", field=field)
    return format_number(number, PhoneNumberFormat.E164)


def is_textable(e164: str) -> bool:
    """Tell whether an SMS can reach the number; landlines cannot."""
    return number_type(parse(e164)) in _TEXTABLE


def display(e164: str) -> str:
    """Return the number as it is written in Vietnam: 0868 123 456."""
    if not e164.startswith("+84"):
        return format_number(parse(e164), PhoneNumberFormat.INTERNATIONAL)
    national = "0" + e164.removeprefix("+84")
    if len(national) != 10:
        return format_number(parse(e164), PhoneNumberFormat.NATIONAL)
    return f"{national[:4]} {national[4:7]} {national[7:]}"


def mask(e164: str) -> str:
    """Return enough of a number to recognise it, not to use it: 0868 ••• 456."""
    written = display(e164)
    return f"{written[:4]} ••• {written[-3:]}"


def dialled(e164: str | None) -> str:
    """Return a number as it is dialled within the country, without spaces; empty when there is none."""
    if not e164:
        return ""
    return "0" + e164.removeprefix("+84") if e164.startswith("+84") else e164
