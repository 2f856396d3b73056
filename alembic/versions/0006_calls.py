"""Calls."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'live', 'ended')", name=op.f("ck_call_room_state")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_call_room_appointment_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_call_room_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_room")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_call_room_appointment_id")),
    )
    with op.batch_alter_table("call_room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_room_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "call_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by_member_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["call_room.id"], name=op.f("fk_call_event_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_event")),
    )
    with op.batch_alter_table("call_event", schema=None) as batch_op:
        batch_op.create_index("ix_call_event_room", ["room_id", "occurred_at"], unique=False)

    op.create_table(
        "call_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("co_located", sa.Boolean(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("arrival", sa.Integer(), nullable=True),
        sa.Column("resume_hash", sa.String(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_reason", sa.String(), nullable=True),
        sa.CheckConstraint("role IN ('doctor', 'station', 'patient')", name=op.f("ck_call_member_role")),
        sa.ForeignKeyConstraint(["room_id"], ["call_room.id"], name=op.f("fk_call_member_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_member")),
        sa.UniqueConstraint("resume_hash", name=op.f("uq_call_member_resume_hash")),
        sa.UniqueConstraint(
            "room_id", "actor_ref", "device_id", name=op.f("uq_call_member_room_id_actor_ref_device_id")
        ),
    )
    with op.batch_alter_table("call_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_member_room_id"), ["room_id"], unique=False)

    op.create_table(
        "call_ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["call_member.id"], name=op.f("fk_call_ticket_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_ticket")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_call_ticket_token_hash")),
    )
    with op.batch_alter_table("call_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_ticket_member_id"), ["member_id"], unique=False)

    op.create_table(
        "chat_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["call_member.id"], name=op.f("fk_chat_message_member_id")),
        sa.ForeignKeyConstraint(["room_id"], ["call_room.id"], name=op.f("fk_chat_message_room_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_chat_message_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
    )
    with op.batch_alter_table("chat_message", schema=None) as batch_op:
        batch_op.create_index("ix_chat_message_room", ["room_id", "occurred_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_message_visit_id"), ["visit_id"], unique=False)

    protect(op.get_bind(), "call_event")


def downgrade() -> None:
    op.drop_table("chat_message")
    op.drop_table("call_ticket")
    op.drop_table("call_member")
    op.drop_table("call_event")
    op.drop_table("call_room")
