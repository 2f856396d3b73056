"""Urgent requests: the queue, its levels, who was rung, every step."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "urgent_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("danger_signs", sa.JSON(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("specialty_code", sa.String(), nullable=True),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_until IS NOT NULL)", name=op.f("ck_urgent_request_lease")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (escalate_at IS NOT NULL)", name=op.f("ck_urgent_request_escalates")
        ),
        sa.CheckConstraint(
            "(state NOT IN ('claimed', 'in_call')) = (owner_id IS NULL)", name=op.f("ck_urgent_request_owner")
        ),
        sa.CheckConstraint("priority IN ('urgent', 'emergency')", name=op.f("ck_urgent_request_priority")),
        sa.CheckConstraint(
            "state <> 'cancelled' OR closed_at IS NOT NULL", name=op.f("ck_urgent_request_closed")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'in_call', 'done', 'cancelled', 'expired')",
            name=op.f("ck_urgent_request_state"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["membership.id"], name=op.f("fk_urgent_request_owner_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_urgent_request_patient_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_urgent_request_pool_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["membership.id"], name=op.f("fk_urgent_request_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["specialty_code"], ["specialty.code"], name=op.f("fk_urgent_request_specialty_code")
        ),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_urgent_request_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_urgent_request_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_request")),
    )
    with op.batch_alter_table("urgent_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_urgent_request_appointment_id"), ["appointment_id"], unique=False
        )
        batch_op.create_index(
            "ix_urgent_request_due",
            ["escalate_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_urgent_request_lease",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("state = 'claimed'"),
            sqlite_where=sa.text("state = 'claimed'"),
        )
        batch_op.create_index(batch_op.f("ix_urgent_request_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            "ix_urgent_request_queue",
            ["pool_id", "priority", "enqueued_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index("ix_urgent_request_station", ["station_facility_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_urgent_request_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(
            "uq_urgent_request_patient",
            ["patient_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('waiting', 'claimed', 'in_call')"),
            sqlite_where=sa.text("state IN ('waiting', 'claimed', 'in_call')"),
        )

    op.create_table(
        "urgent_event",
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
        sa.Column("lease_token", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["urgent_request.id"], name=op.f("fk_urgent_event_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_event")),
        sa.UniqueConstraint("request_id", "seq", name=op.f("uq_urgent_event_request_id_seq")),
    )
    op.create_table(
        "urgent_level",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_empty", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_urgent_level_pool_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["urgent_request.id"], name=op.f("fk_urgent_level_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "level", name=op.f("pk_urgent_level")),
    )
    with op.batch_alter_table("urgent_level", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urgent_level_pool_id"), ["pool_id"], unique=False)

    op.create_table(
        "urgent_ring",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("(declined_at IS NULL) = (reason IS NULL)", name=op.f("ck_urgent_ring_declined")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_urgent_ring_membership_id")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_urgent_ring_pool_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["urgent_request.id"], name=op.f("fk_urgent_ring_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "membership_id", name=op.f("pk_urgent_ring")),
    )
    with op.batch_alter_table("urgent_ring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urgent_ring_membership_id"), ["membership_id"], unique=False)

    protect(op.get_bind(), "urgent_event")


def downgrade() -> None:
    with op.batch_alter_table("urgent_ring", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urgent_ring_membership_id"))

    op.drop_table("urgent_ring")
    with op.batch_alter_table("urgent_level", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urgent_level_pool_id"))

    op.drop_table("urgent_level")
    op.drop_table("urgent_event")
    with op.batch_alter_table("urgent_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_urgent_request_patient",
            postgresql_where=sa.text("state IN ('waiting', 'claimed', 'in_call')"),
            sqlite_where=sa.text("state IN ('waiting', 'claimed', 'in_call')"),
        )
        batch_op.drop_index(batch_op.f("ix_urgent_request_visit_id"))
        batch_op.drop_index("ix_urgent_request_station")
        batch_op.drop_index(
            "ix_urgent_request_queue",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_urgent_request_owner_id"))
        batch_op.drop_index(
            "ix_urgent_request_lease",
            postgresql_where=sa.text("state = 'claimed'"),
            sqlite_where=sa.text("state = 'claimed'"),
        )
        batch_op.drop_index(
            "ix_urgent_request_due",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_urgent_request_appointment_id"))

    op.drop_table("urgent_request")
