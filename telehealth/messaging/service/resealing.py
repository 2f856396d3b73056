"""After a key rotation: sealing again what an older key has sealed."""

from sqlmodel import Session, col, func, select

from telehealth.kit.crypto import Keyring, place
from telehealth.messaging.models import OutboxMessage


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal the numbers of up to `limit` messages with the newest key; return how many rows.

    Called until it returns 0; after that older keys open nothing here any more.
    """
    key_id = keyring.sealing[0][0].encode()
    sealed_by = func.substr(col(OutboxMessage.phone_sealed), 1, len(key_id))
    messages = session.exec(select(OutboxMessage).where(sealed_by != key_id).limit(limit)).all()
    for message in messages:
        where = place("outbox_message", "phone", message.id)
        message.phone_sealed = keyring.seal(keyring.open(message.phone_sealed or b"", where), where)
        session.add(message)
    session.flush()
    return len(messages)
