"""Debian's Chromium with an invented camera and microphone, driven by Playwright."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize

from tests.support.provision import find_chromium

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
ON_LOOPBACK = ("--allow-loopback-in-peer-connection",)
FAKE_MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

PATIENCE_MS = 60_000
"""How long a page may take to show something: a deadline, reached by what is broken only."""

LOOK_MS = 20

PHONE: ViewportSize = {"width": 360, "height": 740}
SMALL_PHONE: ViewportSize = {"width": 360, "height": 640}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@contextmanager
def open_browser(
    playwright: Playwright,
    *,
    flags: Sequence[str] = FAKE_MEDIA,
    network: Sequence[str] = ON_LOOPBACK,
    starter: Path | None = None,
) -> Iterator[Browser]:
    """Run a headless Chromium; without FAKE_MEDIA it has neither camera nor microphone.

    `starter` is a program that starts it elsewhere; `network` are the flags its place needs.
    """
    browser = playwright.chromium.launch(
        executable_path=starter or executable(), args=[*FLAGS, *network, *flags]
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def open_device(
    browser: Browser,
    *,
    base_url: str,
    is_phone: bool = False,
    media: bool = True,
    viewport: ViewportSize | None = None,
) -> Iterator[BrowserContext]:
    """Open a device: cookies and storage of its own, Vietnamese, on Vietnam's time.

    `media=False` refuses camera and microphone, as a person who taps "Block" does.
    """
    context = browser.new_context(
        base_url=base_url,
        viewport=viewport or (PHONE if is_phone else DESKTOP),
        device_scale_factor=2 if is_phone else 1,
        has_touch=is_phone,
        is_mobile=is_phone,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        permissions=["camera", "microphone"] if media else [],
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        context.close()


def executable() -> Path:
    """Return where the browser is; FileNotFoundError with what to do if it is nowhere."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError("Chromium is not installed: python tests/support/provision.py chromium")
    return path


def wait_on(page: Page, is_so: Callable[[], object], *, what: str) -> None:
    """Wait until something is so that routes and events of a page tell; TimeoutError naming `what` if not.

    Waited for on the page: only so are its handlers called meanwhile.
    """
    for _ in range(PATIENCE_MS // LOOK_MS):
        if is_so():
            return
        page.wait_for_timeout(LOOK_MS)
    raise TimeoutError(f"{what} did not happen")


def wait_until_mounted(page: Page) -> None:
    """Wait till the modules of a page that has any answer: what is pressed before has no effect."""
    page.wait_for_load_state("load")
    page.locator("html:not([data-script=on])").wait_for(state="attached", timeout=PATIENCE_MS)
