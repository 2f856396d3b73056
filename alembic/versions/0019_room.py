"""Hold, sharing and rings of a call; guests in it; how a visit's call was held."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_ring",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("rung_by", sa.Uuid(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('missing', 'colleague', 'interpreter', 'hand_over')",
            name=op.f("ck_call_ring_purpose"),
        ),
        sa.CheckConstraint(
            "whom IN ('station', 'doctor', 'patient', 'colleague')", name=op.f("ck_call_ring_whom")
        ),
        sa.CheckConstraint(
            "state IN ('ringing', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_call_ring_state")
        ),
        sa.CheckConstraint("(state = 'ringing') = (answered_at IS NULL)", name=op.f("ck_call_ring_answered")),
        sa.ForeignKeyConstraint(["room_id"], ["call_room.id"], name=op.f("fk_call_ring_room_id")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_call_ring_appointment_id")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_call_ring_membership_id")
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_call_ring_facility_id")),
        sa.ForeignKeyConstraint(["rung_by"], ["membership.id"], name=op.f("fk_call_ring_rung_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_ring")),
    )
    with op.batch_alter_table("call_ring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_ring_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index("ix_call_ring_room", ["room_id", "rung_at"], unique=False)
        batch_op.create_index("ix_call_ring_member", ["membership_id", "until_at"], unique=False)
        batch_op.create_index("ix_call_ring_facility", ["facility_id", "until_at"], unique=False)
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("shared_by", sa.Uuid(), nullable=True))
    _roles("role IN ('doctor', 'station', 'patient', 'guest')")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("modality", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("modality")
    _roles("role IN ('doctor', 'station', 'patient')")
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.drop_column("shared_by")
        batch_op.drop_column("held_by")
    op.drop_table("call_ring")


def _roles(allowed: str) -> None:
    with op.batch_alter_table("call_member", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_call_member_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_call_member_role"), allowed)
