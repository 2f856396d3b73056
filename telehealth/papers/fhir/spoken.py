"""What was examined, asked, answered and agreed: the examination, the thread, minutes, the list's check."""

from typing import Final

from telehealth.papers.fhir.basics import (
    TERMS,
    Rendered,
    Resource,
    Scope,
    coding,
    concept,
    others,
    plain_lines,
)
from telehealth.papers.fhir.findings import observation

_FOUND: Final = {"normal": ("N", "Normal"), "abnormal": ("A", "Abnormal")}
_ITEM: Final = ("code", "label", "state", "text")
_NOTE: Final = ("kind", "text", "by", "written_at")
_REQUEST: Final = ("urgency", "sent_at", "answer_by")
_PERSON: Final = ("role", "title", "name", "facility")
_MINUTES: Final = ("people", "texts", "held_at", "place")
_SIGNATURE: Final = ("membership_id", "role", "signed_at")


def examination(content: Resource, scope: Scope) -> Rendered:
    """Return one Observation a system or question, under the labels of its template."""
    template = content["template"]
    lines, found = [], []
    for each in (*content["systems"], *content["questions"]):
        lines.append(f"{each['label']}: {each['text'] or each.get('state', '')}")
        lines += others(each, _ITEM, each["label"])
        found.append((scope.key("examination", each["code"]), _examined(each, template, scope)))
    lines.append(f"Template {template['code']}: {template['name']}, version {template['version']}")
    lines += others(template, ("code", "name", "version"), "template")
    lines += others(content, ("template", "systems", "questions"))
    return Rendered(title="Physical findings", code="29545-1", lines=lines, resources=found)


def _examined(each: Resource, template: Resource, scope: Scope) -> Resource:
    system = f"{scope.base_url}/examination/{template['code']}"
    code = {**coding(system, each["code"], each["label"]), "version": str(template["version"])}
    found = observation(scope, concept(each["label"], code), scope.occurred_at, "exam")
    state = each.get("state", "")
    if state in _FOUND:
        judged = coding(f"{TERMS}v3-ObservationInterpretation", *_FOUND[state])
        found["interpretation"] = [concept(state, judged)]
    if state == "not_examined" and not each["text"]:
        absent = coding(f"{TERMS}data-absent-reason", "not-performed", "Not Performed")
        found["dataAbsentReason"] = concept(state, absent)
    else:
        found["valueString"] = each["text"] or state
    return found


def thread(content: Resource, scope: Scope) -> Rendered:  # noqa: ARG001  (as every part)
    """Return when an answer was asked for by when, and what was asked and said."""
    lines = []
    for each in content["requests"]:
        lines.append(f"Sent {each['sent_at']}, answer by {each['answer_by']} ({each['urgency']})")
        lines += others(each, _REQUEST)
    for each in content["thread"]:
        lines.append(f"{each['kind']}, {each['by']}, {each['written_at']}: {each['text']}")
        lines += others(each, _NOTE)
    return Rendered(title="Answer", lines=[*lines, *others(content, ("requests", "thread"))])


def minutes(content: Resource, scope: Scope) -> Rendered:  # noqa: ARG001  (as every part)
    """Return who met when and where, what was said and agreed, and who signed."""
    said = content["content"]
    lines = [f"{said['held_at']}, {said['place']}"]
    for each in said["people"]:
        who = f"{each['title']} {each['name']}".strip()
        lines += [f"{each['role']}: {who}, {each['facility']}", *others(each, _PERSON)]
    lines += [f"{name}: {text}" for name, text in said["texts"].items()]
    for each in content["signatures"]:
        lines.append(f"Signed {each['signed_at']}: {each['role']}, {each['membership_id']}")
        lines += others(each, _SIGNATURE)
    lines += others(said, _MINUTES)
    return Rendered(title="Conference minutes", lines=[*lines, *others(content, ("content", "signatures"))])


def remote_list(content: Resource, scope: Scope) -> Rendered:  # noqa: ARG001  (as every part)
    """Return the list that was asked, what was outside it, and the basis it was signed on."""
    lines = [content["list"]]
    if content["outside"]:
        lines += [", ".join(content["outside"]), content["basis"]]
        lines += ["The patient is referred to another facility"] if content.get("referred") else []
    known = ("list", "outside", "basis", "referred")
    return Rendered(title="Remote examination list", lines=[*lines, *others(content, known)])


def unknown(name: str, content: object) -> Rendered:
    """Return a part that no module reads, all of it as text."""
    return Rendered(title=name, lines=plain_lines(content))
