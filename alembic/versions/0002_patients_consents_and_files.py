"""Patients, consents, files."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title_vi", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("body_vi", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("purpose", "version", name=op.f("uq_consent_text_purpose_version")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "mrn_counter",
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_mrn_counter_facility_id")),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_mrn_counter")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("birth_precision", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("ethnic_code", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=False),
        sa.Column("cccd_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("cccd_index", sa.String(), nullable=True),
        sa.Column("bhyt_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("bhyt_index", sa.String(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("no_id_reason", sa.String(), nullable=True),
        sa.Column("registered_facility_id", sa.Uuid(), nullable=False),
        sa.Column("registration_index", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "birth_precision IN ('day', 'month', 'year')", name=op.f("ck_patient_birth_precision")
        ),
        sa.ForeignKeyConstraint(
            ["registered_facility_id"], ["facility.id"], name=op.f("fk_patient_registered_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("bhyt_index", name=op.f("uq_patient_bhyt_index")),
        sa.UniqueConstraint("cccd_index", name=op.f("uq_patient_cccd_index")),
        sa.UniqueConstraint(
            "registered_facility_id", "mrn", name=op.f("uq_patient_registered_facility_id_mrn")
        ),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_folded_name"), ["folded_name"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_patient_registered_facility_id"), ["registered_facility_id"], unique=False
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("guardian_name", sa.String(), nullable=True),
        sa.Column("guardian_relation", sa.String(), nullable=True),
        sa.Column("is_child_heard", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id")),
        sa.ForeignKeyConstraint(["text_id"], ["consent_text.id"], name=op.f("fk_consent_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_patient", ["patient_id", "purpose"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("may_mention_health", sa.Boolean(), nullable=False),
        sa.Column("no_sms", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_contact_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_patient", ["patient_id", "rank"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_phone_index"), ["phone_index"], unique=False)

    op.create_table(
        "exact_match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("number_kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_exact_match_facility_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_exact_match_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exact_match")),
    )
    with op.batch_alter_table("exact_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exact_match_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exact_match_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "guardian",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_guardian_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
    )
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardian_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "seen",
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_seen_patient_id")),
        sa.PrimaryKeyConstraint("actor_ref", "patient_id", name=op.f("pk_seen")),
    )
    with op.batch_alter_table("seen", schema=None) as batch_op:
        batch_op.create_index("ix_seen_latest", ["actor_ref", "seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_seen_patient_id"), ["patient_id"], unique=False)


def downgrade() -> None:
    op.drop_table("seen")
    op.drop_table("guardian")
    op.drop_table("exact_match")
    op.drop_table("contact")
    op.drop_table("consent")
    op.drop_table("patient")
    op.drop_table("mrn_counter")
    op.drop_table("stored_file")
    op.drop_table("consent_text")
