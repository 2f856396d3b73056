"""Calendars: secret addresses that calendar programs read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "owner_kind IN ('membership', 'facility')", name=op.f("ck_calendar_feed_owner_kind")
        ),
        sa.CheckConstraint(
            "owner_kind <> 'membership' OR owner_id = created_by", name=op.f("ck_calendar_feed_own_maker")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["membership.id"], name=op.f("fk_calendar_feed_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feed_created_by"), ["created_by"], unique=False)
        batch_op.create_index("ix_calendar_feed_owner", ["owner_kind", "owner_id"], unique=False)


def downgrade() -> None:
    op.drop_table("calendar_feed")
