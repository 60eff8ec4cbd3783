"""An order knows whose faces are covered in it, and what is sealed of it already."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add both to the table of orders; those that wait cover nobody and begin anew."""
    for name in ("masked", "begun"):
        column = sa.Column(name, sa.String, nullable=False, server_default="")
        op.add_column("export_order", column)


def downgrade() -> None:
    """Forget both: an order that waits covers nobody and begins anew."""
    for name in ("begun", "masked"):
        op.drop_column("export_order", name)
