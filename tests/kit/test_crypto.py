"""Sealed fields: only here, only with our keys; blind indexes; rotation."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.crypto import Keyring, UnreadableError, place

RING = Keyring.generate()


@given(st.text(max_size=200))
def test_what_is_sealed_opens_in_its_place(text: str) -> None:
    here = place("patient", "cccd", 7)
    assert RING.open(RING.seal(text, here), here) == text


def test_a_sealed_value_cannot_be_moved_to_another_row() -> None:
    sealed = RING.seal("001085012345", place("patient", "cccd", 7))
    with pytest.raises(UnreadableError):
        RING.open(sealed, place("patient", "cccd", 8))


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, flip: int) -> None:
    sealed = bytearray(RING.seal("0" * 40, "here"))
    sealed[position] ^= flip
    with pytest.raises(UnreadableError):
        RING.open(bytes(sealed), "here")


def test_sealing_twice_gives_different_bytes_but_one_blind_index() -> None:
    assert RING.seal("same", "here") != RING.seal("same", "here")
    assert RING.blind("same", "cccd") == RING.blind("same", "cccd")
    assert RING.blind("same", "cccd") != RING.blind("same", "bhyt")
    assert RING.blind("same", "cccd") != Keyring.generate().blind("same", "cccd")


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    sealed = RING.seal("text", "here")
    rotated = RING.rotated()
    assert rotated.open(sealed, "here") == "text"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal("text", "here"))
    with pytest.raises(UnreadableError, match="no key"):
        RING.open(rotated.seal("text", "here"), "here")


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "inner" / "keys.json"
    first = Keyring.load_or_create(path)
    assert Keyring.load_or_create(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) == {"sealing", "index"}


def test_derived_bytes_depend_on_every_part() -> None:
    made = {
        RING.derive("link", "a", "b"),
        RING.derive("link", "ab", ""),
        RING.derive("link", "a", "c"),
        RING.derive("x", "a", "b"),
    }
    assert len(made) == 4
