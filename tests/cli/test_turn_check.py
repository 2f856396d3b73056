"""`telehealth turn check` against coturn: the deployed file, and every way a relay goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telehealth.cli import app
from telehealth.kit.clock import SystemClock
from tests.support.certificates import Certificate, make_certificate
from tests.support.coturn import TurnServer, own_turn
from tests.support.ports import free_port

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
LABORATORY = ("--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1")
"""coturn refuses loopback twice: by itself, and by the deny list of the deployed file."""
FINE, NOT_CONFIGURED, LACKING, BROKEN, UNSAFE = 0, 1, 3, 4, 5


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, now=SystemClock().now())


@contextmanager
def relay(folder: Path, **how: Any) -> Iterator[TurnServer]:
    with own_turn(folder, **{"config": CONFIG, "options": LABORATORY, **how}) as server:
        yield server


def check(urls: list[str], *words: str, secret: str = "") -> tuple[int, str]:
    """Run the command; return its exit code and what it said."""
    given = {"TELEHEALTH_TURN_URLS": str(urls).replace("'", '"')}
    given["TELEHEALTH_TURN_SECRET"] = secret or "a secret of this test run only"
    words = ("turn", "check", "--language", "en", *words)
    result = CliRunner().invoke(app, list(words), env=given, catch_exceptions=False)
    return result.exit_code, result.output


def troubles(said: str) -> list[str]:
    return [line for line in said.splitlines() if not line.startswith("ok")]


def test_the_deployed_file_works_over_udp_tcp_and_tls_and_gives_strangers_nothing(
    tmp_path: Path, certificate: Certificate
) -> None:
    with relay(tmp_path, certificate=certificate) as server:
        code, said = check(server.urls, "--allow", "127.0.0.1/32", "--authority", str(certificate.authority))
    assert troubles(said) == []
    assert code == FINE
    for url in server.urls:
        for what in ("go there and back", "that has ended are refused", "every reserved address is refused"):
            assert any(url in line and what in line for line in said.splitlines()), (url, what)
    assert f"{server.url}: the UDP ports of the relay can be reached from here." in said


def test_a_private_network_is_explained_with_the_line_that_allows_it(tmp_path: Path) -> None:
    with relay(tmp_path, options=()) as server:  # the deployed file as it is: here everything is private
        code, said = check(server.urls)
    assert code == BROKEN
    assert "allowed-peer-ip=127.0.0.1" in said
    assert "private network of the government" in said
    assert "--allow 127.0.0.1/32" in said
    assert said.count("every reserved address is refused") == 2, "UDP and TCP"


def test_a_network_that_is_named_but_not_allowed_is_found(tmp_path: Path) -> None:
    with relay(tmp_path) as server:
        code, said = check(server.urls, "--allow", "127.0.0.1/32", "--allow", "10.20.0.0/16")
    assert code == BROKEN
    assert "allowed-peer-ip=10.20.0.0-10.20.255.255" in said


def test_a_relay_without_the_list_is_a_danger(tmp_path: Path) -> None:
    with own_turn(tmp_path) as server:
        code, said = check([server.url])
    assert code == UNSAFE
    (danger,) = [line for line in said.splitlines() if "DANGER" in line]
    for peer in ("10.0.0.1", "169.254.169.254", "192.168.1.1"):
        assert peer in danger


def test_a_relay_for_anybody_is_a_danger(tmp_path: Path) -> None:
    with own_turn(tmp_path, is_open=True) as server:
        code, said = check([server.url])
    assert code == UNSAFE
    assert "without a password" in said


def test_the_line_that_refuses_everybody_is_found(tmp_path: Path) -> None:
    with relay(tmp_path, options=(*LABORATORY, "--denied-peer-ip=::")) as server:
        code, said = check([server.url], "--allow", "127.0.0.1/32")
    assert code == BROKEN
    assert "refuses even the public address 8.8.8.8" in said


def test_another_secret_and_a_closed_port_are_told_apart(tmp_path: Path) -> None:
    with relay(tmp_path) as server:
        code, said = check([server.url], secret="another one")
    assert code == BROKEN
    assert "a right password is refused" in said
    port = free_port()
    code, said = check([f"turn:127.0.0.1:{port}?transport=tcp"])
    assert code == BROKEN
    assert "no connection" in said


def test_a_certificate_nobody_trusts_and_one_that_ends_soon(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, now=SystemClock().now(), days=5)
    with relay(tmp_path, certificate=certificate) as server:
        secure = server.urls[-1:]
        code, said = check(secure, "--allow", "127.0.0.1/32")
        assert (code, "not trusted" in said) == (BROKEN, True)
        words = ("--allow", "127.0.0.1/32", "--authority", str(certificate.authority))
        code, said = check(secure, *words)
    assert code == LACKING
    assert "the TLS certificate ends on" in said
    assert "No address over UDP" in said
    assert "No address over TCP" in said


@pytest.mark.parametrize("urls", [[], ["turns:relay.vn:443?transport=udp"], ["http://relay.vn"]])
def test_nothing_to_ask_is_said_in_one_sentence(urls: list[str]) -> None:
    code, said = check(urls)
    assert code == NOT_CONFIGURED
    assert len(said.splitlines()) == 1
    assert check(["turn:relay.vn"], "--allow", "10.1.2.3/8")[0] == NOT_CONFIGURED
