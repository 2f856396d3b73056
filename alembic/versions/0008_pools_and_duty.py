"""Pools of doctors, shifts, duty switches."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("specialty_code", sa.String(), nullable=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("respond_minutes", sa.Integer(), nullable=False),
        sa.Column("escalates_to", sa.Uuid(), nullable=True),
        sa.Column("escalate_seconds", sa.Integer(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "policy IN ('least_loaded', 'priority', 'continuity_first')", name=op.f("ck_pool_policy")
        ),
        sa.CheckConstraint("escalate_seconds > 0", name=op.f("ck_pool_escalate")),
        sa.CheckConstraint("escalates_to <> id", name=op.f("ck_pool_escalates_elsewhere")),
        sa.CheckConstraint("lease_seconds > 0", name=op.f("ck_pool_lease")),
        sa.CheckConstraint("respond_minutes > 0", name=op.f("ck_pool_respond")),
        sa.CheckConstraint("window_days BETWEEN 1 AND 366", name=op.f("ck_pool_window")),
        sa.ForeignKeyConstraint(["escalates_to"], ["pool.id"], name=op.f("fk_pool_escalates_to")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_pool_facility_id")),
        sa.ForeignKeyConstraint(["specialty_code"], ["specialty.code"], name=op.f("fk_pool_specialty_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("facility_id", "name", name=op.f("uq_pool_facility_id_name")),
    )
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_facility_id"), ["facility_id"], unique=False)

    op.create_table(
        "duty_switch",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_duty_switch_membership_id")
        ),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_duty_switch")),
    )
    op.create_table(
        "pool_member",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("credit_minutes", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint("credit_minutes >= 0", name=op.f("ck_pool_member_credit")),
        sa.CheckConstraint("weight BETWEEN 1 AND 10", name=op.f("ck_pool_member_weight")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_pool_member_membership_id")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_pool_member_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "membership_id", name=op.f("pk_pool_member")),
    )
    with op.batch_alter_table("pool_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_member_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_shift_state")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_ends_later")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_shift_membership_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_shift_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.create_index("ix_shift_member", ["membership_id", "ends_at"], unique=False)
        batch_op.create_index("ix_shift_pool", ["pool_id", "ends_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_index("ix_shift_pool")
        batch_op.drop_index("ix_shift_member")

    op.drop_table("shift")
    with op.batch_alter_table("pool_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_member_membership_id"))

    op.drop_table("pool_member")
    op.drop_table("duty_switch")
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_facility_id"))

    op.drop_table("pool")
