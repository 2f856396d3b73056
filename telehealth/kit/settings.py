"""What a deployment can set: environment variables with the prefix TELEHEALTH_."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from telehealth.kit.policy import Policy

PUSH_HOSTS: Final = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""The services of Chrome and most others, Firefox, Safari, Edge."""


class Settings(BaseSettings):
    """The settings of one deployment; docs/running/README.md lists them, and a test keeps the list true."""

    model_config = SettingsConfigDict(env_prefix="TELEHEALTH_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path("var"), description="Folder of the database, keys, files and messages"
    )
    database_url: str = Field(default="", description="PostgreSQL URL; empty: SQLite in the data folder")
    redis_url: str = Field(
        default="", description="Redis URL for several server processes; empty: one process"
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000", description="Address people type; used in SMS links"
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the server listens on")
    trusted_hosts: tuple[str, ...] = Field(default=(), description="Further host names the server answers to")
    time_zone: str = Field(default="Asia/Ho_Chi_Minh", description="Zone that times are shown in")
    demo: bool = Field(default=False, description="Shows demo accounts, the demo phone and the pattern page")
    run_jobs: bool = Field(default=True, description="Runs timed jobs in this process")
    turn_urls: tuple[str, ...] = Field(default=(), description="turn: and turns: addresses of coturn")
    turn_secret: SecretStr = Field(default=SecretStr(""), description="coturn's static-auth-secret")
    check_address: str = Field(
        default="", description="Address the checking peer tells browsers; empty: all of this machine"
    )
    sms_gateway: str = Field(default="file", description="How SMS leave: file")
    sms_brand: str = Field(default="TYT", description="Registered sender name, at most 11 characters")
    push_key: SecretStr = Field(
        default=SecretStr(""), description="Private key of Web Push, see `telehealth push key`; empty: off"
    )
    push_contact: str = Field(
        default="", description="Whom push services may write to: mailto: or https: address"
    )
    push_hosts: tuple[str, ...] = Field(
        default=PUSH_HOSTS, description="Push services the server may call; `*.` stands for all names below"
    )
    idle_minutes_station: int = Field(
        default=15, description="A shared station PC signs out after this long idle"
    )
    idle_minutes_doctor: int = Field(default=30, description="A doctor is signed out after this long idle")
    absolute_hours: int = Field(default=12, description="Every sign-in ends after this long")
    grant_days_after_visit: int = Field(
        default=30, description="How long a remote doctor may read after the visit"
    )

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no time zone of this name is known") from None
        return name

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def policy(self) -> Policy:
        """What services must know of these settings."""
        return Policy(zone=self.zone, grant_after_visit=timedelta(days=self.grant_days_after_visit))

    @cached_property
    def url(self) -> str:
        """The database URL in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'telehealth.sqlite3'}"

    @cached_property
    def is_https(self) -> bool:
        """Whether people reach the server over TLS; cookies follow."""
        return urlsplit(self.base_url).scheme == "https"

    @cached_property
    def hosts(self) -> list[str]:
        """Host names the server answers to."""
        own = urlsplit(self.base_url).hostname or "127.0.0.1"
        return [own, "127.0.0.1", "localhost", *self.trusted_hosts]
