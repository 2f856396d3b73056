"""Who and where: the patient, the visit itself, who took part and signed, and their facilities."""

from collections.abc import Mapping, Sequence

from telehealth.papers.fhir.basics import SID, TERMS, URI, Resource, Scope, coding, concept


def people_of(first: Resource, amendments: Sequence[Resource]) -> dict[str, Resource]:
    """Return everybody who signed or took part, by membership."""
    named = [first["signer"], first["doctor"], first["opened_by"], *(each["signer"] for each in amendments)]
    return {each["membership_id"]: each for each in named if each}


def places_of(first: Resource, people: Mapping[str, Resource]) -> dict[str, Resource]:
    """Return every facility that is named, by its id."""
    named = [first["station"], *(each["facility"] for each in people.values())]
    return {each["id"]: each for each in named}


def patient(first: Resource) -> Resource:
    """Return the patient as named in the record; a birth known by its year stays one."""
    who = first["patient"]
    length = {"year": 4, "month": 7}.get(who["birth_precision"], 10)
    return {
        "resourceType": "Patient",
        "identifier": [
            {"system": f"urn:uuid:{first['station']['id']}", "value": who["mrn"]},
            {"system": URI, "value": f"urn:uuid:{who['id']}"},
        ],
        "name": [{"text": who["full_name"]}],
        "gender": who["sex"],
        **({"birthDate": who["birth_date"][:length]} if who["birth_date"] else {}),
    }


def encounter(first: Resource, scope: Scope, conditions: int) -> Resource:
    """Return the visit: how it was held, who took part, what was found."""
    doctor = first["doctor"] or first["signer"]
    leading = concept("", coding(f"{TERMS}v3-ParticipationType", "PPRF", "primary performer"))
    part = concept("", coding(f"{TERMS}v3-ParticipationType", "PART", "Participation"))
    members = {doctor["membership_id"]: leading}
    for each in (first["signer"], first["opened_by"]):
        members.setdefault(each["membership_id"], part)
    found = [{"condition": scope.ref("Condition", str(at)), "rank": at + 1} for at in range(conditions)]
    forms = first.get("modalities") or ([first["modality"]] if first.get("modality") else [])
    return {
        "resourceType": "Encounter",
        "identifier": [{"system": URI, "value": f"urn:uuid:{first['visit_id']}"}],
        "status": "finished",
        "class": coding(f"{TERMS}v3-ActCode", "VR", "virtual"),
        "type": [concept(each) for each in (first["consult_kind"], *forms)],
        "subject": scope.ref("Patient"),
        "participant": [
            {"type": [how], "individual": scope.ref("PractitionerRole", key)} for key, how in members.items()
        ],
        "period": {"start": first["occurred_at"], "end": first["signed_at"]},
        **({"diagnosis": found} if found else {}),
        "serviceProvider": scope.ref("Organization", first["station"]["id"]),
    }


def practitioner(member: Resource) -> Resource:
    """Return who somebody is, with the licence they signed under."""
    licence = member["licence_number"]
    return {
        "resourceType": "Practitioner",
        "name": [{"text": f"{member['title']} {member['name']}".strip()}],
        **({"identifier": [{"system": f"{SID}cchn", "value": licence}]} if licence else {}),
        "qualification": [{"code": {"text": member["qualification"] or member["role"]}}],
    }


def practitioner_role(member: Resource, scope: Scope) -> Resource:
    """Return as what and for which facility somebody took part."""
    return {
        "resourceType": "PractitionerRole",
        "identifier": [{"system": URI, "value": f"urn:uuid:{member['membership_id']}"}],
        "practitioner": scope.ref("Practitioner", member["membership_id"]),
        "organization": scope.ref("Organization", member["facility"]["id"]),
        "code": [concept(member["role"])],
    }


def organization(facility: Resource, base_url: str) -> Resource:
    """Return a facility as it was named; its care level and tier where the record says them."""
    code = facility["code"]
    ranks = [
        concept("", coding(f"{base_url}/{kind}", rank["code"], rank["name"]))
        for kind, rank in (("care-levels", facility.get("level")), ("tiers", facility.get("tier")))
        if rank and rank["code"]
    ]
    own = {"system": URI, "value": f"urn:uuid:{facility['id']}"}
    return {
        "resourceType": "Organization",
        "identifier": [*([{"system": f"{SID}ma-cskcb", "value": code}] if code else []), own],
        "name": facility["name"],
        **({"type": ranks} if ranks else {}),
    }
