"""Visits and signed records."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "diagnosis_code",
        sa.Column("code_list", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code_list", "code", name=op.f("pk_diagnosis_code")),
    )
    with op.batch_alter_table("diagnosis_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_diagnosis_code_folded"), ["folded"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("consult_kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("doctor_membership_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("specialty_code", sa.String(), nullable=True),
        sa.Column("diagnoses_version", sa.Integer(), nullable=False),
        sa.Column("follow_up_version", sa.Integer(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("follow_up_facility_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "consult_kind IN ('remote_exam', 'facility_support')", name=op.f("ck_visit_consult_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'signed', 'withdrawn')", name=op.f("ck_visit_state")),
        sa.ForeignKeyConstraint(
            ["doctor_membership_id"], ["membership.id"], name=op.f("fk_visit_doctor_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_facility_id"], ["facility.id"], name=op.f("fk_visit_follow_up_facility_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["membership.id"], name=op.f("fk_visit_opened_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_visit_patient_id")),
        sa.ForeignKeyConstraint(["specialty_code"], ["specialty.code"], name=op.f("fk_visit_specialty_code")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_visit_station_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_visit_doctor_membership_id"), ["doctor_membership_id"], unique=False
        )
        batch_op.create_index("ix_visit_patient", ["patient_id", "occurred_at"], unique=False)
        batch_op.create_index("ix_visit_station", ["station_facility_id", "occurred_at"], unique=False)

    op.create_table(
        "condition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("code_list", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_condition_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_condition_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
        sa.UniqueConstraint("visit_id", "rank", name=op.f("uq_condition_visit_id_rank")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("measured_by", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["measured_by"], ["membership.id"], name=op.f("fk_observation_measured_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_observation_patient_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_observation_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_observation_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_observation_visit", ["visit_id", "code"], unique=False)

    op.create_table(
        "signed_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("previous_sha256", sa.String(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_signed_record_patient_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["membership.id"], name=op.f("fk_signed_record_signed_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_signed_record_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_record")),
        sa.UniqueConstraint("visit_id", "number", name=op.f("uq_signed_record_visit_id_number")),
    )
    with op.batch_alter_table("signed_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_record_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signed_record_signed_by"), ["signed_by"], unique=False)

    op.create_table(
        "visit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_event_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_event")),
        sa.UniqueConstraint("visit_id", "seq", name=op.f("uq_visit_event_visit_id_seq")),
    )
    op.create_table(
        "visit_section",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_section_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_visit_section_written_by")),
        sa.PrimaryKeyConstraint("visit_id", "name", name=op.f("pk_visit_section")),
    )

    for table in ("signed_record", "visit_event"):
        protect(op.get_bind(), table)


def downgrade() -> None:
    op.drop_table("visit_section")
    op.drop_table("visit_event")
    op.drop_table("signed_record")
    op.drop_table("observation")
    op.drop_table("condition")
    op.drop_table("visit")
    op.drop_table("diagnosis_code")
