"""Versions of rows as entity tags: whoever changes something names the version it was read at."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from telehealth.kit.errors import DomainError, Kind, StaleError

_TAG = re.compile(r'"([0-9]{1,18})"')


def set_version(response: Response, version: int) -> None:
    """Put the version into the answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


_Header = Annotated[str | None, Header(description='The ETag it was read with: `"3"`')]


def if_match(if_match: _Header = None) -> int:
    """Return the version a change is meant for (RFC 9110 section 13.1.1).

    Raises `if-match-needed` (428) without one, `stale-version` (412) for a tag that is none of ours.
    """
    if if_match is None:
        raise DomainError("if-match-needed", Kind.PRECONDITION_REQUIRED)
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        raise StaleError
    return int(tag[1])


IfMatch = Annotated[int, Depends(if_match)]
