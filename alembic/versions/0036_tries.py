"""Calls of a task that reached nobody: how many, and when it is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("call_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.execute("UPDATE task SET state = 'open' WHERE state = 'visiting'")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("tries")
        batch_op.drop_column("call_at")
