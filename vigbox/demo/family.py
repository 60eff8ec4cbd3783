"""The family of a demonstration: a case that everybody agreed in, and the box armed for it."""

from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework import forms
from vigbox.casework.answers import note_form
from vigbox.casework.arming import Shot, arm
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case
from vigbox.seal.keyring import Keyring
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout
from vigbox.web.recorder_link import RecorderLink

_AGREED: Final = ("filming", "shared review", "supervision", "keepsake")


def arm_for_family(layout: Layout, passphrase: str, link: RecorderLink) -> None:
    """Open the family's case and arm the box for it. Raises VigboxError."""
    keyring = Keyring()
    for path in layout.practitioners.glob("*.age"):
        keyring.unlock(path.read_bytes(), passphrase)
    desk = Desk(layout, keyring)
    with desk.session() as casework:
        case = _family(casework, layout)
        shot = Shot(tuple(each.id for each in case.participants))
        box, key = read_box(layout).box, desk.arming_key()
        link.ask(**arm(casework, case, shot, box=box, turn=link.turn("arming"), key=key))
    desk.close()
    keyring.lock()


def _family(casework: Session, layout: Layout) -> Case:
    """Open a case whose father has said yes, for himself and for his child."""
    question = "How do I know what my baby wants?"
    in_shot = [InShot("father", "F"), InShot("child", "C", is_child=True)]
    case = open_case(casework, layout, "DEMO-1", question, in_shot)
    father, child = case.participants
    child.answered_by = father.id
    form = forms.load()["en"]
    for each in (father, child):
        said = [Told(what, "yes", "spoken", form.name, father.id) for what in _AGREED]
        note_form(casework, case, each, said)
    return case
