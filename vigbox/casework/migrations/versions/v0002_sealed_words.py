"""Words sealed under the case's own key; who may open which case; facts about the box."""

import sqlalchemy as sa
from alembic import context, op

from vigbox.casework.texts import CaseTexts, seal_text

revision = "0002"
down_revision = "0001"

# table, plain column, sealed column, and how the row's case is found
_WORDS = (
    ("case", "helping_question", "sealed_question", 'each."id"'),
    ("participant", "initials", "sealed_initials", 'each."case_id"'),
    ("clip", "name", "sealed_name", 'each."case_id"'),
)


def upgrade() -> None:
    """Seal what was plain inside the database, then take the plain columns away."""
    _widen()
    for table, plain, sealed, case in _WORDS:
        op.add_column(table, sa.Column(sealed, sa.LargeBinary, nullable=False, server_default=""))
        _seal(table, plain, sealed, case)
        op.drop_column(table, plain)
    _let_everybody_open()


def downgrade() -> None:
    """Open the words, put them back as they were, and forget who may open which case."""
    for table, plain, sealed, case in _WORDS:
        column = sa.Column(plain, sa.String, nullable=False, server_default="")
        op.add_column(table, column)
        _open(table, plain, sealed, case)
        op.drop_column(table, sealed)
    op.drop_table("fact")
    op.drop_table("case_recipient")
    for name in ("state", "sealed_to"):
        op.drop_column("case", name)
    for name in ("proved_at", "check_words", "left_at"):
        op.drop_column("recipient", name)


def _widen() -> None:
    for name in ("left_at", "check_words", "proved_at"):
        op.add_column("recipient", sa.Column(name, sa.String, nullable=False, server_default=""))
    op.add_column("case", sa.Column("sealed_to", sa.String, nullable=False, server_default=""))
    op.add_column("case", sa.Column("state", sa.String, nullable=False, server_default="open"))
    op.create_table(
        "case_recipient",
        sa.Column("case_id", sa.String, sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("recipient_id", sa.String, sa.ForeignKey("recipient.id"), primary_key=True),
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("text", sa.String, nullable=False),
    )


def _seal(table: str, plain: str, sealed: str, case: str) -> None:
    connection = op.get_bind()
    rows = connection.exec_driver_sql(
        f'SELECT each."id", each."{plain}", "case"."recipient" '  # noqa: S608  # our own names
        f'FROM "{table}" AS each JOIN "case" ON "case"."id" = {case}'
    ).all()
    for key, text, recipient in rows:
        connection.exec_driver_sql(
            f'UPDATE "{table}" SET "{sealed}" = ? WHERE "id" = ?',  # noqa: S608  # our own names
            (seal_text(recipient, text), key),
        )


def _open(table: str, plain: str, sealed: str, case: str) -> None:
    connection = op.get_bind()
    texts: CaseTexts = context.config.attributes["texts"]
    rows = connection.exec_driver_sql(
        f'SELECT each."id", each."{sealed}", {case} FROM "{table}" AS each'  # noqa: S608  # our own
    ).all()
    for key, data, whose in rows:
        # a case that this practitioner may not open loses its words
        connection.exec_driver_sql(
            f'UPDATE "{table}" SET "{plain}" = ? WHERE "id" = ?',  # noqa: S608  # our own names
            (texts.read(whose, data), key),
        )


def _let_everybody_open() -> None:
    """Before this step every case was sealed to all recipients there were."""
    op.execute(
        "INSERT INTO case_recipient (case_id, recipient_id) "
        'SELECT "case".id, recipient.id FROM "case", recipient WHERE kind = \'practitioner\''
    )
