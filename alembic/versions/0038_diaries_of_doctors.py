"""Diaries of doctors: whoever was invited before they were made on joining gets theirs."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

MEMBERSHIP = sa.table(
    "membership",
    sa.column("id", sa.Uuid()),
    sa.column("facility_id", sa.Uuid()),
    sa.column("role", sa.String()),
)
RESOURCE = sa.table(
    "resource",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("owner_id", sa.Uuid()),
    sa.column("facility_id", sa.Uuid()),
    sa.column("lanes", sa.Integer()),
    sa.column("zone", sa.String()),
    sa.column("is_active", sa.Boolean()),
    sa.column("works_holidays", sa.Boolean()),
)


def upgrade() -> None:
    """Add what is missing; the zone is that of whoever has a diary already."""
    connection = op.get_bind()
    zone = connection.execute(sa.select(RESOURCE.c.zone).limit(1)).scalar() or "Asia/Ho_Chi_Minh"
    known = sa.select(RESOURCE.c.owner_id).where(RESOURCE.c.kind == "doctor")
    without = sa.select(MEMBERSHIP.c.id, MEMBERSHIP.c.facility_id).where(
        MEMBERSHIP.c.role == "doctor", MEMBERSHIP.c.id.not_in(known)
    )
    rows = [
        {
            "id": uuid4(),
            "kind": "doctor",
            "owner_id": each.id,
            "facility_id": each.facility_id,
            "lanes": 1,
            "zone": zone,
            "is_active": True,
            "works_holidays": False,
        }
        for each in connection.execute(without)
    ]
    if rows:
        connection.execute(sa.insert(RESOURCE), rows)


def downgrade() -> None:
    """Leave them: an empty diary says nothing, and a used one is needed."""
