"""What a clip shows and how it is shown; marks made on the page; the journal of edits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SEALED = ("sealed_initiative", "sealed_reception", "sealed_response", "sealed_note")


def upgrade() -> None:
    """Widen clips, and make the tables beside them."""
    _widen_clips()
    op.create_table(
        "clip_principle",
        sa.Column("clip_id", sa.String, sa.ForeignKey("clip.id"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("recording", sa.String, nullable=False, index=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("picture", sa.Integer, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
    op.create_table(
        "edit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("recording", sa.String, nullable=False, index=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("is_undone", sa.Boolean, nullable=False),
        sa.Column("lost_exports", sa.Integer, nullable=False),
        sa.Column("sealed_change", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Forget what a clip shows, marks, and the journal of edits."""
    for table in ("edit", "mark", "clip_principle"):
        op.drop_table(table)
    for name in (*_SEALED, "freeze", "speed", "position", "state"):
        op.drop_column("clip", name)


def _widen_clips() -> None:
    op.add_column("clip", sa.Column("state", sa.String, nullable=False, server_default="candidate"))
    op.add_column("clip", sa.Column("position", sa.Integer, nullable=False, server_default="0"))
    op.add_column("clip", sa.Column("speed", sa.Integer, nullable=False, server_default="100"))
    op.add_column("clip", sa.Column("freeze", sa.Integer))
    for name in _SEALED:
        op.add_column("clip", sa.Column(name, sa.LargeBinary, nullable=False, server_default=""))
