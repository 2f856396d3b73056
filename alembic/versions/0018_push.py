"""Browsers to tell of rings while they are closed, and what each was told."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=True),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("endpoint_index", sa.String(), nullable=False),
        sa.Column("endpoint_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_push_subscription_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_push_subscription_browser_hash")),
        sa.UniqueConstraint("endpoint_index", name=op.f("uq_push_subscription_endpoint_index")),
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        for column in ("membership_id", "sign_in_id"):
            batch_op.create_index(batch_op.f(f"ix_push_subscription_{column}"), [column], unique=False)
    op.create_table(
        "push_notice",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["urgent_request.id"], name=op.f("fk_push_notice_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name=op.f("fk_push_notice_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "subscription_id", "rung_at", name=op.f("pk_push_notice")),
    )
    with op.batch_alter_table("push_notice", schema=None) as batch_op:
        batch_op.create_index("ix_push_notice_rung_at", ["rung_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_push_notice_subscription_id"), ["subscription_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("push_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_push_notice_subscription_id"))
        batch_op.drop_index("ix_push_notice_rung_at")

    op.drop_table("push_notice")
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        for column in ("sign_in_id", "membership_id"):
            batch_op.drop_index(batch_op.f(f"ix_push_subscription_{column}"))

    op.drop_table("push_subscription")
