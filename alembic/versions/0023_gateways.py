"""Sending texts by several gateways: budgets, costs, health of gateways, lost answers, phoning in time."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("outbox_message") as batch:
        batch.add_column(sa.Column("number_index", sa.String(), nullable=True))
        batch.add_column(sa.Column("lead_minutes", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("variant", sa.String(), nullable=False, server_default="plain"))
        batch.add_column(sa.Column("text_version", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("encoding", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("cost", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("tried_at", _AT, nullable=True))
        batch.add_column(sa.Column("chase_at", _AT, nullable=True))
        batch.add_column(sa.Column("chased_at", _AT, nullable=True))
        batch.create_index("ix_outbox_message_number", ["number_index", "tried_at"])
        batch.create_index("ix_outbox_message_day", ["facility_id", "tried_at"])
        batch.create_index("ix_outbox_message_chase", ["chase_at"])
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("fault", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("cost", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("asked", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("ask_at", _AT, nullable=True))
        batch.create_index("ix_delivery_recent", ["gateway", "started_at"])
        batch.create_index("ix_delivery_ask", ["ask_at"])
    op.create_table(
        "message_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_text")),
        sa.UniqueConstraint(
            "template", "variant", "version", name=op.f("uq_message_text_template_variant_version")
        ),
    )
    op.create_table(
        "text_registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_registration")),
        sa.UniqueConstraint(
            "template",
            "variant",
            "gateway",
            "version",
            name=op.f("uq_text_registration_template_variant_gateway_version"),
        ),
    )
    booked = sa.text("status = 'booked'")
    op.create_index(
        "ix_appointment_booked",
        "appointment",
        ["starts_at"],
        postgresql_where=booked,
        sqlite_where=booked,
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_booked", table_name="appointment")
    op.drop_table("text_registration")
    op.drop_table("message_text")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index("ix_delivery_ask")
        batch.drop_index("ix_delivery_recent")
        for name in ("ask_at", "asked", "cost", "parts", "fault"):
            batch.drop_column(name)
    with op.batch_alter_table("outbox_message") as batch:
        for name in ("chase", "day", "number"):
            batch.drop_index(f"ix_outbox_message_{name}")
        for name in (
            "chased_at",
            "chase_at",
            "tried_at",
            "cost",
            "parts",
            "encoding",
            "text_version",
            "variant",
            "is_urgent",
            "lead_minutes",
            "number_index",
        ):
            batch.drop_column(name)
