"""A box whose every key is hybrid post-quantum, and one that stays what it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.conftest import WORK, Box, a_case, nobody_waits
from vigbox.casework.practitioners import (
    PractitionerError,
    add_practitioner,
    add_supervisor,
    remove_practitioner,
    renew_practitioner,
)
from vigbox.casework.recovery import replace_sheet
from vigbox.casework.setup import set_up
from vigbox.casework.sheet import new_sheet
from vigbox.casework.tables import Case
from vigbox.seal.header import parse_header
from vigbox.seal.hybrid_identities import HybridIdentity
from vigbox.seal.identities import X25519Identity
from vigbox.store.layout import Layout


@pytest.fixture
def hybrid(tmp_path: Path) -> Iterator[Box]:
    layout = Layout(tmp_path / "box")
    box = Box(layout, set_up(layout, name="Anna", work_factor=WORK, post_quantum=True))
    yield box
    for desk in box.desks:
        desk.close()


def stanzas(path: Path) -> set[str]:
    with path.open("rb") as file:
        return {each.type for each in parse_header(file).stanzas}


def test_every_wrap_of_a_hybrid_box_is_hybrid(hybrid: Box) -> None:
    anna, layout = hybrid.desk, hybrid.layout
    case = a_case(anna, "PQ-1")
    assert case.recipient.startswith("age1pq1")
    berta = hybrid.unlock(add_practitioner(anna, "Berta", cases=True, work_factor=WORK))
    with berta.session() as casework:
        assert casework.get_one(Case, case.id).helping_question == "Why does he cry?"
    remove_practitioner(anna, berta.me.id)
    renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    for path in (layout.database_key, layout.arming_key, layout.case_identity(case.id)):
        assert stanzas(path) == {"mlkem768x25519"}


def test_the_sheet_of_a_hybrid_box_opens_it_and_is_replaced_by_a_hybrid_one(hybrid: Box) -> None:
    case = a_case(hybrid.desk, "PQ-1")
    sheet = new_sheet(post_quantum=True)
    assert sheet.secret.startswith("AGE-SECRET-KEY-PQ-1")
    replace_sheet(hybrid.recover(), sheet, sheet.words[sheet.asked - 1])
    assert hybrid.recover(sheet.secret).case_identities(case.id)


def test_a_supervisor_of_the_other_kind_is_refused(hybrid: Box, box: Box) -> None:
    with pytest.raises(PractitionerError, match="age1pq1"):
        add_supervisor(hybrid.desk, "Sonja", str(X25519Identity.generate().recipient))
    with pytest.raises(PractitionerError, match="one kind"):
        add_supervisor(box.desk, "Sonja", str(HybridIdentity.generate().recipient))
    add_supervisor(hybrid.desk, "Sonja", str(HybridIdentity.generate().recipient))
