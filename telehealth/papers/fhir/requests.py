"""What is to be done elsewhere: orders and the referral, as ServiceRequests."""

from typing import Final

from telehealth.papers.fhir.actors import organization
from telehealth.papers.fhir.basics import URI, Rendered, Resource, Scope, coding, concept, notes, others

SNOMED: Final = "http://snomed.info/sct"
SOON: Final = {"now": "stat", "today": "urgent"}
"""Priority of an order by when it is to be done; others are routine."""
URGENCY: Final = {"emergency": "stat", "urgent": "urgent"}

_ORDER: Final = ("kind", "what", "code", "when", "note", "result")
_RESULT: Final = ("state", "reason", "text", "value", "unit", "by", "ended_at")
_ENDINGS: Final = {"done": "completed", "declined": "revoked"}
_REFERRAL: Final = (
    *("to", "urgency", "reason", "condition", "treatment", "transport", "escort", "attachments"),
)


def orders(content: list[Resource], scope: Scope) -> Rendered:
    """Return one ServiceRequest an order."""
    lines, found = [], []
    for at, each in enumerate(content, 1):
        said = ", ".join(filter(None, (each["kind"], each["when"], each["note"])))
        lines += [f"{at}. {each['what']} ({said})", *_result(each, at), *others(each, _ORDER, f"{at}")]
        found.append((scope.key("orders", at), _order(each, scope)))
    return Rendered(title="Orders", code="46209-3", lines=lines, resources=found)


def _result(order: Resource, at: int) -> list[str]:
    """Return what had come of an order when it was signed, as lines."""
    if "result" not in order:
        return []
    result = order["result"]
    head = f"{at}, result"
    who = others(result["by"], ("title", "name"), f"{head}, by")
    return [f"{head}: {_said(result)}", *who, *others(result, _RESULT, head)]


def _said(result: Resource) -> str:
    value = f"{result['value']} {result['unit']}" if result["value"] is not None else ""
    by = " ".join(filter(None, (result["by"]["title"], result["by"]["name"])))
    words = (result["state"], result["reason"], value, result["text"], by, result["ended_at"])
    return ", ".join(each for each in words if each)


def _request(scope: Scope, priority: str) -> Resource:
    ending = "revoked" if scope.replaced_by else "active"
    return {
        "resourceType": "ServiceRequest",
        "status": ending,
        "intent": "order",
        "priority": priority,
        **scope.about,
        "authoredOn": scope.signed_at,
        "requester": scope.by,
    }


def _order(each: Resource, scope: Scope) -> Resource:
    codes = [coding(f"{scope.base_url}/order-codes", each["code"])] if each["code"] else []
    result = each.get("result")
    request = _request(scope, SOON.get(each["when"], "routine"))
    if result is not None and not scope.replaced_by:
        request["status"] = _ENDINGS[result["state"]]
    return {
        **request,
        "category": [concept(each["kind"])],
        "code": concept(each["what"], *codes),
        "occurrenceTiming": {"code": concept(each["when"])},
        **notes(each["note"], _said(result) if result else None),
    }


def referral(content: Resource, scope: Scope) -> Rendered:
    """Return the referral with the facility it goes to."""
    to = content["to"]
    named = ("urgency", "condition", "treatment", "transport", "escort")
    said = [f"{name.capitalize()}: {content[name]}" for name in named if content[name]]
    lines = [f"{to['name']}: {content['reason']}", *said, *others(content, _REFERRAL)]
    request: Resource = {
        **_request(scope, URGENCY.get(content["urgency"], "routine")),
        "category": [concept("Referral", coding(SNOMED, "3457005", "Patient referral"))],
        "code": concept("Referral"),
        "performer": [scope.ref("Organization", to["id"])],
        "reasonCode": [concept(content["reason"])],
        **notes(*said),
    }
    if content["attachments"]:
        request["supportingInfo"] = [_document(each) for each in content["attachments"]]
    return Rendered(
        title="Reason for referral",
        code="42349-1",
        lines=lines,
        resources=[(scope.key("referral"), request)],
        beside=[(to["id"], organization(to, scope.base_url))],
    )


def _document(attachment: str) -> Resource:
    """Return a photo by its name: it stands in the document where the signature covers it."""
    return {"type": "DocumentReference", "identifier": {"system": URI, "value": f"urn:uuid:{attachment}"}}
