"""Rosters: when pools are covered, swaps of duties, history and notices."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ASKED = sa.text("state = 'asked'")


def upgrade() -> None:
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.add_column(sa.Column("covered_from", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("covered_until", sa.Integer(), server_default="1440", nullable=False))
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.alter_column("covered_from", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("covered_until", existing_type=sa.Integer(), server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_pool_covered"),
            "covered_from >= 0 AND covered_from < covered_until AND covered_until <= 1440",
        )
    _add_tables()
    protect(op.get_bind(), "duty_event")


def _add_tables() -> None:
    op.create_table(
        "swap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("return_shift_id", sa.Uuid(), nullable=True),
        sa.Column("from_membership_id", sa.Uuid(), nullable=False),
        sa.Column("to_membership_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'accepted', 'declined', 'taken_back', 'lapsed')", name=op.f("ck_swap_state")
        ),
        sa.CheckConstraint("from_membership_id <> to_membership_id", name=op.f("ck_swap_two_people")),
        sa.CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name=op.f("ck_swap_answered")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_swap_shift_id")),
        sa.ForeignKeyConstraint(["return_shift_id"], ["shift.id"], name=op.f("fk_swap_return_shift_id")),
        sa.ForeignKeyConstraint(
            ["from_membership_id"], ["membership.id"], name=op.f("fk_swap_from_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_membership_id"], ["membership.id"], name=op.f("fk_swap_to_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    with op.batch_alter_table("swap", schema=None) as batch_op:
        batch_op.create_index(
            "uq_swap_open", ["shift_id"], unique=True, postgresql_where=_ASKED, sqlite_where=_ASKED
        )
        batch_op.create_index("ix_swap_to", ["to_membership_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_swap_return_shift_id"), ["return_shift_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_swap_from_membership_id"), ["from_membership_id"], unique=False)
    op.create_table(
        "duty_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('pool', 'shift', 'swap')", name=op.f("ck_duty_event_subject_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_event")),
        sa.UniqueConstraint("subject_id", "version", name=op.f("uq_duty_event_subject_id_version")),
    )
    op.create_table(
        "duty_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_notice")),
    )
    with op.batch_alter_table("duty_notice", schema=None) as batch_op:
        batch_op.create_index("ix_duty_notice_recipient", ["recipient_id", "seen_at"], unique=False)


def downgrade() -> None:
    for table in ("duty_notice", "duty_event", "swap"):
        op.drop_table(table)
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_pool_covered"), type_="check")
        batch_op.drop_column("covered_until")
        batch_op.drop_column("covered_from")
