"""The words of a certificate of erasure, marked for the catalogues."""

from typing import Any, Final

from vigbox.export.tongue import Tongue
from vigbox.model import NS


def _(words: str) -> str:
    """Mark words for the catalogues; they are translated when they are written."""
    return words


WHY: Final = {
    "consent withdrawn": _("The family took its consent back."),
    "kept until its day": _("The time for which it was kept was over."),
    "asked for at once": _("It was asked for, and done at once."),
    "its days in the bin were over": _(
        "A practitioner had put it into the bin; its days were over."
    ),
    "a machine has verified all of it": _(
        "The practitioner's computer has all of it, and its case was closed."
    ),
    "nobody filed it under a case": _(
        "It was made without a case, and nobody filed it under one in its time."
    ),
}
NOT_OVER: Final = _(
    "Something of it is still on the box. It is blocked and goes on being erased after the next "
    "unlock. This paper is no proof of an erasure: print it again when it is finished."
)
KEY: Final = _(
    "**The key was destroyed first.** All films, texts and signatures of the case were sealed to "
    "one key. Every copy of it on the box was destroyed, those for the practitioners and for the "
    "recovery sheet. Without it nobody opens what may be left of them anywhere, this box's old "
    "database included."
)
FILM_ONLY: Final = _(
    "**One recording was erased, the case goes on.** Its film, marks, clips and what waited of "
    "them were erased. The key of the case stays for its other films."
)
UNFILED: Final = _(
    "**The key was destroyed first.** This film was made without a case and sealed to a key of its "
    "own. Nobody had seen anything of it, and without that key nobody opens what may be left of it."
)
CARD: Final = _(
    "**What a memory card may still hold.** A card may keep old blocks for a while, and no program "
    "can promise that they are overwritten. What is left there is sealed."
)
ELSEWHERE: Final = _(
    "**What is out of this box's reach.** A copy that was opened on another machine, shown, "
    "printed or passed on is not touched by this. Neither is a copy of the card or of the key "
    "that somebody may have made before."
)
KEPT_ASIDE: Final = _(
    "**What an update may have kept aside.** If an update of this box did not stay, the "
    "case database of that time may lie beside it until another update stays: codes, roles and "
    "dates of this case may be in it, sealed to the box's practitioners."
)
NOT_ERASED: Final = _(
    "**They are not erased by this.** Ask whoever keeps each of them to erase it and to say so. "
    "Note the answer here:"
)
_COUNTED: Final = ("participants", "consents", "clips", "wordings", "shared_reviews")


def counts(facts: dict[str, Any], tongue: Tongue) -> str:
    """Tell how many of what were erased."""
    found, ngettext = facts.get("counts", {}), tongue.ngettext
    number = {key: int(found.get(key) or 0) for key in _COUNTED}
    said = {
        "participants": ngettext(
            "%(num)d person in the case", "%(num)d people in the case", number["participants"]
        ),
        "consents": ngettext(
            "%(num)d answer about consent", "%(num)d answers about consent", number["consents"]
        ),
        "clips": ngettext("%(num)d clip", "%(num)d clips", number["clips"]),
        "wordings": ngettext(
            "%(num)d wording of a question or goal",
            "%(num)d wordings of questions and goals",
            number["wordings"],
        ),
        "shared_reviews": ngettext(
            "%(num)d shared review", "%(num)d shared reviews", number["shared_reviews"]
        ),
    }
    told = [said[key] for key in _COUNTED if number[key]]
    if waiting := int(facts.get("exports") or 0):
        told.append(
            ngettext(
                "%(num)d export that still waited on the box",
                "%(num)d exports that still waited on the box",
                waiting,
            )
        )
    return ", ".join(told) or tongue.gettext("nothing but the films")


def openers(facts: dict[str, Any], tongue: Tongue) -> str:
    """Tell how many could open it."""
    count = int(facts.get("opened_by") or 0)
    if not count:
        return tongue.gettext("nobody any more")
    return tongue.ngettext(
        "%(num)d key holder, the recovery sheet included",
        "%(num)d key holders, the recovery sheet included",
        count,
    )


def length(length_ns: int, tongue: Tongue) -> str:
    """Tell how long a film was."""
    if not length_ns:
        return tongue.gettext("length unknown")
    minutes, seconds = divmod(length_ns // NS, 60)
    return f"{minutes} min {seconds:02d} s"
