"""What shall leave the box is ordered first; one export may hold many clips."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table of orders; let an export have a row for each of its clips, and be sent."""
    _order()
    _one_row_a_clip()
    for name in ("sent_at", "recordings"):
        column = sa.Column(name, sa.String, nullable=False, server_default="")
        op.add_column("disclosure", column)


def downgrade() -> None:
    """Forget orders, and all but one clip of an export; what was sent is out, as if fetched."""
    op.execute(
        "UPDATE disclosure SET verified_at = sent_at WHERE verified_at = '' AND sent_at != ''"
    )
    for name in ("recordings", "sent_at"):
        op.drop_column("disclosure", name)
    op.drop_index("ix_export_order_case_id", "export_order")
    op.drop_table("export_order")
    _one_row_an_export()


def _order() -> None:
    texts = ("asked_at", "by_whom", "machine", "machine_name", "purpose", "state")
    later = ("recordings", "made_at", "downloaded_at", "ended_at")
    op.create_table(
        "export_order",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), nullable=False),
        *(sa.Column(each, sa.String, nullable=False) for each in texts),
        *(sa.Column(each, sa.String, nullable=False, server_default="") for each in later),
        sa.Column("sealed_wish", sa.LargeBinary, nullable=False),
        sa.Column("sealed_why", sa.LargeBinary, nullable=False, server_default=""),
    )
    op.create_index("ix_export_order_case_id", "export_order", ["case_id"])


def _one_row_a_clip() -> None:
    columns = "id, clip_id, machine, machine_name, made_at, verified_at, first, end"
    op.drop_index("ix_export_clip_id", "export")
    op.rename_table("export", "export_before")
    op.create_table(
        "export",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("clip_id", sa.String, sa.ForeignKey("clip.id"), primary_key=True),
        sa.Column("machine", sa.String, nullable=False),
        sa.Column("machine_name", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("verified_at", sa.String, nullable=False),
        sa.Column("first", sa.Integer),
        sa.Column("end", sa.Integer),
    )
    quoted = columns.replace("end", '"end"')
    op.execute(f"INSERT INTO export ({quoted}) SELECT {quoted} FROM export_before")  # noqa: S608  # our own words
    op.drop_table("export_before")
    op.create_index("ix_export_clip_id", "export", ["clip_id"])


def _one_row_an_export() -> None:
    op.execute("DELETE FROM export WHERE rowid NOT IN (SELECT MIN(rowid) FROM export GROUP BY id)")
    op.drop_index("ix_export_clip_id", "export")
    op.rename_table("export", "export_after")
    op.create_table(
        "export",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("clip_id", sa.String, sa.ForeignKey("clip.id"), nullable=False),
        sa.Column("machine", sa.String, nullable=False),
        sa.Column("machine_name", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("verified_at", sa.String, nullable=False),
        sa.Column("first", sa.Integer),
        sa.Column("end", sa.Integer),
    )
    names = 'id, clip_id, machine, machine_name, made_at, verified_at, first, "end"'
    op.execute(f"INSERT INTO export ({names}) SELECT {names} FROM export_after")  # noqa: S608  # our own words
    op.drop_table("export_after")
    op.create_index("ix_export_clip_id", "export", ["clip_id"])
