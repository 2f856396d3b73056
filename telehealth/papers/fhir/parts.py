"""Parts of the record that other slices keep, by name; a new part adds its row, until then it is text."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from telehealth.papers.fhir import carried, medicines, requests, spoken
from telehealth.papers.fhir.basics import Rendered, Scope

RENDERERS: Final[dict[str, Callable[[Any, Scope], Rendered]]] = {
    "background": carried.background,
    "pregnancy": carried.pregnancy,
    "examination": spoken.examination,
    "remote_list": spoken.remote_list,
    "minutes": spoken.minutes,
    "prescription": medicines.prescription,
    "orders": requests.orders,
    "referral": requests.referral,
    "answer": spoken.thread,
}
"""From what was signed of a part to its section and resources."""


def render_parts(parts: Mapping[str, Any], scope: Scope, replaced: Mapping[str, int]) -> list[Rendered]:
    """Return the parts of one signed document; `replaced`: which amendment brought a part anew, by name.

    What an amendment replaced stays in the document, with all that was signed of it, and says so.
    """
    found = []
    for name, content in parts.items():
        by = replaced.get(name, 0)
        here = replace(scope, replaced_by=by)
        part = RENDERERS[name](content, here) if name in RENDERERS else spoken.unknown(name, content)
        found.append(replace(part, lines=[f"Replaced by amendment {by - 1}.", *part.lines]) if by else part)
    return found
