"""The process that opens what strangers sent: `python -I -m telehealth.files.washing image/jpeg`.

Reads a file from standard input and writes pictures to standard output: every page in full, every page for
the screen, a small one of the first. It has bounded memory and processor time, and once its modules are
loaded it can open no file and no socket any more; who started it ends it after a deadline.

A PDF is drawn, page by page, and only the drawing is kept: scripts, forms, attachments and links of the file
stay behind (docs/decisions/0021-files-are-kept-as-pixels.md).
"""

import struct
import sys
from enum import IntEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

MEGAPIXELS: Final = 40
MAX_PAGES: Final = 20
MEMORY_BYTES: Final = 768 * 1024 * 1024
CPU_SECONDS: Final = 15
PAGE_EDGE: Final = 1754
"""Pixels of a page's longer edge: A4 at 150 dots an inch."""
FULL_EDGE: Final = 3072
"""Of a photo: nine million pixels, more than a screen shows of a wound and a printer of an ECG."""
VIEW_EDGE: Final = 1280
THUMB_EDGE: Final = 256
FULL_QUALITY: Final = 88
VIEW_QUALITY: Final = 80
HEAD: Final = ">IIBI"
"""Before each picture: width, height, whether it is PNG, how many bytes follow."""

_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class Exit(IntEnum):
    """How the process ends, beside 0 and what Python or the system make of a fault."""

    TOO_MANY_PIXELS = 3
    TOO_MANY_PAGES = 4
    LOCKED = 5
    MOVING = 6


class Refused(Exception):
    """The file is refused for a reason of its own."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code.name)
        self.code = code


def main(media_type: str) -> int:
    """Wash standard input; return the exit code."""
    content = sys.stdin.buffer.read()
    draw = _pages_of_pdf if media_type == "application/pdf" else _picture
    prepare(media_type)
    try:
        pages = draw(content, _FORMATS.get(media_type, ""))
    except Refused as refused:
        return refused.code
    views = [_fitted(page, VIEW_EDGE) for page in pages]
    for page in pages:
        _write(page, FULL_QUALITY, is_png=media_type == "image/png")
    for view in views:
        _write(view, VIEW_QUALITY)
    _write(_fitted(views[0], THUMB_EDGE), VIEW_QUALITY)
    return 0


def prepare(media_type: str) -> None:
    """Load what reads hostile bytes, then give up everything it does not need."""
    from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401

    Image.preinit()
    if media_type == "application/pdf":
        import pypdfium2  # noqa: F401
    Image.MAX_IMAGE_PIXELS = None  # counted by ourselves, before anything is decoded
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _picture(content: bytes, format_name: str) -> "list[Image]":
    from PIL import Image, ImageOps

    source = Image.open(BytesIO(content), formats=[format_name])
    if source.width * source.height > MEGAPIXELS * 1_000_000:
        raise Refused(Exit.TOO_MANY_PIXELS)
    # Some phones put a second picture behind a JPEG; the first is the photo.
    if format_name != "JPEG" and getattr(source, "n_frames", 1) > 1:
        raise Refused(Exit.MOVING)
    source.draft("RGB", (FULL_EDGE, FULL_EDGE))  # a JPEG is decoded at half its size where that is enough
    source.load()
    upright = ImageOps.exif_transpose(source)
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    return [_fitted(_on_white(upright) if has_alpha else upright.convert("RGB"), FULL_EDGE)]


def _pages_of_pdf(content: bytes, _format: str) -> "list[Image]":
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            raise Refused(Exit.LOCKED) from None
        raise
    if len(document) > MAX_PAGES:
        raise Refused(Exit.TOO_MANY_PAGES)
    return [_drawn(document[index]) for index in range(len(document))]


def _drawn(page: Any) -> "Image":
    width, height = page.get_size()
    longer, shorter = max(width, height), min(width, height)
    if not (longer > 0 and shorter / longer > 0.02):
        raise ValueError("a page of no size")
    drawing: Image = page.render(scale=PAGE_EDGE / longer, may_draw_forms=False).to_pil()
    return drawing.convert("RGB")


def _on_white(picture: "Image") -> "Image":
    """Lay a transparent picture on white paper: what it hides elsewhere must not show on a dark page."""
    from PIL import Image

    clear = picture.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper


def _fitted(picture: "Image", edge: int) -> "Image":
    """Return the picture with its longer edge at most so long."""
    from PIL import Image

    longer = max(picture.size)
    if longer <= edge:
        return picture
    size = [max(1, round(side * edge / longer)) for side in picture.size]
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _write(picture: "Image", quality: int, *, is_png: bool = False) -> None:
    picture.info = {}
    written = BytesIO()
    if is_png:
        picture.save(written, "PNG", compress_level=6)
    else:
        picture.save(written, "JPEG", quality=quality)
    content = written.getvalue()
    sys.stdout.buffer.write(struct.pack(HEAD, picture.width, picture.height, is_png, len(content)))
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
