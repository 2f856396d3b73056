"""Lists of codes with words to search by, approved ranges, templates, examinations, facts carried forward."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BY_BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
AT = sa.DateTime(timezone=True)
ROWS_AT_ONCE = 5_000


def upgrade() -> None:
    _codes()
    _ranges()
    _examination()
    _background()


def downgrade() -> None:
    for table in (
        *("pregnancy", "fact_confirmation", "patient_fact"),
        *("examination_item", "visit_template", "record_template"),
        *("range_approval", "code_word", "code_list"),
    ):
        op.drop_table(table)
    op.drop_index("ix_condition_habits", "condition")
    op.drop_index("ix_diagnosis_code_reviewed", "diagnosis_code")
    with op.batch_alter_table("diagnosis_code") as batch_op:
        batch_op.drop_constraint(op.f("fk_diagnosis_code_reviewed_by"), type_="foreignkey")
        for column in ("reviewed_at", "reviewed_name", "reviewed_by"):
            batch_op.drop_column(column)


def _codes() -> None:
    with op.batch_alter_table("diagnosis_code") as batch_op:
        batch_op.add_column(sa.Column("reviewed_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("reviewed_name", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reviewed_at", AT, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_diagnosis_code_reviewed_by"), "membership", ["reviewed_by"], ["id"]
        )
    with op.batch_alter_table("diagnosis_code") as batch_op:
        batch_op.alter_column("reviewed_name", server_default=None)
    op.create_index("ix_diagnosis_code_reviewed", "diagnosis_code", ["code_list", "is_reviewed", "code"])
    op.create_index("ix_condition_habits", "condition", ["written_by", "code"])
    op.create_table(
        "code_list",
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("imported_at", AT, nullable=False),
        sa.Column("in_use_from", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["membership.id"], name=op.f("fk_code_list_decided_by")),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_code_list")),
    )
    table = op.create_table(
        "code_word",
        sa.Column("code_list", sa.String(), nullable=False),
        sa.Column("word", BY_BYTES, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code_list", "word", "code", name=op.f("pk_code_word")),
        sqlite_with_rowid=False,
    )
    rows = sa.table("diagnosis_code", *(sa.column(name) for name in ("code_list", "code", "folded")))
    found = op.get_bind().execute(sa.select(rows)).yield_per(ROWS_AT_ONCE)
    for some in found.partitions():
        words = [
            {"code_list": label, "word": word, "code": code}
            for label, code, folded in some
            for word in sorted(set(folded.split()))
        ]
        op.bulk_insert(table, words)


def _ranges() -> None:
    op.create_table(
        "range_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_name", sa.String(), nullable=False),
        sa.Column("approved_at", AT, nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", AT, nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_range_approval_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["membership.id"], name=op.f("fk_range_approval_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["membership.id"], name=op.f("fk_range_approval_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_range_approval")),
    )
    live = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_range_approval_live",
        "range_approval",
        ["version"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )


def _examination() -> None:
    op.create_table(
        "record_template",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["membership.id"], name=op.f("fk_record_template_created_by")
        ),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_record_template")),
    )
    op.create_table(
        "visit_template",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("template_code", sa.String(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("chosen_by", sa.Uuid(), nullable=False),
        sa.Column("chosen_at", AT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_template_visit_id")),
        sa.ForeignKeyConstraint(["chosen_by"], ["membership.id"], name=op.f("fk_visit_template_chosen_by")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_template")),
    )
    op.create_table(
        "examination_item",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", AT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('system', 'question')", name=op.f("ck_examination_item_kind")),
        sa.CheckConstraint(
            "state IN ('normal', 'abnormal', 'not_examined', 'answered', '')",
            name=op.f("ck_examination_item_state"),
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_examination_item_visit_id")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["membership.id"], name=op.f("fk_examination_item_written_by")
        ),
        sa.PrimaryKeyConstraint("visit_id", "item", name=op.f("pk_examination_item")),
    )


def _background() -> None:
    kinds = "kind IN ('problem', 'medicine', 'allergy')"
    op.create_table(
        "patient_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source_visit_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("ended_visit_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_patient_fact_kind")),
        sa.CheckConstraint("status IN ('active', 'ended', 'mistaken')", name=op.f("ck_patient_fact_status")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_fact_patient_id")),
        sa.ForeignKeyConstraint(
            ["source_visit_id"], ["visit.id"], name=op.f("fk_patient_fact_source_visit_id")
        ),
        sa.ForeignKeyConstraint(["noted_by"], ["membership.id"], name=op.f("fk_patient_fact_noted_by")),
        sa.ForeignKeyConstraint(
            ["ended_visit_id"], ["visit.id"], name=op.f("fk_patient_fact_ended_visit_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["membership.id"], name=op.f("fk_patient_fact_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_fact")),
    )
    op.create_index("ix_patient_fact_patient", "patient_fact", ["patient_id", "kind", "status"])
    op.create_table(
        "fact_confirmation",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", AT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_fact_confirmation_kind")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_fact_confirmation_visit_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["membership.id"], name=op.f("fk_fact_confirmation_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("visit_id", "kind", name=op.f("pk_fact_confirmation")),
    )
    op.create_table(
        "pregnancy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("source_visit_id", sa.Uuid(), nullable=False),
        sa.Column("dated_by", sa.String(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("gravida", sa.Integer(), nullable=True),
        sa.Column("para", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("dated_by IN ('lmp', 'edd')", name=op.f("ck_pregnancy_dated_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_pregnancy_patient_id")),
        sa.ForeignKeyConstraint(["source_visit_id"], ["visit.id"], name=op.f("fk_pregnancy_source_visit_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["membership.id"], name=op.f("fk_pregnancy_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pregnancy")),
    )
    op.create_index("ix_pregnancy_patient", "pregnancy", ["patient_id"])
    live = sa.text("ended_on IS NULL")
    op.create_index(
        "uq_pregnancy_live",
        "pregnancy",
        ["patient_id"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
