"""Pictures and papers made in code: honest ones of any size, and a corpus of hostile and broken ones."""

import struct
import zlib
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageFilter, PngImagePlugin

ORIENTATION, GPS = 0x0112, 0x8825
JPEG_START = b"\xff\xd8\xff\xe0"
PNG_START = b"\x89PNG\r\n\x1a\n"


def picture(format_name: str = "JPEG", *, size: tuple[int, int] = (60, 40), **save: object) -> bytes:
    """Return a picture, red on the left and white on the right."""
    written = BytesIO()
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    image.save(written, format_name, **save)
    return written.getvalue()


def photo(megabytes: float, *, seed: int = 1, size: tuple[int, int] = (3264, 2448)) -> bytes:
    """Return a JPEG of about so many megabytes: what a phone's camera makes of skin and cloth."""
    random = Random(seed)
    noise = Image.frombytes(
        "RGB", (size[0] // 4, size[1] // 4), random.randbytes(size[0] * size[1] // 16 * 3)
    )
    image = noise.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.UnsharpMask(2, 200))
    best = b""
    for quality in (60, 75, 85, 90, 93, 95, 97):
        written = BytesIO()
        image.save(written, "JPEG", quality=quality)
        best = written.getvalue()
        if len(best) >= megabytes * 1_000_000:
            break
    return best


def paper(pages: int = 1) -> bytes:
    """Return a PDF of blank pages, as a scanner makes it."""
    sheets = [Image.new("RGB", (124, 175), "white") for _ in range(pages)]
    written = BytesIO()
    sheets[0].save(written, "PDF", save_all=True, append_images=sheets[1:])
    return written.getvalue()


def pdf(*objects: str, trailer: str = "") -> bytes:
    """Return a PDF of these objects, the first being its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(body)
    head = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
    return (
        body
        + (
            f"{head}trailer\n<</Size {len(places) + 1} /Root 1 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n"
        ).encode()
    )


def scripted_pdf(action: str = "/JavaScript /JS (app.alert\\(1\\))") -> bytes:
    """Return a PDF that does something when it is opened, with a file attached."""
    return pdf(
        f"<</Type /Catalog /Pages 2 0 R /OpenAction <</S {action}>> /Names <</EmbeddedFiles 4 0 R>>>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 400]>>",
        "<</Names [(evil.exe) <</Type /Filespec /F (evil.exe)>>]>>",
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def _png(*chunks: bytes) -> bytes:
    return PNG_START + b"".join(chunks)


def _bomb(width: int, height: int) -> bytes:
    """A PNG whose few bytes promise far more pixels than any camera takes."""
    packed = zlib.compress(bytes(1_000_000))
    return _png(_header(width, height), _chunk(b"IDAT", packed), _chunk(b"IEND", b""))


def _packed_zeros(*, megabytes: int) -> bytes:
    """So many zeros as zlib packs them, out of one packed million: to pack them all takes seconds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">I", (megabytes * 1_000_000 % 65_521) << 16 | 1)
    return b"\x78\xda" + million * megabytes + packer.flush() + checksum


def _text_bomb() -> bytes:
    """A PNG whose comment unpacks to more memory than the process has."""
    packed = _packed_zeros(megabytes=400)
    return _png(
        _header(1, 1),
        _chunk(b"zTXt", b"Comment\0\0" + packed),
        _chunk(b"IDAT", zlib.compress(bytes(4))),
        _chunk(b"IEND", b""),
    )


def _moving(format_name: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    written = BytesIO()
    frames[0].save(written, format_name, save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def _as(format_name: str) -> bytes:
    written = BytesIO()
    Image.new("RGB", (20, 20), "red").save(written, format_name)
    return written.getvalue()


def _huge(format_name: str) -> bytes:
    written = BytesIO()
    Image.new("1" if format_name == "PNG" else "L", (8_000, 6_000)).save(written, format_name)
    return written.getvalue()


def _cut(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


def _flipped(content: bytes) -> bytes:
    """The bytes of a picture with its size field and tables damaged."""
    return content[:20] + bytes(255 - byte for byte in content[20:400]) + content[400:]


def _locked_pdf() -> bytes:
    guard = f"<</Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4>>"
    return pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 400]>>",
        guard,
        trailer=f"/Encrypt 4 0 R /ID [<{'00' * 16}> <{'00' * 16}>]",
    )


def _sized_pdf(box: str) -> bytes:
    return pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        f"<</Type /Page /Parent 2 0 R /MediaBox [{box}]>>",
    )


MEGABYTE = 1024 * 1024


Corpus = dict[str, tuple[bytes, str]]


@cache
def corpus() -> Corpus:
    """Return hostile, broken and oversize files by name, each with the code it is refused with."""
    return {**_no_pictures(), **_bad_pictures(), **_bad_papers()}


def _no_pictures() -> Corpus:
    return {
        "nothing": (b"", "file-empty"),
        "one byte": (b"\xff", "file-type-refused"),
        "text": ("Đau đầu ba ngày".encode(), "file-type-refused"),
        "html": (b"<!doctype html><script>alert(1)</script>", "file-type-refused"),
        "svg with a script": (
            b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
            "file-type-refused",
        ),
        "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "file-type-refused"),
        "zip": (b"PK\x03\x04" + bytes(100), "file-type-refused"),
        "office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "file-type-refused"),
        "program for windows": (b"MZ" + bytes(200), "file-type-refused"),
        "program for linux": (b"\x7fELF" + bytes(200), "file-type-refused"),
        "shell script": (b"#!/bin/sh\nrm -rf /\n", "file-type-refused"),
        "gif": (_as("GIF"), "file-type-refused"),
        "bmp": (_as("BMP"), "file-type-refused"),
        "tiff": (_as("TIFF"), "file-type-refused"),
        "icon": (_as("ICO"), "file-type-refused"),
        "postscript": (b"%!PS-Adobe-3.0\n/bomb {bomb} def", "file-type-refused"),
        "dicom": (bytes(128) + b"DICM" + bytes(100), "file-type-refused"),
        "film": (b"\x00\x00\x00\x18ftypmp42" + bytes(100), "file-type-refused"),
        "sound": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(60), "file-type-refused"),
        "picture behind a space": (b" " + picture(), "file-type-refused"),
        "heic": (b"\x00\x00\x00\x18ftypheic" + bytes(100), "file-heic"),
        "avif": (b"\x00\x00\x00\x18ftypavif" + bytes(100), "file-heic"),
    }


def _bad_pictures() -> Corpus:
    png, webp = picture("PNG"), picture("WEBP")
    return {
        "jpeg, only its beginning": (JPEG_START, "image-broken"),
        "jpeg, only said": (JPEG_START + b" not a picture at all", "image-broken"),
        "jpeg, cut off": (_cut(photo(0.2, size=(640, 480)), 0.5), "image-broken"),
        "jpeg, tables damaged": (_flipped(picture()), "image-broken"),
        "jpeg that is a page": (JPEG_START + b"<html><script>alert(1)</script>" * 9, "image-broken"),
        "jpeg that is an archive": (JPEG_START + b"PK\x03\x04" + bytes(500), "image-broken"),
        "png, only its beginning": (PNG_START, "image-broken"),
        "png that is a jpeg": (PNG_START + picture(), "image-broken"),
        "png, cut off": (_cut(png, 0.6), "image-broken"),
        "png without pixels": (_png(_header(10, 10), _chunk(b"IEND", b"")), "image-broken"),
        "png of no width": (_png(_header(0, 10), _chunk(b"IEND", b"")), "image-broken"),
        "png of a false sum": (png[:40] + b"\0\0\0\0" + png[44:], "image-broken"),
        "png, depth of three": (_png(_header(10, 10, depth=3), _chunk(b"IEND", b"")), "image-broken"),
        "png, comment that unpacks to 400 MB": (_text_bomb(), "image-broken"),
        "png, 50,000 × 50,000": (_bomb(50_000, 50_000), "image-too-large"),
        "png, 1 × 2,000,000,000": (_bomb(1, 2_000_000_000), "image-too-large"),
        "png, honest and huge": (_huge("PNG"), "image-too-large"),
        "jpeg, honest and huge": (_huge("JPEG"), "image-too-large"),
        "png that moves": (_moving("PNG"), "image-moving"),
        "webp that moves": (_moving("WEBP"), "image-moving"),
        "webp, cut off": (_cut(webp, 0.5), "image-broken"),
        "webp, only its beginning": (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image-broken"),
        "picture of 16 MB": (picture() + bytes(15 * MEGABYTE), "file-too-large"),
    }


def _bad_papers() -> Corpus:
    return {
        "pdf, only its beginning": (b"%PDF-1.7\n", "pdf-broken"),
        "pdf, only said": (b"%PDF-1.7 <script>alert(1)</script>" * 9, "pdf-broken"),
        "pdf, cut off": (_cut(paper(), 0.3), "pdf-broken"),
        "pdf without pages": (
            pdf("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [] /Count 0>>"),
            "pdf-broken",
        ),
        "pdf whose pages hold themselves": (
            pdf("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [2 0 R] /Count 9>>"),
            "pdf-broken",
        ),
        "pdf, a line for a page": (_sized_pdf("0 0 10000 1"), "pdf-broken"),
        "pdf with a password": (_locked_pdf(), "pdf-locked"),
        "pdf of 21 pages": (paper(21), "pdf-too-long"),
        "pdf of 21 MB": (paper() + bytes(20 * MEGABYTE), "file-too-large"),
    }


def with_place(**save: object) -> bytes:
    """Return a photo that lies on its side and tells where and with what it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Camera of somebody"
    exif.get_ifd(GPS)[2] = (22.0, 15.0, 0.0)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "ngoc tai tram")
    return picture(exif=exif, comment=b"ngoc tai tram", **save)
