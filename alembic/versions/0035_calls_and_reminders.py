"""Which texts a call to a patient stands for; reminders of a service's own."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TASK = sa.table(
    "task",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("state", sa.String()),
    sa.column("subject_id", sa.Uuid()),
    sa.column("message_ids", sa.JSON()),
)
_MESSAGE = sa.table(
    "outbox_message",
    sa.column("id", sa.Uuid()),
    sa.column("subject_id", sa.Uuid()),
    sa.column("subject_version", sa.Integer()),
    sa.column("state", sa.String()),
    sa.column("chased_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message_ids", sa.JSON(), nullable=False, server_default="[]"))
    _name_texts(op.get_bind())
    with op.batch_alter_table("service_type", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminder_minutes", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("reminders_since", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("service_type", schema=None) as batch_op:
        for column in ("version", "reminders_since", "reminder_minutes"):
            batch_op.drop_column(column)
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("message_ids")


def _name_texts(bind: sa.Connection) -> None:
    """Let calls that are asked for already end by the newest text that did not arrive, as new ones do."""
    calls = sa.select(_TASK.c.id, _TASK.c.subject_id)
    calls = calls.where(_TASK.c.kind == "phone_patient", _TASK.c.state == "open")
    for task_id, subject_id in bind.execute(calls).all():
        did_not_arrive = sa.or_(
            _MESSAGE.c.state == "failed",
            sa.and_(_MESSAGE.c.chased_at.is_not(None), _MESSAGE.c.state != "delivered"),
        )
        newest = (
            sa.select(_MESSAGE.c.id)
            .where(_MESSAGE.c.subject_id == subject_id, did_not_arrive)
            .order_by(_MESSAGE.c.subject_version.desc(), _MESSAGE.c.id.desc())
        )
        found = bind.execute(newest.limit(1)).scalar()
        if found is not None:
            bind.execute(sa.update(_TASK).where(_TASK.c.id == task_id).values(message_ids=[str(found)]))
