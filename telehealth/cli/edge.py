"""What every command does: settings, database, and one sentence instead of a traceback."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.main import open_database
from telehealth.scheduling import guard
from telehealth.serving import CannotStartError
from web.i18n import has_text, translate


def read_settings(**given: Any) -> Settings:
    """Read the settings; stop with one sentence for a value that cannot be used."""
    try:
        return Settings(**given)
    except ValidationError as error:
        stop("; ".join(_setting_refused(each, is_demo=bool(given)) for each in error.errors()))


def _setting_refused(problem: Any, *, is_demo: bool) -> str:
    """Name the variable and what is wrong; never its value, which may be a password."""
    name = str(problem["loc"][0] if problem["loc"] else "")
    shown = name.upper() if is_demo and name in ("port", "data_dir") else f"TELEHEALTH_{name.upper()}"
    return f"Giá trị của {shown} không dùng được · {shown} cannot be used: {problem['msg']}"


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Open the deployment's database for one command."""
    database = open_database(settings, SystemClock())
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say what is wrong in one sentence instead of a traceback."""
    try:
        yield
    except (CannotStartError, guard.GuardMissingError) as error:
        stop(str(error))
    except UnusableSettingError as error:
        stop(f"Cấu hình không dùng được · Settings cannot be used: {error}")
    except tomllib.TOMLDecodeError as error:
        stop(f"Tệp không đúng dạng TOML · The file is not TOML: {error}")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        stop(f"Tệp có mục chưa đúng · The file has a wrong value at {place}: {first['msg']}")
    except DomainError as error:
        stop(f"{error.code}: {in_both_languages(error)}")


def in_both_languages(error: DomainError) -> str:
    """Return the words of a refusal, Vietnamese first; its facts where it has no words."""
    key = f"errors.{error.code}"
    if not has_text(key):
        return ", ".join(f"{name}={value}" for name, value in error.facts.items())
    return " · ".join(translate(key, code, error.facts) for code in ("vi", "en"))


def stop(sentence: str) -> NoReturn:
    """Say why on the error stream and end with exit code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
