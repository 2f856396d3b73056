"""Questions that were asked before they had clocks: the next tick sets theirs, and tells what is late."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE answer_request SET due_at = asked_at WHERE state = 'asked' AND due_at IS NULL")


def downgrade() -> None:
    # Whoever knew no clock of a question would find these rows due, and nothing to do, at every tick.
    op.execute("UPDATE answer_request SET due_at = NULL WHERE state = 'asked'")
