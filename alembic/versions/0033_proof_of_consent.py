"""The signed paper that proves a consent."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_proof",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_consent_proof_consent_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_consent_proof_file_id")),
        sa.PrimaryKeyConstraint("consent_id", "page", "size", name=op.f("pk_consent_proof")),
    )
    with op.batch_alter_table("consent_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_proof_file_id"), ["file_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("consent_proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_proof_file_id"))

    op.drop_table("consent_proof")
