"""Faces that are masked when a clip leaves; a disclosure says whose were."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table of masks, and let a disclosure name who was masked; nobody was before."""
    op.create_table(
        "clip_mask",
        sa.Column(
            "clip_id",
            sa.String,
            sa.ForeignKey("clip.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        *(
            sa.Column(each, sa.String, nullable=False, server_default="")
            for each in ("looked_at", "by_whom", "hidden")
        ),
        sa.Column("sealed_faces", sa.LargeBinary, nullable=False, server_default=""),
    )
    op.create_index("ix_clip_mask_case_id", "clip_mask", ["case_id"])
    column = sa.Column("masked", sa.String, nullable=False, server_default="")
    op.add_column("disclosure", column)


def downgrade() -> None:
    """Forget masks, and who was masked."""
    op.drop_column("disclosure", "masked")
    op.drop_index("ix_clip_mask_case_id", "clip_mask")
    op.drop_table("clip_mask")
