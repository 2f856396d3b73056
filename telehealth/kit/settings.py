"""What a deployment can set: environment variables with the prefix TELEHEALTH_."""

import re
from datetime import time, timedelta
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

_HOURS: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
_QUIET: Final = re.compile(r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")


class UnusableSettingError(ValueError):
    """A setting the program cannot work with; the text names it and says what it must be."""


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
    relay_only: bool = Field(
        default=False,
        description="Hides addresses in calls from each other: all media goes through the relay",
    )
    check_address: str = Field(
        default="", description="Address the checking peer tells browsers; empty: all of this machine"
    )
    sms_gateway: str = Field(
        default="file", description="How SMS leave, the first choice first: file, esms, http, gammu"
    )
    sms_brand: str = Field(default="TYT", description="Registered sender name, at most 11 characters")
    sms_quiet: str = Field(
        default="21:00-07:00",
        pattern=_QUIET.pattern,
        description="Hours in which no SMS goes that can wait; empty: none, as in the demo",
    )
    proposed_hours: str = Field(
        default="06:00-21:00",
        pattern=_HOURS.pattern,
        description="Hours of the day in which patients and follow-ups are proposed times",
    )
    sms_accented: bool = Field(
        default=False, description="Sends texts with Vietnamese marks: two parts instead of one"
    )
    sms_reminders: tuple[int, ...] = Field(
        default=(1440, 120),
        description="Minutes before an appointment at which a reminder goes; a service may have its own",
    )
    sms_per_number: int = Field(
        default=6, ge=1, description="Texts of one kind a day to one number for one patient; more is phoned"
    )
    sms_per_facility: int = Field(
        default=1000, ge=1, description="Texts a day of one facility; more is phoned"
    )
    sms_prices: dict[str, int] = Field(
        default={}, description='VND for one part by gateway, as {"esms": 850}; shown in the log of messages'
    )
    sms_callback_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Stands in the path vendors call with receipts, 22 characters or more; empty: none may",
    )
    sms_esms_url: str = Field(
        default="https://rest.esms.vn/MainService.svc/json", description="eSMS: address of the interface"
    )
    sms_esms_key: SecretStr = Field(default=SecretStr(""), description="eSMS: ApiKey")
    sms_esms_secret: SecretStr = Field(default=SecretStr(""), description="eSMS: SecretKey")
    sms_esms_sandbox: bool = Field(default=False, description="eSMS: takes texts and sends none")
    sms_http_url: SecretStr = Field(
        default=SecretStr(""), description="Another vendor: address; may hold $to, $text and the others"
    )
    sms_http_headers: SecretStr = Field(
        default=SecretStr("{}"), description="Another vendor: headers as JSON, the account's key among them"
    )
    sms_http_body: str = Field(
        default='{"to": "$national", "content": "$text", "sender": "$brand", "reference": "$reference"}',
        description="Another vendor: body, with $to $national $text $reference $brand $unicode; empty: GET",
    )
    sms_http_success: str = Field(
        default="",
        description="Another vendor: when a text is taken, as `data.status = success`; empty: any 2xx",
    )
    sms_http_reference: str = Field(
        default="", description="Another vendor: where its own id stands in the answer, as `data.id`"
    )
    sms_http_code: str = Field(default="code", description="Another vendor: where its error code stands")
    sms_http_faults: dict[str, str] = Field(
        default={},
        description="Another vendor: its codes to temporary, permanent, configuration, unregistered, unknown",
    )
    sms_http_status_url: SecretStr = Field(
        default=SecretStr(""), description="Another vendor: where to ask for $reference; 404: never came"
    )
    sms_http_repeats: bool = Field(
        default=False, description="Another vendor: takes the same $reference twice for one text"
    )
    sms_http_callback_key: SecretStr = Field(
        default=SecretStr(""), description="Another vendor: signs receipts with it (X-Signature, HMAC-SHA256)"
    )
    sms_http_callback_reference: str = Field(
        default="id", description="Another vendor: where its id, or ours, stands in a receipt"
    )
    sms_http_callback_status: str = Field(
        default="status", description="Another vendor: where delivered or failed stands in a receipt"
    )
    sms_http_callback_outcomes: dict[str, str] = Field(
        default={}, description="Another vendor: the codes of its receipts to delivered or undelivered"
    )
    sms_gammu_url: SecretStr = Field(
        default=SecretStr(""),
        description="GSM modem: URL of gammu-smsd's database",
    )
    push_key: SecretStr = Field(
        default=SecretStr(""), description="Private key of Web Push, see `telehealth push key`; empty: off"
    )
    push_contact: str = Field(
        default="", description="Whom push services may write to: mailto: or https: address"
    )
    push_hosts: tuple[str, ...] = Field(
        default=PUSH_HOSTS, description="Push services the server may call; `*.` stands for all names below"
    )
    prescription_url: str = Field(
        default="", description="Address of the national prescription system; empty: no codes are asked for"
    )
    prescription_accounts: dict[str, SecretStr] = Field(
        default={}, description="JSON: code of a facility in that system to its password"
    )
    prescription_prescribers: dict[str, str] = Field(
        default={}, description="JSON: licence number to the prescriber's code in that system"
    )
    idle_minutes_station: int = Field(
        default=15, description="A shared station PC signs out after this long idle"
    )
    idle_minutes_doctor: int = Field(default=30, description="A doctor is signed out after this long idle")
    absolute_hours: int = Field(default=12, description="Every sign-in ends after this long")
    grant_days_after_visit: int = Field(
        default=30, description="How long a remote doctor may read after the visit"
    )

    remote_basis: str = Field(
        default="",
        description="Legal basis, in its own words, of remote examinations outside the ministry's list",
    )
    checks_watched: bool = Field(
        default=False,
        description="Somebody hears a red answer at every hour, nights too; only then patients are told so",
    )
    signing_key: Path | None = Field(
        default=None,
        description="Key file (PEM) of digital signatures; empty: records are not signed digitally",
    )
    signing_certificate: Path | None = Field(
        default=None, description="Certificate file (PEM) that belongs to the signing key"
    )
    signing_password: SecretStr = Field(
        default=SecretStr(""), description="Password of the signing key's file, where it has one"
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
        # In the demonstration somebody looks at the demo phone whatever the hour.
        quiet = "" if self.demo else self.sms_quiet
        starts, ends = (time.fromisoformat(each) for each in (quiet or "00:00-00:00").split("-"))
        by_day = [time.fromisoformat(each) for each in self.proposed_hours.split("-")]
        return Policy(
            zone=self.zone,
            grant_after_visit=timedelta(days=self.grant_days_after_visit),
            quiet=(starts, ends),
            by_day=(by_day[0], by_day[1]),
            remote_basis=self.remote_basis.strip(),
            is_watched=self.checks_watched,
        )

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
