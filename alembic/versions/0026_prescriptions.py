"""Formularies, prescriptions, their history, and the asking for national codes."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
AMOUNTS = ("dose", "morning", "noon", "evening", "night")


def upgrade() -> None:
    _formularies()
    _prescriptions()
    _lines()
    _history()


def downgrade() -> None:
    for table in (
        "prescription_code",
        "prescription_event",
        "prescription_line",
        "prescription",
        "medicine",
        "formulary",
    ):
        op.drop_table(table)


def _formularies() -> None:
    op.create_table(
        "formulary",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("medicines", sa.Integer(), nullable=False),
        sa.Column("imported_at", AT, nullable=False),
        sa.Column("approved_at", AT, nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by IS NULL)", name=op.f("ck_formulary_approved")
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_formulary_facility_id")),
        sa.ForeignKeyConstraint(["approved_by"], ["membership.id"], name=op.f("fk_formulary_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formulary")),
        sa.UniqueConstraint("facility_id", "label", name=op.f("uq_formulary_facility_id_label")),
    )
    op.create_index(op.f("ix_formulary_facility_id"), "formulary", ["facility_id"], unique=False)
    op.create_table(
        "medicine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("formulary_id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in (
                "code",
                "generic_name",
                "brand_name",
                "strength",
                "form",
                "route",
                "unit",
                "drug_class",
            )
        ),
        sa.Column("ingredients", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("dose", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("instructions", "source", "folded")),
        sa.ForeignKeyConstraint(["formulary_id"], ["formulary.id"], name=op.f("fk_medicine_formulary_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicine")),
        sa.UniqueConstraint("formulary_id", "code", name=op.f("uq_medicine_formulary_id_code")),
    )
    op.create_index("ix_medicine_search", "medicine", ["formulary_id", "folded"], unique=False)


def _prescriptions() -> None:
    op.create_table(
        "prescription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("weight_kg", sa.BigInteger(), nullable=True),
        sa.Column("escort_name", sa.String(), nullable=False),
        sa.Column("long_reason", sa.String(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", AT, nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", AT, nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("voided_at", AT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'voided', 'dropped')", name=op.f("ck_prescription_state")
        ),
        sa.CheckConstraint(
            "(state IN ('draft', 'dropped')) = (issued_at IS NULL)", name=op.f("ck_prescription_issued")
        ),
        sa.CheckConstraint(
            "(state = 'voided') = (voided_at IS NOT NULL)", name=op.f("ck_prescription_voided")
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_prescription_{column}"))
            for column, target in (
                ("visit_id", "visit.id"),
                ("patient_id", "patient.id"),
                ("written_by", "membership.id"),
                ("record_id", "signed_record.id"),
                ("facility_id", "facility.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
        sa.UniqueConstraint("visit_id", "number", name=op.f("uq_prescription_visit_id_number")),
        sa.UniqueConstraint("handle", name=op.f("uq_prescription_handle")),
    )
    for state in ("draft", "active"):
        where = sa.text(f"state = '{state}'")
        op.create_index(
            f"uq_prescription_{state}",
            "prescription",
            ["visit_id"],
            unique=True,
            postgresql_where=where,
            sqlite_where=where,
        )
    op.create_index("ix_prescription_patient", "prescription", ["patient_id", "issued_at"], unique=False)


def _lines() -> None:
    op.create_table(
        "prescription_line",
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("medicine_id", sa.Uuid(), nullable=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("generic_name", "brand_name", "strength", "form", "route", "unit")
        ),
        sa.Column("dose", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in AMOUNTS[1:]),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("total_reason", "instructions", "drug_class")
        ),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("ingredients", "groups", "acknowledged")),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_prescription_line_prescription_id")
        ),
        sa.ForeignKeyConstraint(
            ["medicine_id"], ["medicine.id"], name=op.f("fk_prescription_line_medicine_id")
        ),
        sa.PrimaryKeyConstraint("prescription_id", "rank", name=op.f("pk_prescription_line")),
    )


def _history() -> None:
    op.create_table(
        "prescription_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("from_state", "to_state", "command")),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_prescription_event_prescription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription_event")),
        sa.UniqueConstraint("prescription_id", "seq", name=op.f("uq_prescription_event_prescription_id_seq")),
    )
    op.create_table(
        "prescription_code",
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", AT, nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("settled_at", AT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'given', 'refused', 'not_needed')", name=op.f("ck_prescription_code_state")
        ),
        sa.CheckConstraint("(state = 'given') = (code IS NOT NULL)", name=op.f("ck_prescription_code_given")),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_prescription_code_prescription_id")
        ),
        sa.PrimaryKeyConstraint("prescription_id", name=op.f("pk_prescription_code")),
    )
    op.create_index(
        op.f("ix_prescription_code_next_try_at"), "prescription_code", ["next_try_at"], unique=False
    )
    protect(op.get_bind(), "prescription_event")
