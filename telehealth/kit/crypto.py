"""Field encryption with keys outside the database.

AES-256-GCM with a key id and the place (table|column|row id) as associated data, so that a value
cannot be moved to another row; a keyed HMAC gives blind indexes for exact search. OWASP ASVS 5.0
11.3.2, 11.3.3, 14.2.4.
"""

import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

_NONCE = 12
_KEY_ID = 4


class UnreadableError(Exception):
    """A sealed value was moved, damaged, or sealed with a key that is gone."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one deployment: the newest seals, all of them open.

    `index_key` never rotates by itself: a rotation of the blind index rewrites every row.
    """

    sealing: tuple[tuple[str, bytes], ...]
    index_key: bytes

    @classmethod
    def generate(cls) -> "Keyring":
        """Make a keyring with fresh random keys."""
        return cls(sealing=((_new_key_id(), os.urandom(32)),), index_key=os.urandom(32))

    @classmethod
    def load_or_create(cls, path: Path) -> "Keyring":
        """Read the keyring file; write a fresh one, readable by the owner only, if there is none."""
        if path.exists():
            data = json.loads(path.read_text())
            keys = tuple((entry["id"], bytes.fromhex(entry["key"])) for entry in data["sealing"])
            return cls(sealing=keys, index_key=bytes.fromhex(data["index"]))
        keyring = cls.generate()
        keyring.save(path)
        return keyring

    def save(self, path: Path) -> None:
        """Write the keyring so that a crash leaves either the old file or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "sealing": [{"id": key_id, "key": key.hex()} for key_id, key in self.sealing],
            "index": self.index_key.hex(),
        }
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def rotated(self) -> "Keyring":
        """Return a keyring whose new key seals from now on; old values still open."""
        return Keyring(((_new_key_id(), os.urandom(32)), *self.sealing), self.index_key)

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt a text for one place, written as table|column|row id."""
        key_id, key = self.sealing[0]
        nonce = os.urandom(_NONCE)
        return key_id.encode() + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """Decrypt a sealed text; raise UnreadableError if it does not belong to the place."""
        key_id, nonce = sealed[:_KEY_ID].decode(errors="replace"), sealed[_KEY_ID : _KEY_ID + _NONCE]
        key = dict(self.sealing).get(key_id)
        if key is None:
            raise UnreadableError(f"no key {key_id!r} in the keyring")
        try:
            return AESGCM(key).decrypt(nonce, sealed[_KEY_ID + _NONCE :], place.encode()).decode()
        except InvalidTag:
            raise UnreadableError(f"sealed value does not belong to {place.split('|')[0]}") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the newest key sealed it; a rotation re-seals what it did not."""
        return sealed[:_KEY_ID] == self.sealing[0][0].encode()

    def blind(self, value: str, purpose: str) -> str:
        """Return the blind index of a normalised value, for exact search only."""
        return hmac.new(self.index_key, f"{purpose}\0{value}".encode(), sha256).hexdigest()

    def derive(self, purpose: str, *parts: str) -> bytes:
        """Derive 32 secret bytes from the parts, the same each time."""
        message = "\0".join((purpose, *parts)).encode()
        return hmac.new(self.index_key, b"derive\0" + message, sha256).digest()


def _new_key_id() -> str:
    return os.urandom(_KEY_ID // 2).hex()


def keyring_of(session: Session) -> Keyring:
    """Return the keyring of the database a session belongs to."""
    keyring: Keyring = session.info["keyring"]
    return keyring


def place(table: str, column: str, row_id: object) -> str:
    """Name the place of a sealed value."""
    return f"{table}|{column}|{row_id}"
