"""The schema of 0.1.0."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "recipient",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("helping_question", sa.String, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("opened_at", sa.String, nullable=False),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("initials", sa.String, nullable=False),
    )
    op.create_table(
        "clip",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("recording", sa.String, nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("length_ms", sa.Integer, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
    op.create_table(
        "export",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("clip_id", sa.String, sa.ForeignKey("clip.id"), nullable=False),
        sa.Column("machine", sa.String, nullable=False),
        sa.Column("machine_name", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("verified_at", sa.String, nullable=False),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
