"""Which server process holds a room, and which processes live."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_node")),
    )
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holder_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.drop_column("holder_id")
    op.drop_table("call_node")
