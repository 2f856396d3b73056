"""Install what the tests need on a bare machine, or say exactly what to install. Standard library only.

python tests/support/provision.py            everything
python tests/support/provision.py node       only some parts
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """A program the tests run, and the Debian package that brings it."""

    name: str
    package: str
    find: Callable[[], Path | None]


def find_postgresql() -> Path | None:
    """Return the folder that holds both `initdb` and `postgres`, the newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = _find("initdb")
    if on_path:
        folders.append(on_path.resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def find_chromium() -> Path | None:
    """Return the browser's path; Google Chrome will do."""
    return _find("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(names: Iterable[str]) -> list[Part]:
    """List the parts among `names` that this machine lacks."""
    return [PARTS[name] for name in names if PARTS[name].find() is None]


def main(names: list[str]) -> int:
    """Make sure that the named parts (all, if none is named) are there; return the exit status."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"Unknown part: {', '.join(unknown)}. Known: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    wanted = names or list(PARTS)
    absent = missing(wanted)
    if not absent:
        return 0
    command = ["apt-get", "install", "-y", "--no-install-recommends", *(part.package for part in absent)]
    as_root = _become_root()
    if as_root is not None and shutil.which("apt-get"):
        print("Installing for the tests:", " ".join(part.package for part in absent), flush=True)
        _apt(as_root, ["apt-get", "update"])
        _apt(as_root, command)
        absent = missing(wanted)
    if absent:
        print(_advice(absent), file=sys.stderr)
        return 1
    return 0


def _find(*names: str) -> Path | None:
    # Servers live in sbin, which the PATH of an ordinary account leaves out.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    found = (shutil.which(name, path=path) for name in names)
    return next((Path(each) for each in found if each), None)


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def _become_root() -> list[str] | None:
    """Return what to put before a command so that root runs it; None where that is not possible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def _apt(as_root: list[str], command: list[str]) -> None:
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*as_root, *quiet, *command], check=False, stdin=subprocess.DEVNULL)


def _advice(absent: list[Part]) -> str:
    names = ", ".join(part.name for part in absent)
    packages = " ".join(part.package for part in absent)
    return (
        f"The tests need {names}, not found on this machine, and could not install it.\n"
        f"On Debian:  sudo apt-get install --no-install-recommends {packages}"
    )


PARTS = {
    part.name: part
    for part in (
        Part("postgresql", "postgresql", find_postgresql),
        Part("redis", "redis-server", lambda: _find("redis-server")),
        Part("coturn", "coturn", lambda: _find("turnserver")),
        Part("chromium", "chromium", find_chromium),
        Part("node", "nodejs", lambda: _find("node")),
        Part("ip", "iproute2", lambda: _find("ip")),
        Part("espeak-ng", "espeak-ng", lambda: _find("espeak-ng")),
    )
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
