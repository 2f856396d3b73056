"""Wait list; windows of next visits; an offer may be held beside the later appointment it is to follow."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AGREED = sa.text("status IN ('requested', 'booked', 'checked_in', 'in_progress')")
_LIVE = sa.text("status IN ('held', 'requested', 'booked', 'checked_in', 'in_progress')")
_WAITS = sa.text("state IN ('waiting', 'offered')")


def upgrade() -> None:
    _replace_visit_index(_AGREED)
    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("service_type_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("doctor_membership_id", sa.Uuid(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("earliest_on", sa.Date(), nullable=False),
        sa.Column("latest_on", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("offer_appointment_id", sa.Uuid(), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offers_made", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(pool_id IS NULL) <> (doctor_membership_id IS NULL)", name=op.f("ck_waitlist_entry_whom")
        ),
        sa.CheckConstraint("latest_on >= earliest_on", name=op.f("ck_waitlist_entry_window")),
        sa.CheckConstraint("part IN ('morning', 'afternoon')", name=op.f("ck_waitlist_entry_part")),
        sa.CheckConstraint("rank BETWEEN 0 AND 2", name=op.f("ck_waitlist_entry_rank")),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'accepted', 'declined', 'expired', 'cancelled')",
            name=op.f("ck_waitlist_entry_state"),
        ),
        sa.CheckConstraint(
            "(state = 'offered') = (offer_expires_at IS NOT NULL)"
            " AND (state NOT IN ('offered', 'accepted') OR offer_appointment_id IS NOT NULL)",
            name=op.f("ck_waitlist_entry_offer"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_waitlist_entry_{column}"))
            for column, target in (
                ("service_type_id", "service_type.id"),
                ("pool_id", "pool.id"),
                ("doctor_membership_id", "membership.id"),
                ("facility_id", "facility.id"),
                ("patient_id", "patient.id"),
                ("visit_id", "visit.id"),
                ("station_facility_id", "facility.id"),
                ("offer_appointment_id", "appointment.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
    )
    op.create_index("ix_waitlist_entry_patient_id", "waitlist_entry", ["patient_id"])
    op.create_index(
        "ix_waitlist_entry_asked", "waitlist_entry", ["facility_id", "state", "rank", "created_at"]
    )
    op.create_index("ix_waitlist_entry_station", "waitlist_entry", ["station_facility_id", "state"])
    op.create_index("ix_waitlist_entry_offer", "waitlist_entry", ["offer_appointment_id"])
    op.create_index(
        "uq_waitlist_entry_visit",
        "waitlist_entry",
        ["visit_id"],
        unique=True,
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    )
    op.create_table(
        "waitlist_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_event_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_event")),
        sa.UniqueConstraint("entry_id", "seq", name=op.f("uq_waitlist_event_entry_id_seq")),
    )
    protect(op.get_bind(), "waitlist_event")
    _add_windows()


def downgrade() -> None:
    with op.batch_alter_table("plan") as batch_op:
        batch_op.drop_index("ix_plan_next_visit_id")
        batch_op.drop_constraint(op.f("ck_plan_window"), type_="check")
        batch_op.drop_constraint(op.f("fk_plan_next_visit_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_plan_doctor_membership_id"), type_="foreignkey")
        for column in ("next_visit_id", "doctor_membership_id", "due_to", "due_from"):
            batch_op.drop_column(column)
    op.drop_column("visit", "follow_up_slack_days")
    op.drop_table("waitlist_event")
    op.drop_table("waitlist_entry")
    _replace_visit_index(_LIVE)


def _replace_visit_index(where: sa.TextClause) -> None:
    """One live appointment for each visit; indexes are made anew without touching the table."""
    op.drop_index("uq_appointment_visit", table_name="appointment")
    op.create_index(
        "uq_appointment_visit",
        "appointment",
        ["visit_id"],
        unique=True,
        postgresql_where=where,
        sqlite_where=where,
    )


def _add_windows() -> None:
    """A plan made before has the one day it was made for; whom it should be with is asked of its visit."""
    op.add_column(
        "visit", sa.Column("follow_up_slack_days", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("plan", sa.Column("due_from", sa.Date(), nullable=True))
    op.add_column("plan", sa.Column("due_to", sa.Date(), nullable=True))
    op.add_column("plan", sa.Column("doctor_membership_id", sa.Uuid(), nullable=True))
    op.add_column("plan", sa.Column("next_visit_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE plan SET due_from = due_on, due_to = due_on, doctor_membership_id ="
        " (SELECT visit.doctor_membership_id FROM visit WHERE visit.id = plan.visit_id)"
    )
    with op.batch_alter_table("plan") as batch_op:
        batch_op.alter_column("due_from", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column("due_to", existing_type=sa.Date(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_plan_window"), "due_from <= due_on AND due_on <= due_to")
        batch_op.create_foreign_key(
            op.f("fk_plan_doctor_membership_id"), "membership", ["doctor_membership_id"], ["id"]
        )
        batch_op.create_foreign_key(op.f("fk_plan_next_visit_id"), "visit", ["next_visit_id"], ["id"])
        batch_op.create_index("ix_plan_next_visit_id", ["next_visit_id"])
