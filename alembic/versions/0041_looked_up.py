"""Indexes for what was looked up by going through every row: harmless to a station, not to a province."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_resource_owner_id", "resource", ["owner_id"]),
    ("ix_referral_visit", "referral", ["visit_id"]),
    ("ix_answer_request_owner", "answer_request", ["owner_id", "state"]),
    ("ix_answer_request_state", "answer_request", ["state"]),
    ("ix_plan_state_due", "plan", ["state", "due_on"]),
)


def upgrade() -> None:
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    copied = sa.text("copied_from IS NOT NULL")
    op.create_index(
        "ix_grant_copied_from", "grant", ["copied_from"], postgresql_where=copied, sqlite_where=copied
    )


def downgrade() -> None:
    op.drop_index("ix_grant_copied_from", "grant")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
