"""Pictures are written anew: only pixels come through, and hostile ones cost little."""

from io import BytesIO

import pytest
from PIL import Image

from telehealth.files import service
from telehealth.kit.errors import InvalidError

ORIENTATION, GPS = 0x0112, 0x8825


def picture(format_name: str = "JPEG", *, size: tuple[int, int] = (60, 40), **save: object) -> bytes:
    written = BytesIO()
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    image.save(written, format_name, **save)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_place_and_camera_are_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (22.0, 15.0, 0.0)
    taken = picture(exif=exif, comment=b"ngoc tai tram")
    kept = service.accept(taken)
    image = opened(kept.content)
    assert kept.media_type == "image/jpeg"
    assert image.size == (40, 60)
    assert dict(image.getexif()) == {}
    assert b"ngoc tai tram" not in kept.content


@pytest.mark.parametrize("hidden", [b"<script>alert(1)</script>", b"PK\x03\x04 an archive"])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_what_was_appended_is_gone(format_name: str, hidden: bytes) -> None:
    kept = service.accept(picture(format_name) + hidden)
    assert hidden not in kept.content
    assert opened(kept.content).format == format_name


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    header = picture("PNG", size=(1, 1))
    wide = (50_000).to_bytes(4, "big")
    bomb = header[:16] + wide + wide + header[24:]
    with pytest.raises(InvalidError) as refused:
        service.accept(bomb)
    assert refused.value.code in ("image-too-large", "image-broken")


def test_a_huge_but_honest_picture_is_refused_by_its_pixels() -> None:
    written = BytesIO()
    Image.new("1", (8_000, 6_000)).save(written, "PNG")
    with pytest.raises(InvalidError, match="image-too-large"):
        service.accept(written.getvalue())


@pytest.mark.parametrize(
    "broken",
    [
        picture()[:200],
        b"\xff\xd8\xff\xe0 not a picture at all",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + picture("JPEG"),
    ],
)
def test_what_only_looks_like_a_picture_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidError, match="image-broken"):
        service.accept(broken)


def test_a_document_is_kept_as_it_is() -> None:
    assert service.accept(b"%PDF-1.7 ...").content == b"%PDF-1.7 ..."
