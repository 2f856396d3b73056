"""Scheduling, with the guard against double booking."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect
from telehealth.scheduling import guard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "availability_exception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(scope = 'national') = (scope_id IS NULL)", name=op.f("ck_availability_exception_scope_id")
        ),
        sa.CheckConstraint("kind IN ('closed', 'extra')", name=op.f("ck_availability_exception_kind")),
        sa.CheckConstraint(
            "scope IN ('national', 'facility', 'resource')", name=op.f("ck_availability_exception_scope")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_availability_exception_ends_later")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_exception")),
    )
    with op.batch_alter_table("availability_exception", schema=None) as batch_op:
        batch_op.create_index(
            "ix_availability_exception_scope", ["scope", "scope_id", "ends_at"], unique=False
        )

    op.create_table(
        "idempotency_key",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "key", name=op.f("pk_idempotency_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_key_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "service_type",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=False),
        sa.Column("min_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("hold_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "buffer_after_minutes >= 0 AND buffer_after_minutes % 5 = 0", name=op.f("ck_service_type_after")
        ),
        sa.CheckConstraint(
            "buffer_before_minutes >= 0 AND buffer_before_minutes % 5 = 0",
            name=op.f("ck_service_type_before"),
        ),
        sa.CheckConstraint(
            "duration_minutes > 0 AND duration_minutes % 5 = 0", name=op.f("ck_service_type_duration")
        ),
        sa.CheckConstraint(
            "offset_minutes >= 0 AND offset_minutes % 5 = 0", name=op.f("ck_service_type_offset")
        ),
        sa.CheckConstraint("step_minutes > 0 AND step_minutes % 5 = 0", name=op.f("ck_service_type_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_type")),
        sa.UniqueConstraint("code", name=op.f("uq_service_type_code")),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('doctor', 'seat', 'patient')", name=op.f("ck_resource_kind")),
        sa.CheckConstraint("lanes BETWEEN 1 AND 50", name=op.f("ck_resource_lanes")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_resource_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("kind", "owner_id", name=op.f("uq_resource_kind_owner_id")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_facility_id"), ["facility_id"], unique=False)

    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("service_type_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("consult_kind", sa.String(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_membership_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("patient_place", sa.String(), nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("no_show_party", sa.String(), nullable=True),
        sa.Column("ical_uid", sa.String(), nullable=False),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'held') = (hold_expires_at IS NOT NULL)", name=op.f("ck_appointment_held_expires")
        ),
        sa.CheckConstraint(
            "(status = 'no_show') = (no_show_party IS NOT NULL)", name=op.f("ck_appointment_no_show_party")
        ),
        sa.CheckConstraint(
            "(status IN ('cancelled', 'aborted')) = (cancel_reason IS NOT NULL)",
            name=op.f("ck_appointment_cancel_reason"),
        ),
        sa.CheckConstraint("patient_place IN ('station', 'home')", name=op.f("ck_appointment_patient_place")),
        sa.CheckConstraint(
            "priority IN ('routine', 'urgent', 'emergency')", name=op.f("ck_appointment_priority")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_ends_later")),
        sa.ForeignKeyConstraint(
            ["doctor_membership_id"], ["membership.id"], name=op.f("fk_appointment_doctor_membership_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id")),
        sa.ForeignKeyConstraint(
            ["service_type_id"], ["service_type.id"], name=op.f("fk_appointment_service_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_appointment_station_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("code", name=op.f("uq_appointment_code")),
        sa.UniqueConstraint("ical_uid", name=op.f("uq_appointment_ical_uid")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index("ix_appointment_doctor", ["doctor_membership_id", "starts_at"], unique=False)
        batch_op.create_index(
            "ix_appointment_expiry",
            ["hold_expires_at"],
            unique=False,
            postgresql_where=sa.text("status = 'held'"),
            sqlite_where=sa.text("status = 'held'"),
        )
        batch_op.create_index(batch_op.f("ix_appointment_held_by"), ["held_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_appointment_station", ["station_facility_id", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(
            "uq_appointment_form",
            ["station_facility_id", "form_id"],
            unique=True,
            postgresql_where=sa.text("status = 'held'"),
            sqlite_where=sa.text("status = 'held'"),
        )
        batch_op.create_index(
            "uq_appointment_visit",
            ["visit_id"],
            unique=True,
            postgresql_where=sa.text("status IN ('held', 'booked', 'checked_in', 'in_progress')"),
            sqlite_where=sa.text("status IN ('held', 'booked', 'checked_in', 'in_progress')"),
        )

    op.create_table(
        "availability_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("service_type_id", sa.Uuid(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.CheckConstraint(
            "start_minute < end_minute AND end_minute <= 2880 AND end_minute % 5 = 0",
            name=op.f("ck_availability_rule_end"),
        ),
        sa.CheckConstraint(
            "start_minute >= 0 AND start_minute < 1440 AND start_minute % 5 = 0",
            name=op.f("ck_availability_rule_start"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_availability_rule_weekday")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_availability_rule_resource_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_type_id"], ["service_type.id"], name=op.f("fk_availability_rule_service_type_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_rule")),
    )
    with op.batch_alter_table("availability_rule", schema=None) as batch_op:
        batch_op.create_index("ix_availability_rule_resource", ["resource_id", "weekday"], unique=False)

    op.create_table(
        "appointment_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_event_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_event")),
        sa.UniqueConstraint("appointment_id", "seq", name=op.f("uq_appointment_event_appointment_id_seq")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("busy_start", sa.BigInteger(), nullable=False),
        sa.Column("busy_end", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'held') = (held_until IS NOT NULL)", name=op.f("ck_claim_held_until")),
        sa.CheckConstraint("state IN ('held', 'booked', 'released')", name=op.f("ck_claim_state")),
        sa.CheckConstraint("busy_end > busy_start", name=op.f("ck_claim_ends_later")),
        sa.CheckConstraint("lane >= 0", name=op.f("ck_claim_lane")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_claim_appointment_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_claim_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(
            "ix_claim_live",
            ["resource_id", "busy_start", "busy_end", "lane"],
            unique=False,
            postgresql_where=sa.text("state IN ('held', 'booked')"),
            sqlite_where=sa.text("state IN ('held', 'booked')"),
        )
        batch_op.create_index(
            "uq_claim_appointment",
            ["appointment_id", "resource_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('held', 'booked')"),
            sqlite_where=sa.text("state IN ('held', 'booked')"),
        )

    guard.install(op.get_bind())
    protect(op.get_bind(), "appointment_event")


def downgrade() -> None:
    op.drop_table("claim")
    op.drop_table("appointment_event")
    op.drop_table("availability_rule")
    op.drop_table("appointment")
    op.drop_table("resource")
    op.drop_table("service_type")
    op.drop_table("idempotency_key")
    op.drop_table("availability_exception")
