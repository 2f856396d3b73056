"""The process that sets papers: `python -I telehealth/papers/pressing.py`; it imports nothing of ours.

Reads jobs from standard input and writes PDF or PNG to standard output, each with its length before it.
It lives on between jobs, because fonts are read once; its memory is bounded, it writes no file, and whoever
started it ends it when a job takes too long. A job is data: it names a template of ours and never holds any.
"""

import json
import struct
import sys
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

MEMORY_BYTES: Final = 1024 * 1024 * 1024
HEAD: Final = ">BI"
"""Before each answer: 0 for a paper, 1 for a fault, then how many bytes follow."""
FOLDER: Final = Path(__file__).parent
STANDARD: Final = "ua-1"
"""PDF/UA-1, ISO 14289-1: tagged, with a language and a title; typst checks it while it writes."""


def main() -> int:
    """Set papers until standard input ends."""
    import typst

    _limit()
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER / "fonts")]
    )
    compiler = typst.Compiler(root=str(FOLDER / "typ"), font_paths=fonts)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (job := _next(source)) is not None:
        try:
            _answer(sink, 0, _set(compiler, job))
        except Exception as fault:
            _answer(sink, 1, str(fault).encode())
    return 0


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next(source: BinaryIO) -> dict[str, str] | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    job: dict[str, str] = json.loads(source.read(length))
    return job


def _set(compiler: object, job: dict[str, str]) -> bytes:
    """Return the paper: PDF, or its first page as PNG."""
    is_pdf = job["format"] == "pdf"
    pages = compiler.compile(  # type: ignore[attr-defined]
        str(FOLDER / "typ" / f"{job['template']}.typ"),
        format=job["format"],
        ppi=110.0,
        sys_inputs={"data": job["data"], "size": job["size"], "code": job["code"]},
        pdf_standards=[STANDARD] if is_pdf else None,
        timestamp=datetime.fromisoformat(job["at"]),
    )
    return bytes(pages[0] if isinstance(pages, list) else pages)


def _answer(sink: BinaryIO, status: int, content: bytes) -> None:
    sink.write(struct.pack(HEAD, status, len(content)))
    sink.write(content)
    sink.flush()


if __name__ == "__main__":
    sys.exit(main())
