"""The tables of gammu-smsd that a client touches, and the daemon's part in them.

Names, defaults and states as the daemon's documents give them (gammu-smsd-tables(7), version 18); on
PostgreSQL the boolean is one, on SQLite a word.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
    select,
    update,
)

_CODINGS = "'Default_No_Compression','Unicode_No_Compression','8bit'"


class Gammu:
    """A daemon whose modem sends when told to."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url)
        is_sqlite = self.engine.dialect.name == "sqlite"
        word = String if is_sqlite else Boolean
        own = MetaData()
        self.outbox = Table(
            "outbox",
            own,
            Column("ID", Integer, primary_key=True, autoincrement=True),
            Column("DestinationNumber", String(20), nullable=False, server_default=""),
            Column("TextDecoded", Text, nullable=False, server_default=""),
            Column("Coding", String, nullable=False, server_default="Default_No_Compression"),
            Column("UDH", Text),
            Column("Class", Integer, server_default="-1"),
            Column("MultiPart", word, nullable=False, server_default="false"),
            Column("DeliveryReport", String, server_default="default"),
            Column("CreatorID", Text, nullable=False),
            CheckConstraint(f'"Coding" IN ({_CODINGS})', name="coding"),
        )
        self.parts = Table(
            "outbox_multipart",
            own,
            Column("ID", Integer, primary_key=True, autoincrement=False),
            Column("SequencePosition", Integer, primary_key=True),
            Column("TextDecoded", Text),
            Column("Coding", String, nullable=False, server_default="Default_No_Compression"),
            Column("UDH", Text),
            Column("Class", Integer, server_default="-1"),
        )
        self.sent = Table(
            "sentitems",
            own,
            Column("ID", Integer, primary_key=True, autoincrement=False),
            Column("SequencePosition", Integer, primary_key=True, server_default="1"),
            Column("CreatorID", Text, nullable=False),
            Column("Status", String, nullable=False, server_default="SendingOK"),
        )
        own.create_all(self.engine)

    def queued(self) -> list[tuple[str, str, str, str | None]]:
        """List what waits: number, text, coding and header of first parts, then of further ones."""
        with self.engine.connect() as connection:
            first = select(
                self.outbox.c.DestinationNumber,
                self.outbox.c.TextDecoded,
                self.outbox.c.Coding,
                self.outbox.c.UDH,
            ).order_by(self.outbox.c.ID)
            rows = [tuple(row) for row in connection.execute(first)]
            more = select(self.parts.c.TextDecoded, self.parts.c.Coding, self.parts.c.UDH).order_by(
                self.parts.c.ID, self.parts.c.SequencePosition
            )
            return rows + [("", *row) for row in connection.execute(more)]

    def send_all(self, status: str = "SendingOK") -> None:
        """Let the modem send everything: rows move from the queue to what was sent."""
        with self.engine.connect() as connection:
            numbers = connection.scalars(select(self.outbox.c.ID)).all()
        for number in numbers:
            self.send_one(number, status)

    def send_one(self, number: int, status: str = "SendingOK") -> None:
        """Let the modem send one text, with all its parts, whatever waits before it."""
        with self.engine.begin() as connection:
            more = connection.execute(select(self.parts).where(number == self.parts.c.ID)).all()
        for place in range(1, len(more) + 2):
            self.send_part(number, status, place=place)
        with self.engine.begin() as connection:
            connection.execute(self.outbox.delete().where(number == self.outbox.c.ID))
            connection.execute(self.parts.delete().where(number == self.parts.c.ID))

    def send_part(self, number: int, status: str = "SendingOK", *, place: int = 1) -> None:
        """Let the modem send one part of a text; it stays in the queue until the others have gone."""
        with self.engine.begin() as connection:
            creator = select(self.outbox.c.CreatorID).where(number == self.outbox.c.ID)
            sent = {"ID": number, "SequencePosition": place, "CreatorID": connection.scalar(creator)}
            connection.execute(insert(self.sent).values(**sent, Status=status))

    def report(self, status: str, *, place: int = 1) -> None:
        """Let the network report about the given part of every text."""
        with self.engine.begin() as connection:
            changed = update(self.sent).where(self.sent.c.SequencePosition == place)
            connection.execute(changed.values(Status=status))

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()
