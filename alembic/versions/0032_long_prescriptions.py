"""The list of diseases that may be prescribed for more than 30 days."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "long_use_condition",
        sa.Column("list_label", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("list_label", "prefix", name=op.f("pk_long_use_condition")),
    )
    with op.batch_alter_table("long_use_condition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_long_use_condition_imported_at"), ["imported_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("long_use_condition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_long_use_condition_imported_at"))

    op.drop_table("long_use_condition")
