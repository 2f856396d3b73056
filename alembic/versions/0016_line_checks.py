"""Checks of lines."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
        sa.Column("ticket_hash", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("camera", sa.String(), nullable=True),
        sa.Column("microphone", sa.String(), nullable=True),
        sa.Column("speaker", sa.String(), nullable=True),
        sa.Column("direct", sa.String(), nullable=True),
        sa.Column("relay_udp", sa.String(), nullable=True),
        sa.Column("relay_tcp", sa.String(), nullable=True),
        sa.Column("relay_tls", sa.String(), nullable=True),
        sa.Column("socket_ms", sa.Integer(), nullable=True),
        sa.Column("rtt_ms", sa.Integer(), nullable=True),
        sa.Column("up_kbps", sa.Integer(), nullable=True),
        sa.Column("down_kbps", sa.Integer(), nullable=True),
        sa.Column("up_lost", sa.Integer(), nullable=True),
        sa.Column("down_lost", sa.Integer(), nullable=True),
        sa.Column("up_jitter_ms", sa.Integer(), nullable=True),
        sa.Column("down_jitter_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "mode IN ('video', 'low_video', 'audio', 'photos', 'phone')", name=op.f("ck_line_check_mode")
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_line_check_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_check")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_line_check_ticket_hash")),
    )
    with op.batch_alter_table("line_check", schema=None) as batch_op:
        batch_op.create_index("ix_line_check_actor", ["actor_ref", "begun_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_line_check_begun_at"), ["begun_at"], unique=False)
        batch_op.create_index("ix_line_check_facility", ["facility_id", "finished_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("line_check", schema=None) as batch_op:
        batch_op.drop_index("ix_line_check_facility")
        batch_op.drop_index(batch_op.f("ix_line_check_begun_at"))
        batch_op.drop_index("ix_line_check_actor")

    op.drop_table("line_check")
