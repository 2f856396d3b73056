"""Check questions after a visit: questionnaires, rounds and their answers, calls, the bell of a red one."""

import sqlalchemy as sa
from alembic import op

from telehealth.kit.append_only import protect

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _questionnaire()
    _check_series()
    _check_round()
    _check_alarm()
    _check_answer()
    _check_step()
    _check_ring()
    for table in ("check_answer", "check_step"):
        protect(op.get_bind(), table)


def downgrade() -> None:
    for table in (
        "check_ring",
        "check_step",
        "check_answer",
        "check_alarm",
        "check_round",
        "check_series",
        "questionnaire",
    ):
        op.drop_table(table)


def _questionnaire() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", _AT, nullable=True),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by IS NULL)", name=op.f("ck_questionnaire_approved")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["membership.id"], name=op.f("fk_questionnaire_approved_by")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["membership.id"], name=op.f("fk_questionnaire_created_by")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_questionnaire")),
    )


def _check_series() -> None:
    op.create_table(
        "check_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire_code", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", _AT, nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", _AT, nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("via IN ('sms', 'paper', 'home')", name=op.f("ck_check_series_via")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_check_series_withdrawn")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["membership.id"], name=op.f("fk_check_series_asked_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_series_patient_id")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_check_series_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_check_series_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_series")),
    )
    with op.batch_alter_table("check_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_series_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_check_series_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_check_series_visit_id"), ["visit_id"], unique=False)


def _check_round() -> None:
    op.create_table(
        "check_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("questionnaire_version", sa.Integer(), nullable=True),
        sa.Column("asked_at", _AT, nullable=True),
        sa.Column("reminded_at", _AT, nullable=True),
        sa.Column("next_at", _AT, nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("answered_at", _AT, nullable=True),
        sa.Column("call_at", _AT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("seen_at", _AT, nullable=True),
        sa.CheckConstraint("level IN ('', 'green', 'amber', 'red')", name=op.f("ck_check_round_level")),
        sa.CheckConstraint(
            "state IN ('planned', 'asked', 'answered', 'calling', 'visiting', 'reached', 'closed',"
            " 'withdrawn')",
            name=op.f("ck_check_round_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('calling', 'visiting') OR call_at IS NOT NULL", name=op.f("ck_check_round_listed")
        ),
        sa.CheckConstraint(
            "state NOT IN ('reached', 'closed') OR outcome IS NOT NULL", name=op.f("ck_check_round_outcome")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_round_patient_id")),
        sa.ForeignKeyConstraint(["series_id"], ["check_series.id"], name=op.f("fk_check_round_series_id")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_check_round_station_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_round")),
    )
    with op.batch_alter_table("check_round", schema=None) as batch_op:
        batch_op.create_index(
            "ix_check_round_clock",
            ["next_at"],
            unique=False,
            postgresql_where=sa.text("next_at IS NOT NULL"),
            sqlite_where=sa.text("next_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_check_round_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_check_round_series_id"), ["series_id"], unique=False)
        batch_op.create_index("ix_check_round_station", ["station_facility_id", "state"], unique=False)
        batch_op.create_index(
            "uq_check_round_day",
            ["series_id", "due_on"],
            unique=True,
            postgresql_where=sa.text("state <> 'withdrawn'"),
            sqlite_where=sa.text("state <> 'withdrawn'"),
        )


def _check_alarm() -> None:
    op.create_table(
        "check_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rings_station", sa.Boolean(), nullable=False),
        sa.Column("has_rung_station", sa.Boolean(), nullable=False),
        sa.Column("levels", sa.Integer(), nullable=False),
        sa.Column("raised_at", _AT, nullable=False),
        sa.Column("next_at", _AT, nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", _AT, nullable=True),
        sa.CheckConstraint(
            "(state IN ('ringing', 'resting')) = (next_at IS NOT NULL)", name=op.f("ck_check_alarm_clock")
        ),
        sa.CheckConstraint(
            "state IN ('ringing', 'resting', 'taken', 'settled')", name=op.f("ck_check_alarm_state")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_alarm_patient_id")),
        sa.ForeignKeyConstraint(["round_id"], ["check_round.id"], name=op.f("fk_check_alarm_round_id")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_check_alarm_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["membership.id"], name=op.f("fk_check_alarm_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_alarm")),
    )
    with op.batch_alter_table("check_alarm", schema=None) as batch_op:
        batch_op.create_index(
            "ix_check_alarm_clock",
            ["next_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('ringing', 'resting')"),
            sqlite_where=sa.text("state IN ('ringing', 'resting')"),
        )
        batch_op.create_index(batch_op.f("ix_check_alarm_round_id"), ["round_id"], unique=False)
        batch_op.create_index("ix_check_alarm_station", ["station_facility_id", "state"], unique=False)


def _check_answer() -> None:
    op.create_table(
        "check_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["check_round.id"], name=op.f("fk_check_answer_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_answer")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_check_answer_round_id_number")),
    )


def _check_step() -> None:
    op.create_table(
        "check_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["check_round.id"], name=op.f("fk_check_step_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_step")),
    )
    with op.batch_alter_table("check_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_step_round_id"), ["round_id"], unique=False)


def _check_ring() -> None:
    op.create_table(
        "check_ring",
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("rung_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["check_alarm.id"], name=op.f("fk_check_ring_alarm_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_check_ring_membership_id")
        ),
        sa.PrimaryKeyConstraint("alarm_id", "membership_id", name=op.f("pk_check_ring")),
    )
    with op.batch_alter_table("check_ring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_ring_membership_id"), ["membership_id"], unique=False)
