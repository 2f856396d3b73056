"""Photos and papers of a visit, and uploads that survive a dropped link."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_ref", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_upload")),
    )
    with op.batch_alter_table("file_upload", schema=None) as batch_op:
        batch_op.create_index("ix_file_upload_actor", ["actor_kind", "actor_ref"], unique=False)
        for column in ("patient_id", "subject_id", "expires_at"):
            batch_op.create_index(batch_op.f(f"ix_file_upload_{column}"), [column], unique=False)
    op.create_table(
        "file_upload_part",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["file_upload.id"], name=op.f("fk_file_upload_part_upload_id")
        ),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_file_upload_part")),
    )
    _create_attachments()


def _create_attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("arrows", sa.JSON(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("added_kind", sa.String(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("is_covered", sa.Boolean(), nullable=False),
        sa.Column("is_destroyed", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('photo', 'document', 'ecg', 'ultrasound')", name=op.f("ck_attachment_kind")
        ),
        sa.CheckConstraint("source IN ('record', 'call', 'waiting')", name=op.f("ck_attachment_source")),
        sa.CheckConstraint("turn IN (0, 90, 180, 270)", name=op.f("ck_attachment_turn")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_attachment_patient_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_attachment_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_visit", ["visit_id", "rank"], unique=False)
        for column in ("patient_id", "withdrawn_at"):
            batch_op.create_index(batch_op.f(f"ix_attachment_{column}"), [column], unique=False)
    op.create_table(
        "attachment_file",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_file_id")),
        sa.PrimaryKeyConstraint("attachment_id", "size", "page", name=op.f("pk_attachment_file")),
    )
    op.create_table(
        "attachment_upload",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_upload_attachment_id")
        ),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_attachment_upload")),
    )
    with op.batch_alter_table("attachment_upload", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachment_upload_attachment_id"), ["attachment_id"], unique=False
        )


def downgrade() -> None:
    for table in ("attachment_upload", "attachment_file", "attachment", "file_upload_part", "file_upload"):
        op.drop_table(table)
