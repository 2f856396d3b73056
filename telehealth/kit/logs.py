"""Logs as JSON lines, with nothing about a patient in them."""

import logging
import re
import traceback
from typing import Any, Final

import structlog

REDACTED = "[…]"

_SECRET_PATH = re.compile(r"/(k|activate|calendar|sms/receipts/[^/?\s\"]+)/[^/?\s\"]+")
"""Whoever holds a patient link, an activation code or the address of a calendar can use it."""

_LONG_DIGITS = re.compile(r"(?<![0-9a-fA-F-])\+?\d{9,15}(?![0-9a-fA-F-])")
_ALLOWED = {"event", "level", "timestamp", "logger", "request_id", "method", "path", "status", "duration_ms"}
_ALLOWED |= {
    "code",
    "kind",
    "job",
    "count",
    "gateway",
    "room",
    "reason",
    "error",
    "exception",
    "key",
    "state",
    "port",
}


def redact(_logger: object, _method: str, record: Any) -> Any:
    """Keep known keys only; hide secrets of addresses and what looks like a phone or a personal id."""
    kept = {key: value for key, value in record.items() if key in _ALLOWED or key == "exc_info"}
    for key, value in kept.items():
        if isinstance(value, str):
            kept[key] = hide(value)
    return kept


def hide(text: str) -> str:
    """Remove secret addresses and long numbers from a text that is going to a log."""
    return _LONG_DIGITS.sub(REDACTED, _SECRET_PATH.sub(rf"/\1/{REDACTED}", text))


def told(error: BaseException) -> str:
    """Return what a log keeps of a fault: types, a database's own short code, and frames, causes first.

    Never its words: those of a database hold the row that failed, those of a parser what it was given.
    """
    chain, seen = [], set[int]()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        chain.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return "\n".join(_told_alone(each) for each in reversed(chain))


def _told_alone(error: BaseException) -> str:
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    last = f"{name} [{code}]" if isinstance(code, str) else name
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return hide("".join(frames) + last) + "".join(f"\n{told(each)}" for each in inner)


class _HideInStandardLogs(logging.Filter):
    """The same for what libraries and the signalling log, faults included."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(each).__name__ if isinstance(each, BaseException) else each for each in record.args
            )
        record.msg = hide(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = told(record.exc_info[1])
            record.exc_info = None
        return True


_HIDING: Final = _HideInStandardLogs()


def _hide_everywhere() -> None:
    """Clean what any logger hands up: a filter at a logger says nothing of the loggers below it."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
    for each in root.handlers:
        each.addFilter(_HIDING)
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "apscheduler"):
        logging.getLogger(name).addFilter(_HIDING)


def configure(level: int = logging.INFO) -> None:
    """Set up logging for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda exc_info: told(exc_info[1])),
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    _hide_everywhere()


def logger() -> structlog.stdlib.BoundLogger:
    """Return the program's logger."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger()
    return bound
