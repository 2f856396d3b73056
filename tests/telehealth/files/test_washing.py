"""Files are drawn anew: only pixels come through, and hostile ones cost little and leave nothing."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from telehealth.files import rules, service, washing
from telehealth.kit.errors import InvalidError
from tests.support import pictures

CORPUS = pictures.corpus()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 50


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_what_is_hostile_or_broken_is_refused_with_its_reason(name: str) -> None:
    content, code = CORPUS[name]
    with pytest.raises(InvalidError) as refused:
        service.wash(content)
    assert refused.value.code == code
    assert refused.value.field == "file"


def test_place_and_camera_are_gone_and_the_picture_stands_upright() -> None:
    kept = service.wash(pictures.with_place())
    [page] = kept.pages
    for each in (page, *kept.views, kept.thumb):
        image = opened(each.content)
        assert (each.width, each.height) == image.size == (40, 60)
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for secret in (b"ngoc tai tram", b"Camera of somebody", b"GPS", b"Exif"):
            assert secret not in each.content


@pytest.mark.parametrize("hidden", [b"<script>alert(1)</script>", b"PK\x03\x04 an archive"])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_what_was_appended_is_gone(format_name: str, hidden: bytes) -> None:
    kept = service.wash(pictures.picture(format_name) + hidden)
    for each in (*kept.pages, *kept.views, kept.thumb):
        assert hidden not in each.content
    assert opened(kept.pages[0].content).format == ("PNG" if format_name == "PNG" else "JPEG")


def test_a_photo_is_kept_in_three_sizes() -> None:
    kept = service.wash(pictures.picture(size=(4000, 3000)))
    sizes = [(each.width, each.height) for each in (*kept.pages, *kept.views, kept.thumb)]
    assert sizes == [(3072, 2304), (1280, 960), (256, 192)]


def test_what_is_see_through_lies_on_white_paper() -> None:
    written = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(written, "PNG")
    assert opened(service.wash(written.getvalue()).pages[0].content).getpixel((5, 5)) == (255, 255, 255)


def test_a_small_picture_sent_ahead_is_no_full_page() -> None:
    ahead = service.wash_preview(pictures.picture(size=(480, 360)))
    assert ahead.pages == ()
    assert [(each.width, each.height) for each in ahead.views] == [(480, 360)]


def test_a_paper_is_kept_as_pictures_of_its_pages() -> None:
    kept = service.wash(pictures.paper(3))
    assert [page.media_type for page in kept.pages] == ["image/jpeg"] * 3
    assert [(view.width, view.height) for view in kept.views] == [(907, 1280)] * 3
    assert kept.pages[0].height == washing.PAGE_EDGE


@pytest.mark.parametrize(
    "action",
    ["/JavaScript /JS (app.alert\\(1\\))", "/Launch /F (cmd.exe)", "/URI /URI (http://evil.example)"],
)
def test_nothing_a_paper_would_do_is_kept(action: str) -> None:
    kept = service.wash(pictures.scripted_pdf(action))
    [page] = kept.pages
    for word in (b"JavaScript", b"alert", b"Launch", b"evil", b"%PDF"):
        assert word not in page.content


def test_the_process_can_open_no_file_and_no_socket_once_it_reads(tmp_path: Path) -> None:
    code = (
        "from telehealth.files import washing; washing.prepare('application/pdf')\n"
        "import errno, socket, sys\n"
        f"def tried(act):\n  try: act()\n  except OSError as error: return error.errno == errno.EMFILE\n"
        f"print(tried(lambda: open({str(tmp_path / 'x')!r}, 'w')), tried(socket.socket))\n"
    )
    code = "import errno, socket\n" + code
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telehealth.files.service.pixels.WALL_SECONDS", 0.001)
    with pytest.raises(InvalidError, match="image-broken"):
        service.wash(pictures.picture())


def test_types_are_told_by_content_and_every_type_has_a_limit() -> None:
    assert rules.media_type_of(pictures.picture("WEBP")) == "image/webp"
    for media_type in rules.TYPES:
        rules.accept_size(media_type, 1)
        with pytest.raises(InvalidError, match="file-too-large"):
            rules.accept_size(media_type, 21 * 1024 * 1024)
    with pytest.raises(InvalidError, match="file-type-refused"):
        rules.accept_size("image/svg+xml", 10)
