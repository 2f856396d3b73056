"""Printing pages without a server: every page from its example, as any role sees it."""

from dataclasses import dataclass, replace
from uuid import UUID

from web import i18n
from web.chrome import staff_chrome
from web.pages import Page, all_pages
from web.render import print_page, printing

PAGES = {page.template: page for page in all_pages()}

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Someone:
    """A signed-in person, as far as the frame cares."""

    full_name: str = "Nông Thị Hạnh"
    role: str = "station_nurse"
    facility_name: str = "Điểm trạm Vi Hương"
    ref: UUID = NOBODY


def html_of(page: Page, *, language: str = "vi", block: str | None = None) -> str:
    """Return the HTML of a page (or of a block of it) for a station nurse."""
    i18n.set_strict(True)
    with printing("nonce-of-the-test", lambda: "token-of-the-test", language, lambda _: "proof-of-the-test"):
        somebodys = replace(staff_chrome(Someone(), page.nav), owner="0" * 32)
        chrome = getattr(page, "chrome", None) or somebodys
        return print_page(page, chrome, block)


def example_of(template: str, *, language: str = "vi") -> Page:
    """Return the example of a template's page; some texts are chosen while the example is made."""
    i18n.set_strict(True)
    with i18n.language(language):
        return PAGES[template].example()
