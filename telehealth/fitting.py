"""What the settings choose: where files lie, what signs, who is told of rings, who gives national codes."""

from urllib.parse import urlsplit

from telehealth.files.storage import FolderStorage, Storage
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.papers.signer import LocalSigner, Signer, UnusableKeyError
from telehealth.prescriptions.national import NationalSystem
from telehealth.prescriptions.ports import CodeIssuer
from telehealth.push.sender import Pusher, read_key


def build_signer(settings: Settings) -> Signer | None:
    """Return what signs records, None without a key; raise UnusableSettingError for one of no use."""
    if settings.signing_key is None and settings.signing_certificate is None:
        return None
    if settings.signing_key is None or settings.signing_certificate is None:
        raise UnusableSettingError(
            "TELEHEALTH_SIGNING_KEY and TELEHEALTH_SIGNING_CERTIFICATE: one needs the other"
        )
    password = settings.signing_password.get_secret_value()
    try:
        return LocalSigner.load(settings.signing_key, settings.signing_certificate, password)
    except UnusableKeyError as fault:
        raise UnusableSettingError(f"TELEHEALTH_SIGNING_KEY: {fault}") from None


def build_storage(settings: Settings) -> Storage:
    """Return where the encrypted bytes of files lie."""
    return FolderStorage(settings.data_dir / "files")


def build_pusher(settings: Settings) -> Pusher | None:
    """Return who signs pushes, None without a key; raise UnusableSettingError for one of no use."""
    key = settings.push_key.get_secret_value()
    if not key:
        return None
    if not settings.push_contact.startswith(("mailto:", "https://")):
        raise UnusableSettingError(
            "TELEHEALTH_PUSH_CONTACT: mailto:… or https://… is needed with TELEHEALTH_PUSH_KEY"
        )
    try:
        return Pusher(read_key(key), settings.push_contact, settings.push_hosts)
    except ValueError:
        raise UnusableSettingError(
            "TELEHEALTH_PUSH_KEY: not a key as `telehealth push key` prints it"
        ) from None


def build_issuer(settings: Settings) -> CodeIssuer | None:
    """Return who gives national codes, None where no system is named; raise UnusableSettingError."""
    if not settings.prescription_url:
        return None
    parts = urlsplit(settings.prescription_url)
    is_here = parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme != "https" and not (is_here and parts.scheme == "http"):
        raise UnusableSettingError("TELEHEALTH_PRESCRIPTION_URL: https://… is needed")
    if not settings.prescription_accounts:
        raise UnusableSettingError(
            "TELEHEALTH_PRESCRIPTION_ACCOUNTS is needed with TELEHEALTH_PRESCRIPTION_URL"
        )
    accounts = {code: word.get_secret_value() for code, word in settings.prescription_accounts.items()}
    return NationalSystem(settings.prescription_url, accounts, settings.prescription_prescribers)
