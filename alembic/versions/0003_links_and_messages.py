"""Patient links and messages."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_device_token_hash")),
    )
    op.create_table(
        "patient_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wrong_years", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_link_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_link")),
    )
    with op.batch_alter_table("patient_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_link_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_patient_link_subject", ["subject_id", "purpose"], unique=False)

    op.create_table(
        "link_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["link_device.id"], name=op.f("fk_link_opening_device_id")),
        sa.ForeignKeyConstraint(["link_id"], ["patient_link.id"], name=op.f("fk_link_opening_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_opening")),
        sa.UniqueConstraint("link_id", "device_id", name=op.f("uq_link_opening_link_id_device_id")),
    )
    with op.batch_alter_table("link_opening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_opening_device_id"), ["device_id"], unique=False)

    op.create_table(
        "link_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["patient_link.id"], name=op.f("fk_link_token_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_token")),
        sa.UniqueConstraint("link_id", "number", name=op.f("uq_link_token_link_id_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_token_hash")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_masked", sa.String(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_outbox_message_facility_id")),
        sa.ForeignKeyConstraint(["link_id"], ["patient_link.id"], name=op.f("fk_outbox_message_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_message_dedupe_key")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_message_due", ["state", "next_try_at"], unique=False)
        batch_op.create_index("ix_outbox_message_facility", ["facility_id", "queued_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_outbox_message_subject", ["subject_id", "state"], unique=False)

    op.create_table(
        "patient_link_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["patient_link.id"], name=op.f("fk_patient_link_history_link_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_link_history")),
    )
    with op.batch_alter_table("patient_link_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_link_history_link_id"), ["link_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["outbox_message.id"], name=op.f("fk_delivery_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_delivery_message_id_number")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_gateway", ["gateway", "provider_ref"], unique=False)

    op.create_table(
        "outbox_message_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_outbox_message_history_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message_history")),
    )
    with op.batch_alter_table("outbox_message_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_message_history_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("provider_ref", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_receipt_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "gateway", "provider_ref", "outcome", name=op.f("uq_receipt_gateway_provider_ref_outcome")
        ),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_delivery_id"), ["delivery_id"], unique=False)

    for table in ("outbox_message_history", "patient_link_history"):
        protect(op.get_bind(), table)


def downgrade() -> None:
    op.drop_table("receipt")
    op.drop_table("outbox_message_history")
    op.drop_table("delivery")
    op.drop_table("patient_link_history")
    op.drop_table("outbox_message")
    op.drop_table("link_token")
    op.drop_table("link_opening")
    op.drop_table("patient_link")
    op.drop_table("link_device")
