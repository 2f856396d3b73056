"""Photos that come with answers to check questions."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("view_file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["check_answer.id"], name=op.f("fk_check_photo_answer_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_check_photo_file_id")),
        sa.ForeignKeyConstraint(
            ["view_file_id"], ["stored_file.id"], name=op.f("fk_check_photo_view_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_photo")),
        sa.UniqueConstraint("answer_id", "question", name=op.f("uq_check_photo_answer_id_question")),
    )


def downgrade() -> None:
    op.drop_table("check_photo")
