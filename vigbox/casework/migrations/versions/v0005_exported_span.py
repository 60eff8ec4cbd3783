"""Which pictures an export holds: a clip may be moved after it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Widen exports; of those made before this nobody knows any more."""
    op.add_column("export", sa.Column("first", sa.Integer))
    op.add_column("export", sa.Column("end", sa.Integer))


def downgrade() -> None:
    """Forget which pictures an export holds."""
    op.drop_column("export", "end")
    op.drop_column("export", "first")
