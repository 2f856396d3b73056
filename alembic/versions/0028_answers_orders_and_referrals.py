"""Visits answered later, orders, referrals, and all the forms a visit went through."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

APPEND_ONLY = ("answer_note", "answer_step", "order_step", "referral_note", "referral_step")


def upgrade() -> None:
    _answer_request()
    _clinical_order()
    _referral()
    _answer_level()
    _answer_note()
    _answer_step()
    _order_step()
    _referral_note()
    _referral_step()
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("modalities", sa.JSON(), nullable=False, server_default="[]"))
    for table in APPEND_ONLY:
        protect(op.get_bind(), table)


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("modalities")
    for table in (
        "referral_step",
        "referral_note",
        "order_step",
        "answer_step",
        "answer_note",
        "answer_level",
        "referral",
        "clinical_order",
        "answer_request",
    ):
        op.drop_table(table)


def _answer_request() -> None:
    op.create_table(
        "answer_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("within", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("specialty_code", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'asked') = (asked_at IS NOT NULL)", name=op.f("ck_answer_request_asked")
        ),
        sa.CheckConstraint(
            "(state IN ('answered', 'withdrawn')) = (closed_at IS NOT NULL)",
            name=op.f("ck_answer_request_closed"),
        ),
        sa.CheckConstraint(
            "(state IN ('taken', 'asked', 'answered')) = (owner_id IS NOT NULL)",
            name=op.f("ck_answer_request_owner"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'asked', 'answered', 'withdrawn')",
            name=op.f("ck_answer_request_state"),
        ),
        sa.CheckConstraint(
            "urgency IN ('urgent', 'soon', 'routine')", name=op.f("ck_answer_request_urgency")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["membership.id"], name=op.f("fk_answer_request_owner_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_answer_request_patient_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["membership.id"], name=op.f("fk_answer_request_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["specialty_code"], ["specialty.code"], name=op.f("fk_answer_request_specialty_code")
        ),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_answer_request_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_answer_request_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_request")),
    )
    with op.batch_alter_table("answer_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_answer_request_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('waiting', 'taken', 'asked')"),
            sqlite_where=sa.text("state IN ('waiting', 'taken', 'asked')"),
        )
        batch_op.create_index(batch_op.f("ix_answer_request_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_request_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_answer_request_station", ["station_facility_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_request_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(
            "uq_answer_request_visit",
            ["visit_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('waiting', 'taken', 'asked')"),
            sqlite_where=sa.text("state IN ('waiting', 'taken', 'asked')"),
        )


def _clinical_order() -> None:
    op.create_table(
        "clinical_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("when", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("climb_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_climbed", sa.Boolean(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (reason IS NOT NULL)", name=op.f("ck_clinical_order_declined")
        ),
        sa.CheckConstraint(
            "kind IN ('lab', 'imaging', 'measurement', 'procedure', 'education', 'other')",
            name=op.f("ck_clinical_order_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'seen', 'done', 'declined', 'revoked')",
            name=op.f("ck_clinical_order_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('open', 'seen') OR due_by IS NOT NULL", name=op.f("ck_clinical_order_released")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_clinical_order_patient_id")),
        sa.ForeignKeyConstraint(["seen_by"], ["membership.id"], name=op.f("fk_clinical_order_seen_by")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_clinical_order_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_clinical_order_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_clinical_order_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinical_order")),
    )
    with op.batch_alter_table("clinical_order", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clinical_order_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('open', 'seen')"),
            sqlite_where=sa.text("state IN ('open', 'seen')"),
        )
        batch_op.create_index(batch_op.f("ix_clinical_order_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_clinical_order_station", ["station_facility_id", "state"], unique=False)
        batch_op.create_index("ix_clinical_order_visit", ["visit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clinical_order_written_by"), ["written_by"], unique=False)


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("from_facility_id", sa.Uuid(), nullable=False),
        sa.Column("to_facility_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("escort", sa.String(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("come_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_for", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("treated", sa.Text(), nullable=False),
        sa.Column("to_do", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'sent' OR answer_by IS NOT NULL", name=op.f("ck_referral_clock")),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'accepted', 'declined', 'returned', 'closed', 'withdrawn')",
            name=op.f("ck_referral_state"),
        ),
        sa.CheckConstraint("urgency IN ('emergency', 'urgent', 'routine')", name=op.f("ck_referral_urgency")),
        sa.CheckConstraint("from_facility_id <> to_facility_id", name=op.f("ck_referral_elsewhere")),
        sa.ForeignKeyConstraint(["answered_by"], ["membership.id"], name=op.f("fk_referral_answered_by")),
        sa.ForeignKeyConstraint(
            ["from_facility_id"], ["facility.id"], name=op.f("fk_referral_from_facility_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_referral_patient_id")),
        sa.ForeignKeyConstraint(["returned_by"], ["membership.id"], name=op.f("fk_referral_returned_by")),
        sa.ForeignKeyConstraint(["to_facility_id"], ["facility.id"], name=op.f("fk_referral_to_facility_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_referral_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_referral_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(
            "ix_referral_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'sent'"),
            sqlite_where=sa.text("state = 'sent'"),
        )
        batch_op.create_index("ix_referral_from", ["from_facility_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_referral_to", ["to_facility_id", "state"], unique=False)
        batch_op.create_index(
            "uq_referral_visit",
            ["visit_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'withdrawn'"),
            sqlite_where=sa.text("state <> 'withdrawn'"),
        )


def _answer_level() -> None:
    op.create_table(
        "answer_level",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("turn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(pool_id IS NULL) <> (membership_id IS NULL)", name=op.f("ck_answer_level_whom")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_answer_level_membership_id")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_answer_level_pool_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["answer_request.id"], name=op.f("fk_answer_level_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "level", name=op.f("pk_answer_level")),
    )
    with op.batch_alter_table("answer_level", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_level_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_level_pool_id"), ["pool_id"], unique=False)


def _answer_note() -> None:
    op.create_table(
        "answer_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('wish', 'question', 'reply')", name=op.f("ck_answer_note_kind")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["answer_request.id"], name=op.f("fk_answer_note_request_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_answer_note_visit_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_answer_note_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_note")),
        sa.UniqueConstraint("request_id", "seq", name=op.f("uq_answer_note_request_id_seq")),
    )
    with op.batch_alter_table("answer_note", schema=None) as batch_op:
        batch_op.create_index("ix_answer_note_visit", ["visit_id"], unique=False)


def _answer_step() -> None:
    op.create_table(
        "answer_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["answer_request.id"], name=op.f("fk_answer_step_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_step")),
        sa.UniqueConstraint("request_id", "seq", name=op.f("uq_answer_step_request_id_seq")),
    )


def _order_step() -> None:
    op.create_table(
        "order_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["clinical_order.id"], name=op.f("fk_order_step_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_step")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_order_step_order_id_seq")),
    )


def _referral_note() -> None:
    op.create_table(
        "referral_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_note_referral_id")),
        sa.ForeignKeyConstraint(["written_by"], ["membership.id"], name=op.f("fk_referral_note_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_note")),
        sa.UniqueConstraint("referral_id", "seq", name=op.f("uq_referral_note_referral_id_seq")),
    )


def _referral_step() -> None:
    op.create_table(
        "referral_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_step_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_step")),
        sa.UniqueConstraint("referral_id", "seq", name=op.f("uq_referral_step_referral_id_seq")),
    )
