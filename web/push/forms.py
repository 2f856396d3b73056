"""What a browser or its owner says about being told."""

from uuid import UUID

from web.forms import Form


class EndpointForm(Form):
    """The address the browser's vendor gave it."""

    endpoint: str


class BrowserForm(Form):
    """One of the member's browsers."""

    browser: UUID
