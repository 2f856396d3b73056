"""Logs as JSON lines, with nothing about a patient in them."""

import logging
import re
from typing import Any

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


class _HideInStandardLogs(logging.Filter):
    """The same for what libraries log (uvicorn's access log above all)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = hide(record.getMessage())
        record.args = ()
        return True


def configure(level: int = logging.INFO) -> None:
    """Set up logging for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "apscheduler"):
        logging.getLogger(name).addFilter(_HideInStandardLogs())


def logger() -> structlog.stdlib.BoundLogger:
    """Return the program's logger."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger()
    return bound
