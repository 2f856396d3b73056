"""Addresses that may be redirected to."""


def own_path(value: object) -> str | None:
    """Return the value if it is a path of this server, so that nobody is sent elsewhere."""
    if not isinstance(value, str) or not value.startswith("/") or value[1:2] in ("/", "\\"):
        return None
    return value if value.isprintable() and "\\" not in value else None
