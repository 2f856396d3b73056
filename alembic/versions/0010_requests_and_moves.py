"""Appointments that wait for acceptance, that a pool was asked for, that replace one that broke off."""

import sqlalchemy as sa
from alembic import op

from telehealth.scheduling import guard

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_LIVE = "status IN ('held', 'requested', 'booked', 'checked_in', 'in_progress')"
_LIVE_BEFORE = "status IN ('held', 'booked', 'checked_in', 'in_progress')"
_ENDED = "(status IN ('cancelled', 'rejected', 'aborted')) = (cancel_reason IS NOT NULL)"
_ENDED_BEFORE = "(status IN ('cancelled', 'aborted')) = (cancel_reason IS NOT NULL)"
_MODES = "accept_mode IN ('auto', 'doctor', 'coordinator')"
_REQUESTED = "(status = 'requested') = (respond_by IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("service_type", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accept_mode", sa.String(), nullable=False, server_default="auto"))
        batch_op.add_column(sa.Column("respond_minutes", sa.Integer(), nullable=False, server_default="120"))
        batch_op.add_column(sa.Column("reschedule_max", sa.Integer(), nullable=False, server_default="3"))
        batch_op.add_column(sa.Column("late_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(op.f("ck_service_type_accept_mode"), _MODES)
        batch_op.create_check_constraint(op.f("ck_service_type_respond"), "respond_minutes > 0")
        batch_op.create_check_constraint(op.f("ck_service_type_reschedule_max"), "reschedule_max >= 0")
        batch_op.create_check_constraint(op.f("ck_service_type_late"), "late_minutes >= 0")

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accept_mode", sa.String(), nullable=False, server_default="auto"))
        batch_op.add_column(sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("pool_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("replaces_id", sa.Uuid(), nullable=True))
        batch_op.drop_constraint(op.f("ck_appointment_cancel_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_appointment_cancel_reason"), _ENDED)
        batch_op.create_check_constraint(op.f("ck_appointment_requested_until"), _REQUESTED)
        batch_op.create_check_constraint(op.f("ck_appointment_accept_mode"), _MODES)
        batch_op.create_foreign_key(op.f("fk_appointment_pool_id"), "pool", ["pool_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_appointment_replaces_id"), "appointment", ["replaces_id"], ["id"]
        )
        batch_op.create_unique_constraint(op.f("uq_appointment_replaces_id"), ["replaces_id"])
        batch_op.create_index(batch_op.f("ix_appointment_pool_id"), ["pool_id"], unique=False)
        batch_op.drop_index("uq_appointment_visit")
        _index_visit(batch_op, _LIVE)
        batch_op.create_index(
            "ix_appointment_answer",
            ["respond_by"],
            unique=False,
            postgresql_where=sa.text("status = 'requested'"),
            sqlite_where=sa.text("status = 'requested'"),
        )
    guard.install(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_answer")
        batch_op.drop_index("uq_appointment_visit")
        _index_visit(batch_op, _LIVE_BEFORE)
        batch_op.drop_index(batch_op.f("ix_appointment_pool_id"))
        batch_op.drop_constraint(op.f("uq_appointment_replaces_id"), type_="unique")
        batch_op.drop_constraint(op.f("fk_appointment_replaces_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_appointment_pool_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_appointment_accept_mode"), type_="check")
        batch_op.drop_constraint(op.f("ck_appointment_requested_until"), type_="check")
        batch_op.drop_constraint(op.f("ck_appointment_cancel_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_appointment_cancel_reason"), _ENDED_BEFORE)
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("pool_id")
        batch_op.drop_column("respond_by")
        batch_op.drop_column("accept_mode")

    with op.batch_alter_table("service_type", schema=None) as batch_op:
        for name in ("late", "reschedule_max", "respond", "accept_mode"):
            batch_op.drop_constraint(op.f(f"ck_service_type_{name}"), type_="check")
        for name in ("late_minutes", "reschedule_max", "respond_minutes", "accept_mode"):
            batch_op.drop_column(name)
    guard.install(op.get_bind())


def _index_visit(batch_op: object, live: str) -> None:
    batch_op.create_index(  # type: ignore[attr-defined]
        "uq_appointment_visit",
        ["visit_id"],
        unique=True,
        postgresql_where=sa.text(live),
        sqlite_where=sa.text(live),
    )
