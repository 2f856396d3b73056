"""Gates of patient links: codes, own phones, what was tried, lost links; until when a contact acts."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("patient_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facility_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_patient_link_facility_id"), "facility", ["facility_id"], ["id"]
        )
    for table in ("link_token", "link_opening"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("number_index", sa.String(), nullable=True))
            batch_op.add_column(sa.Column("relation", sa.String(), nullable=False, server_default="self"))
            batch_op.add_column(sa.Column("until_on", sa.Date(), nullable=True))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("relation", server_default=None)
    with op.batch_alter_table("link_opening", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_given_at", _AT, nullable=True))
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("agreed_on", sa.Date(), nullable=True))
    _create_own_phones()
    _create_codes()
    _create_wrong_years()
    _create_lost_links()


def downgrade() -> None:
    for table in ("link_refusal", "lost_link", "wrong_year", "link_code", "own_phone"):
        op.drop_table(table)
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_column("agreed_on")
        batch_op.drop_column("until_on")
    with op.batch_alter_table("link_opening", schema=None) as batch_op:
        batch_op.drop_column("code_given_at")
    for table in ("link_opening", "link_token"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in ("until_on", "relation", "number_index"):
                batch_op.drop_column(column)
    with op.batch_alter_table("patient_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_patient_link_facility_id"), type_="foreignkey")
        batch_op.drop_column("facility_id")


def _create_own_phones() -> None:
    op.create_table(
        "own_phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["link_device.id"], name=op.f("fk_own_phone_device_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_own_phone_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_phone")),
    )
    with op.batch_alter_table("own_phone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_own_phone_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            "uq_own_phone_live",
            ["device_id", "patient_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )


def _create_codes() -> None:
    op.create_table(
        "link_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["opening_id"], ["link_opening.id"], name=op.f("fk_link_code_opening_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_link_code_patient_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_link_code_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_code")),
    )
    with op.batch_alter_table("link_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_code_opening_id"), ["opening_id"], unique=False)
        batch_op.create_index("ix_link_code_number", ["number_index", "patient_id", "sent_at"], unique=False)
        batch_op.create_index("ix_link_code_facility", ["facility_id", "sent_at"], unique=False)


def _create_wrong_years() -> None:
    op.create_table(
        "wrong_year",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("tried_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["patient_link.id"], name=op.f("fk_wrong_year_link_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_wrong_year_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_year")),
    )
    with op.batch_alter_table("wrong_year", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrong_year_link_id"), ["link_id"], unique=False)
        batch_op.create_index("ix_wrong_year_number", ["number_index", "tried_at"], unique=False)
        batch_op.create_index("ix_wrong_year_facility", ["facility_id", "tried_at"], unique=False)


def _create_lost_links() -> None:
    op.create_table(
        "lost_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("looked_at", _AT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_link")),
    )
    with op.batch_alter_table("lost_link", schema=None) as batch_op:
        batch_op.create_index("ix_lost_link_waiting", ["looked_at", "asked_at"], unique=False)
        batch_op.create_index("ix_lost_link_number", ["number_index", "asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_lost_link_facility_id"), ["facility_id"], unique=False)
    op.create_table(
        "link_refusal",
        sa.Column("refused_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("refused_on", "kind", "facility_id", name=op.f("pk_link_refusal")),
    )
