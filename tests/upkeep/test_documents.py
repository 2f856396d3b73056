"""What the documents tell a reader to type does exist."""

import re
import subprocess
from pathlib import Path

import typer

from telehealth.cli import app
from tests.upkeep import sources
from tests.upkeep.sources import ROOT

MAKE = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]*)")
TELEHEALTH = re.compile(r"(?:^|`|bin/|exec app )telehealth ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", re.MULTILINE)
PLACE = re.compile(
    r"(?<![\w/.{])((?:telehealth|signaling|web|tests|docs|deploy)/[\w/-]+\.(?:py|js|md|toml|css))\b"
)
NOTE = re.compile(r"(?<![\w-])([a-z][\w-]*\.md)\b")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
NAME = re.compile(r"[a-z][a-z-]*")
CODE_SPAN = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def targets() -> set[str]:
    listing = subprocess.run(["make", "help"], cwd=sources.ROOT, check=True, capture_output=True, text=True)
    return set(re.findall(r"make ([a-z-]+)", listing.stdout))


def documents() -> dict[Path, str]:
    """Each document's code: fenced blocks and spans between backticks."""
    own = [p for p in sources.files(suffix=".md") if "vendor" not in p.parts]
    return {path: "\n".join(CODE_SPAN.findall(sources.read(path))) for path in own}


def test_every_make_command_in_the_documents_exists() -> None:
    named = {(str(path), name) for path, code in documents().items() for name in MAKE.findall(code)}
    assert {(path, name) for path, name in named if name not in targets()} == set()


def test_every_telehealth_command_in_the_documents_exists() -> None:
    known = commands(typer.main.get_command(app))
    named = {(str(path), name) for path, code in documents().items() for name in TELEHEALTH.findall(code)}
    unknown = {(path, words) for path, words in named if words not in known and words.split()[0] not in known}
    assert unknown == set()


def test_every_command_is_in_the_table_of_commands() -> None:
    rows = re.findall(
        r"^\| `telehealth ([^`]+)` \|", sources.read(Path("docs/running/README.md")), re.MULTILINE
    )
    listed = {" ".join(word for word in row.split() if NAME.fullmatch(word)) for row in rows}
    assert listed == commands(typer.main.get_command(app))


def test_every_file_that_is_named_is_here() -> None:
    """By its place, in code and documents; a page of notes by its name too; what a page links to."""
    here = {str(path) for path in sources.tracked()}
    names = {path.name for path in sources.tracked()}
    gone = []
    for path in sources.tracked():
        if (
            path.suffix not in {".py", ".js", ".md", ".html", ".css", ".toml", ".conf"}
            or "vendor" in path.parts
        ):
            continue
        text = sources.read(path)
        gone += [(str(path), file) for file in PLACE.findall(text) if file not in here]
        gone += [(str(path), note) for note in NOTE.findall(text) if note not in names]
        if path.suffix == ".md":
            gone += [(str(path), to) for to in LINK.findall(text) if not (ROOT / path.parent / to).exists()]
    assert gone == []


def test_every_picture_is_shown_by_a_document() -> None:
    pages = "".join(sources.read(path) for path in sources.files(suffix=".md"))
    assert [str(path) for path in sources.files("docs", suffix=".png") if path.name not in pages] == []


def test_the_readme_names_the_two_commands_a_newcomer_needs() -> None:
    readme = sources.read(Path("README.md"))
    assert "make demo" in readme
    assert "make test" in readme


def commands(command: object, prefix: str = "") -> set[str]:
    """Every command of the program; of a group, its commands with the group's name before them."""
    names: set[str] = set()
    for name, sub in getattr(command, "commands", {}).items():
        nested = commands(sub, f"{prefix}{name} ")
        names |= nested or {prefix + name}
    return names
