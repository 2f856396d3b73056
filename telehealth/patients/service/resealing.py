"""After a key rotation: sealing again what an older key has sealed."""

from sqlmodel import Session

from telehealth.kit.crypto import Keyring, place
from telehealth.patients import queries

_SEALED = ("cccd", "bhyt", "address")


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal up to `limit` patients and as many contacts with the newest key; return how many rows.

    Called until it returns 0; after that older keys open nothing here any more.
    """
    patients, contacts = queries.list_sealed_with_older_key(
        session, keyring.sealing[0][0].encode(), limit=limit
    )
    for patient in patients:
        for field in _SEALED:
            sealed: bytes | None = getattr(patient, f"{field}_sealed")
            if sealed is not None:
                where = place("patient", field, patient.id)
                setattr(patient, f"{field}_sealed", keyring.seal(keyring.open(sealed, where), where))
        session.add(patient)
    for contact in contacts:
        where = place("contact", "phone", contact.id)
        contact.phone_sealed = keyring.seal(keyring.open(contact.phone_sealed, where), where)
        session.add(contact)
    session.flush()
    return len(patients) + len(contacts)
