"""Rings of other slices than urgent ones, to be told to closed browsers."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_ring",
        sa.Column("ring_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name=op.f("fk_push_ring_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ring_id", "subscription_id", name=op.f("pk_push_ring")),
    )
    with op.batch_alter_table("push_ring", schema=None) as batch_op:
        batch_op.create_index("ix_push_ring_rung_at", ["rung_at"], unique=False)
        batch_op.create_index("ix_push_ring_next_try_at", ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_push_ring_subscription_id"), ["subscription_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("push_ring", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_push_ring_subscription_id"))
        batch_op.drop_index("ix_push_ring_next_try_at")
        batch_op.drop_index("ix_push_ring_rung_at")

    op.drop_table("push_ring")
