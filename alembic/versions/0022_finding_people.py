"""Words of names to search by, records of one person, records opened in an emergency."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BY_BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
AT = sa.DateTime(timezone=True)
LIVE = sa.text("undone_at IS NULL")
ROWS_AT_ONCE = 5_000


def upgrade() -> None:
    _words()
    _persons()
    _glass()
    with op.batch_alter_table("patient", schema=None) as batch_op:
        for column in ("mrn", "birth_date"):
            batch_op.create_index(batch_op.f(f"ix_patient_{column}"), [column], unique=False)
    op.add_column("grant", sa.Column("copied_from", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("grant", "copied_from")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        for column in ("birth_date", "mrn"):
            batch_op.drop_index(batch_op.f(f"ix_patient_{column}"))
    for table in ("broken_glass", "patient_merge", "not_same", "same_person", "name_word"):
        op.drop_table(table)


def _words() -> None:
    table = op.create_table(
        "name_word",
        sa.Column("word", BY_BYTES, nullable=False),
        sa.Column("folded_name", BY_BYTES, nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_name_word_patient_id")),
        sa.PrimaryKeyConstraint("word", "folded_name", "birth_year", "patient_id", name=op.f("pk_name_word")),
        sqlite_with_rowid=False,
    )
    names = sa.table(
        "patient",
        sa.column("id", sa.Uuid()),
        sa.column("folded_name", sa.String()),
        sa.column("birth_date", sa.Date()),
    )
    found = op.get_bind().execute(sa.select(names)).yield_per(ROWS_AT_ONCE)
    for some in found.partitions():
        rows = [
            {"word": word, "folded_name": name, "birth_year": born.year, "patient_id": patient_id}
            for patient_id, name, born in some
            for word in sorted(set(name.split()))
        ]
        op.bulk_insert(table, rows)
    op.create_index(op.f("ix_name_word_patient_id"), "name_word", ["patient_id"], unique=False)


def _persons() -> None:
    op.create_table(
        "same_person",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("current_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_same_person")),
    )
    op.create_index(op.f("ix_same_person_current_id"), "same_person", ["current_id"], unique=False)
    op.create_table(
        "not_same",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", AT, nullable=False),
        sa.CheckConstraint("patient_id < other_id", name=op.f("ck_not_same_ordered")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_not_same_patient_id")),
        sa.ForeignKeyConstraint(["other_id"], ["patient.id"], name=op.f("fk_not_same_other_id")),
        sa.PrimaryKeyConstraint("patient_id", "other_id", name=op.f("pk_not_same")),
    )
    op.create_index(op.f("ix_not_same_other_id"), "not_same", ["other_id"], unique=False)
    op.create_table(
        "patient_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("merged_at", AT, nullable=False),
        sa.Column("undone_at", AT, nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_reason", sa.String(), nullable=True),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_patient_merge_two")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_patient_merge_undone")),
        sa.ForeignKeyConstraint(["kept_id"], ["patient.id"], name=op.f("fk_patient_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["patient.id"], name=op.f("fk_patient_merge_merged_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_patient_merge_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_merge")),
    )
    for column in ("kept_id", "merged_id"):
        op.create_index(op.f(f"ix_patient_merge_{column}"), "patient_merge", [column], unique=False)
    op.create_index(
        "uq_patient_merge_live",
        "patient_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=LIVE,
        sqlite_where=LIVE,
    )


def _glass() -> None:
    op.create_table(
        "broken_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("station_facility_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("until_at", AT, nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", AT, nullable=True),
        sa.CheckConstraint("verdict IN ('justified', 'not_justified')", name=op.f("ck_broken_glass_verdict")),
        sa.CheckConstraint(
            "(verdict IS NULL) = (reviewed_at IS NULL) AND (verdict IS NULL) = (reviewed_by IS NULL)",
            name=op.f("ck_broken_glass_reviewed"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_broken_glass_patient_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_broken_glass_membership_id")
        ),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_broken_glass_facility_id")),
        sa.ForeignKeyConstraint(
            ["station_facility_id"], ["facility.id"], name=op.f("fk_broken_glass_station_facility_id")
        ),
        sa.ForeignKeyConstraint(["reviewed_by"], ["membership.id"], name=op.f("fk_broken_glass_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    op.create_index(op.f("ix_broken_glass_patient_id"), "broken_glass", ["patient_id"], unique=False)
    op.create_index("ix_broken_glass_by", "broken_glass", ["facility_id", "opened_at"], unique=False)
    op.create_index("ix_broken_glass_of", "broken_glass", ["station_facility_id", "opened_at"], unique=False)
