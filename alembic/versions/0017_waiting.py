"""What the doctor has those who wait told; by which secret the page of a ticket resumes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notice_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("call_ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resume_hash", sa.String(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_call_ticket_resume_hash"), ["resume_hash"])


def downgrade() -> None:
    with op.batch_alter_table("call_ticket", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_call_ticket_resume_hash"), type_="unique")
        batch_op.drop_column("resume_hash")
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.drop_column("notice_at")
        batch_op.drop_column("notice_minutes")
