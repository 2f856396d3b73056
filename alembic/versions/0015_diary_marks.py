"""Marks of changed diaries, and the triggers that write them."""

import sqlalchemy as sa
from alembic import op

from telehealth.scheduling import marks

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "diary_mark",
        sa.Column("seq", BIG, nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('diary', 'people', 'all')", name=op.f("ck_diary_mark_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_diary_mark")),
    )
    with op.batch_alter_table("diary_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_diary_mark_transaction"), ["transaction"], unique=False)
    marks.install(op.get_bind())


def downgrade() -> None:
    marks.remove(op.get_bind())
    op.drop_table("diary_mark")
