"""Opening hours, the national calendar, maxima, hours kept for a service, languages, support."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('closed', 'extra')"
_MORE_KINDS = "kind IN ('closed', 'extra', 'service_only')"


def upgrade() -> None:
    op.create_table(
        "national_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'works_as')", name=op.f("ck_national_day_kind")),
        sa.CheckConstraint(
            "(kind = 'works_as') = (weekday IS NOT NULL)", name=op.f("ck_national_day_works_as")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_national_day_weekday")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_national_day")),
    )
    op.create_table(
        "membership_language",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("language_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_membership_language_membership_id")
        ),
        sa.PrimaryKeyConstraint("membership_id", "language_code", name=op.f("pk_membership_language")),
    )
    with op.batch_alter_table("membership_language", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_language_language_code"), ["language_code"], unique=False
        )

    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_opening_hours_weekday")),
        sa.CheckConstraint(
            "start_minute >= 0 AND start_minute < 1440 AND start_minute % 5 = 0",
            name=op.f("ck_opening_hours_start"),
        ),
        sa.CheckConstraint(
            "start_minute < end_minute AND end_minute <= 2880 AND end_minute % 5 = 0",
            name=op.f("ck_opening_hours_end"),
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_opening_hours_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
    )
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.create_index("ix_opening_hours_facility", ["facility_id", "weekday"], unique=False)

    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("works_holidays", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("daily_max", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("weekly_max", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.create_check_constraint(op.f("ck_resource_daily_max"), "daily_max > 0")
        batch_op.create_check_constraint(op.f("ck_resource_weekly_max"), "weekly_max > 0")
    with op.batch_alter_table("availability_rule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("availability_exception", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service_type_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.drop_constraint(op.f("ck_availability_exception_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_availability_exception_kind"), _MORE_KINDS)
        batch_op.create_check_constraint(
            op.f("ck_availability_exception_service"),
            "(kind = 'service_only') = (service_type_id IS NOT NULL)",
        )
        batch_op.create_foreign_key(
            op.f("fk_availability_exception_service_type_id"), "service_type", ["service_type_id"], ["id"]
        )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("support", sa.String(), nullable=False, server_default="supported"))
        batch_op.create_check_constraint(
            op.f("ck_appointment_support"), "support IN ('supported', 'unsupported', 'overridden')"
        )
        batch_op.create_index(
            "ix_appointment_unsupported",
            ["starts_at"],
            unique=False,
            postgresql_where=sa.text("support = 'unsupported'"),
            sqlite_where=sa.text("support = 'unsupported'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_unsupported")
        batch_op.drop_constraint(op.f("ck_appointment_support"), type_="check")
        batch_op.drop_column("support")
    op.execute("DELETE FROM availability_exception WHERE kind = 'service_only' OR withdrawn_at IS NOT NULL")
    with op.batch_alter_table("availability_exception", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_availability_exception_service_type_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_availability_exception_service"), type_="check")
        batch_op.drop_constraint(op.f("ck_availability_exception_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_availability_exception_kind"), _KINDS)
        batch_op.drop_column("version")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("service_type_id")
    with op.batch_alter_table("availability_rule", schema=None) as batch_op:
        batch_op.drop_column("version")
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_resource_weekly_max"), type_="check")
        batch_op.drop_constraint(op.f("ck_resource_daily_max"), type_="check")
        batch_op.drop_column("version")
        batch_op.drop_column("weekly_max")
        batch_op.drop_column("daily_max")
        batch_op.drop_column("works_holidays")
    op.drop_table("opening_hours")
    op.drop_table("membership_language")
    op.drop_table("national_day")
