"""Keys under which browsers keep what is typed and not sent yet."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_draft_key_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_key")),
    )
    op.create_index("ix_draft_key_membership_id", "draft_key", ["membership_id", "made_at"], unique=False)
    op.create_index("ix_draft_key_made_at", "draft_key", ["made_at"], unique=False)


def downgrade() -> None:
    op.drop_table("draft_key")
