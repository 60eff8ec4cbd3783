"""The practice: consents, goals, cycles, visits, shared reviews, supervision; a chained audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ONLY_ADDED = (("UPDATE", "consent"), ("UPDATE", "audit_event"), ("DELETE", "audit_event"))


def upgrade() -> None:
    """Make the practice's tables; let consents and audit events only be added."""
    _the_work()
    _the_reviews()
    _the_duties()
    _widen()
    for table, deed in (
        ("consent", "UPDATE"),
        ("audit_event", "UPDATE"),
        ("audit_event", "DELETE"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} rows are only added'); END"
        )


def downgrade() -> None:
    """Forget the practice; the audit keeps its events, without their chain."""
    for table, deed in (
        ("consent", "UPDATE"),
        ("audit_event", "UPDATE"),
        ("audit_event", "DELETE"),
    ):
        op.execute(f"DROP TRIGGER {table}_no_{deed.lower()}")
    for table, by in (("participant", "case_id"), ("clip", "case_id"), ("export", "clip_id")):
        op.drop_index(f"ix_{table}_{by}", table)
    op.drop_index("ix_audit_event_case_id", "audit_event")
    for table, names in (
        ("participant", ("answered_by", "is_child")),
        ("case", ("closed_at",)),
        ("audit_event", ("digest", "by_whom", "case_id")),
    ):
        for name in names:
            op.drop_column(table, name)
    # each before what it refers to
    for table in (
        "erasure", "disclosure", "hold", "consent", "log_entry", "stage", "training", "supervision",
        "answer", "shown", "shared_review", "filmed", "arm", "rating", "wording", "goal", "visit",
        "cycle",
    ):  # fmt: skip
        op.drop_table(table)


def _the_work() -> None:
    _table("cycle", _id(), _case(), _number("number"), _text("state"), _text("made_at"))
    _table(
        "visit",
        _id(), _case(), _text("visited_on"), _text("present", ""), _text("films", ""),
        _text("reviews", ""),
    )  # fmt: skip
    _table("goal", _id(), _case(), _text("made_at"), _text("ended_at", ""))
    _table(
        "wording",
        _key(), _case(), _refers("goal", nullable=True), _text("worded_at"), _sealed("sealed_text"),
    )  # fmt: skip
    _table(
        "rating",
        _key(), _case(), _refers("goal", index=True), _refers("cycle", index=True),
        _number("value"), _text("rated_at"),
    )  # fmt: skip
    _table(
        "arm",
        _key("counter"), _case(), _text("cycle_id", ""), _text("kind"), _text("armed_at"),
        _text("until_at"), _text("in_shot"), _sealed("sealed_activity", ""),
    )  # fmt: skip
    _table(
        "filmed",
        _id("recording"), _case(), _text("kind"), _text("cycle_id", ""), _text("in_shot", ""),
        _text("kept_at", ""), _text("reviewed_at", ""), _text("binned_at", ""),
        _sealed("sealed_activity", ""),
    )  # fmt: skip


def _the_reviews() -> None:
    _table(
        "shared_review",
        _id(), _case(), _refers("cycle", index=True), _text("by_whom"), _text("began_at"),
        _text("ended_at", ""), _text("recording", ""),
    )  # fmt: skip
    _table(
        "shown",
        _refers("shared_review", "review_id", primary_key=True),
        _refers("clip", primary_key=True, index=True), _case(), _number("position"),
        _text("shown_at", ""), _sealed("sealed_words", ""),
    )  # fmt: skip
    _table(
        "answer",
        _key(), _refers("shared_review", "review_id", index=True), _case(), _text("prompt"),
        _text("answered_at"), _sealed("sealed_text"),
    )  # fmt: skip
    _table(
        "supervision",
        _id(), _case(), _refers("shared_review", "review_id"), _text("by_whom"),
        _text("with_whom", ""), _text("held_on", ""), _text("export_id", ""),
        _sealed("sealed_question", ""),
    )  # fmt: skip
    _table(
        "training",
        _refers("recipient", primary_key=True), _text("status"), _number("stage", "0"),
        _text("supervisor", ""),
    )  # fmt: skip
    _table(
        "stage",
        _refers("recipient", primary_key=True), _key("number"), _text("began_on"),
        _number("cycles_before", "0"),
    )  # fmt: skip
    _table(
        "log_entry",
        _key(), sa.Column("recipient_id", sa.String, nullable=False, index=True), _text("what"),
        _text("case_code"), _number("cycle"), _text("done_on"),
    )  # fmt: skip


def _the_duties() -> None:
    _table(
        "consent",
        _key(), _case(), _refers("participant", kind=sa.Integer), _text("purpose"),
        _text("answer"), _number("answered_by"), _text("how"), _text("form"), _text("given_at"),
        _text("until_on", ""), _sealed("sealed_evidence", ""),
    )  # fmt: skip
    _table(
        "hold",
        _key(), _case(), _text("began_at"), _text("ended_at", ""), _sealed("sealed_reason", ""),
    )  # fmt: skip
    _table(
        "disclosure",
        _key(), _case(), _text("disclosed_at"), _text("what"), _text("to_whom"), _text("purpose"),
        _text("sha256", ""), _text("consents", ""),
        sa.Column("export_id", sa.String, nullable=False, server_default="", index=True),
        _text("verified_at", ""),
    )  # fmt: skip
    op.execute(
        "INSERT INTO disclosure (case_id, disclosed_at, what, to_whom, purpose, export_id,"
        " verified_at) SELECT clip.case_id, export.made_at, 'clip', export.machine_name,"
        " 'kept for the work', export.id, export.verified_at"
        " FROM export JOIN clip ON clip.id = export.clip_id"
    )
    _table(
        "erasure",
        _id(), _text("case_code"), _text("why"), _text("began_at"), _text("finished_at", ""),
        _text("facts"),
    )  # fmt: skip


def _widen() -> None:
    for column in (_text("case_id", ""), _text("by_whom", ""), _text("digest", "")):
        op.add_column("audit_event", column)
    op.create_index("ix_audit_event_case_id", "audit_event", ["case_id"])
    op.add_column("case", _text("closed_at", ""))
    op.add_column(
        "participant", sa.Column("is_child", sa.Boolean, nullable=False, server_default="0")
    )
    op.add_column("participant", _number("answered_by", "0"))
    for table, by in (("participant", "case_id"), ("clip", "case_id"), ("export", "clip_id")):
        op.create_index(f"ix_{table}_{by}", table, [by])


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns)


def _id(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.String, primary_key=True)


def _key(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, primary_key=True)


def _case() -> sa.Column[Any]:
    return _refers("case", index=True)


def _refers(table: str, name: str = "", **said: Any) -> sa.Column[Any]:  # noqa: ANN401  # as Column
    kind = said.pop("kind", sa.String)
    said.setdefault("nullable", False)
    return sa.Column(name or f"{table}_id", kind, sa.ForeignKey(f"{table}.id"), **said)


def _text(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String, nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _sealed(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False, server_default=default)
