"""Making pictures harmless: decoded and written anew, in a process of its own with little to spend.

What comes out holds pixels only: no EXIF, no place, no profile, nothing appended. OWASP ASVS 5.0 5.2.2,
14.2.8. Pillow alone would only warn at 89 million pixels; here 40 million are the end.
"""

import subprocess
import sys
from io import BytesIO
from typing import Final

from telehealth.kit.errors import InvalidError

MEGAPIXELS: Final = 40
MEMORY_BYTES: Final = 768 * 1024 * 1024
CPU_SECONDS: Final = 10
WALL_SECONDS: Final = 20
JPEG_QUALITY: Final = 88

_TOO_MANY_PIXELS: Final = 3
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}


def write_anew(content: bytes, media_type: str) -> bytes:
    """Return the picture decoded and encoded again, upright, without anything but its pixels.

    Raises `image-too-large` (pixels) and `image-broken`. Takes a third of a second: never call it
    inside a unit of work.
    """
    command = [sys.executable, "-I", "-m", __name__, _FORMATS[media_type]]
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter, our own module)
            command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InvalidError("image-broken", field="file") from None
    if done.returncode == _TOO_MANY_PIXELS:
        raise InvalidError("image-too-large", field="file", megapixels=MEGAPIXELS)
    if done.returncode != 0 or not done.stdout:
        raise InvalidError("image-broken", field="file")
    return done.stdout


def _main(format_name: str) -> int:
    """Read a picture from standard input and write it anew to standard output."""
    _limit()
    # Only now: what reads hostile bytes must not have more than it needs.
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    source = Image.open(BytesIO(sys.stdin.buffer.read()), formats=[format_name])
    if source.width * source.height > MEGAPIXELS * 1_000_000:
        return _TOO_MANY_PIXELS
    picture = ImageOps.exif_transpose(source)
    mode = "RGB" if format_name == "JPEG" else "RGBA" if "A" in picture.getbands() else "RGB"
    clean = picture.convert(mode)
    clean.info = {}
    written = BytesIO()
    clean.save(written, format_name, quality=JPEG_QUALITY, optimize=True)
    sys.stdout.buffer.write(written.getvalue())
    return 0


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
