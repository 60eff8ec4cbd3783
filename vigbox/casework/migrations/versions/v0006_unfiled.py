"""Films that were made without an armed case: until when they wait, and the case that took them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add both; films of before were all made for a case."""
    op.create_table(
        "unfiled",
        sa.Column("recording", sa.String, primary_key=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("sealed_to", sa.String, nullable=False, server_default=""),
        sa.Column("seen_on", sa.String, nullable=False, server_default=""),
        sa.Column("due_on", sa.String, nullable=False, server_default=""),
    )
    op.create_table(
        "adopted",
        sa.Column("recording", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("adopted_at", sa.String, nullable=False),
    )
    op.create_index("ix_adopted_case_id", "adopted", ["case_id"])


def downgrade() -> None:
    """Forget both; the films stay."""
    op.drop_index("ix_adopted_case_id", "adopted")
    op.drop_table("adopted")
    op.drop_table("unfiled")
