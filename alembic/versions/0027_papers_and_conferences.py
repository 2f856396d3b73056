"""Minutes of conferences, handles of papers, digital signatures, the list of remote examination."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowed_condition",
        sa.Column("list_label", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("list_label", "prefix", name=op.f("pk_allowed_condition")),
    )
    with op.batch_alter_table("allowed_condition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allowed_condition_imported_at"), ["imported_at"], unique=False)

    op.create_table(
        "minutes",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("frame_version", sa.Integer(), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'signing', 'complete')", name=op.f("ck_minutes_state")),
        sa.ForeignKeyConstraint(["begun_by"], ["membership.id"], name=op.f("fk_minutes_begun_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_minutes_patient_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_minutes_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_minutes_written_by")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_minutes")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "paper_handle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facility_name", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_paper_handle_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_handle")),
        sa.UniqueConstraint("digest", name=op.f("uq_paper_handle_digest")),
        sa.UniqueConstraint("visit_id", "paper", "state", name=op.f("uq_paper_handle_visit_id_paper_state")),
    )
    op.create_table(
        "remote_basis",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["said_by"], ["membership.id"], name=op.f("fk_remote_basis_said_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_remote_basis_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_remote_basis")),
    )
    op.create_table(
        "digital_signature",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("certificate_sha256", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["signed_record.id"], name=op.f("fk_digital_signature_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_digital_signature")),
    )
    op.create_table(
        "minutes_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["minutes.visit_id"], name=op.f("fk_minutes_event_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_event")),
        sa.UniqueConstraint("visit_id", "seq", name=op.f("uq_minutes_event_visit_id_seq")),
    )
    op.create_table(
        "minutes_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.CheckConstraint("role IN ('chair', 'secretary', 'member')", name=op.f("ck_minutes_person_role")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_minutes_person_membership_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["minutes.visit_id"], name=op.f("fk_minutes_person_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_person")),
        sa.UniqueConstraint("visit_id", "rank", name=op.f("uq_minutes_person_visit_id_rank")),
    )
    op.create_table(
        "minutes_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_minutes_signature_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["minutes.visit_id"], name=op.f("fk_minutes_signature_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_signature")),
        sa.UniqueConstraint(
            "visit_id",
            "round",
            "membership_id",
            name=op.f("uq_minutes_signature_visit_id_round_membership_id"),
        ),
    )
    with op.batch_alter_table("minutes_signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_minutes_signature_membership_id"), ["membership_id"], unique=False
        )

    op.create_table(
        "minutes_text",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["minutes.visit_id"], name=op.f("fk_minutes_text_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_minutes_text_written_by")),
        sa.PrimaryKeyConstraint("visit_id", "name", name=op.f("pk_minutes_text")),
    )
    for table in ("minutes_signature", "minutes_event", "digital_signature"):
        protect(op.get_bind(), table)


def downgrade() -> None:
    op.drop_table("minutes_text")
    with op.batch_alter_table("minutes_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_signature_membership_id"))

    op.drop_table("minutes_signature")
    op.drop_table("minutes_person")
    op.drop_table("minutes_event")
    op.drop_table("digital_signature")
    op.drop_table("remote_basis")
    op.drop_table("paper_handle")
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_patient_id"))

    op.drop_table("minutes")
    with op.batch_alter_table("allowed_condition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allowed_condition_imported_at"))

    op.drop_table("allowed_condition")
