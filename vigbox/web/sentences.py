"""What the other layers say in English, told in the language of the page.

Recorder, casework and store know no languages: they raise or answer one English sentence. Each
that people meet on a page stands here once, or in ``sentences_refused`` and ``sentences_kept``,
with a name for each of its gaps. What does not is shown as it came, in English. A test looks each
of them up in the code.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from flask import Flask
from flask_babel import gettext

from vigbox.web.sentences_health import HEALTH
from vigbox.web.sentences_kept import EVENTS, HEADINGS, WORDS
from vigbox.web.sentences_refused import REFUSALS

_GAP: Final = re.compile(r"%\((\w+)\)s")
_PERSON: Final = re.compile(r"([a-z]+)( [^(),]*)? \(([^()]*)\)")


def _(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return sentence


_SENTENCES: Final = (
    # the door
    _("That passphrase does not unlock this box. Check each word, then try again."),
    _("Word %(number)s is not one of the words of passphrases. Check its letters."),
    _("The box is locked. Unlock it with your passphrase."),
    _("That passphrase belongs to somebody who was removed from this box."),
    _("That is not the recovery sheet of this box."),
    _(
        "Too many wrong passphrases were tried on this box. Leave it switched on for %(time)s, "
        "then try again. %(button)sRecording goes on as ever."
    ),
    _(
        "Or hold the box's button while this page asks for it: that gives three more tries, once "
        "a day. "
    ),
    _(
        "No passphrase can be tried: the card cannot keep the count of tries in %(file)s "
        "(%(why)s). Make room on the card, or see that it can be written, then try again. "
        "Recording goes on by itself."
    ),
    _("%(number)s days"),
    _("%(number)s hours"),
    _("%(number)s minutes"),
    _("%(number)s seconds"),
    # the recorder
    _("The recorder does not answer. It starts again by itself; wait a few seconds."),
    _("No case is armed. Unlock the page, choose a case and arm the box for it."),
    _("The time the box was armed for is over. Unlock the page and arm it again."),
    _(
        "The card is nearly full: %(left)s MB are left, and %(minutes)s minutes of film need "
        "%(needed)s MB. Export and erase older recordings first."
    ),
    _("The box still looks for its camera. Wait a few seconds."),
    _("The card cannot be used: %(why)s. Check it, then press again."),
    _("The card can only be read. Replace it; what is on it is kept."),
    _("The card does not answer. Wait a moment; replace it if this stays."),
    _("The card failed. What is on it is kept; replace it if this stays."),
    _("The camera gives no picture. Check its cable, then look again."),
    _("The live picture broke. Look again; a film that is being made goes on."),
    _("Looking is over. Open it again from the page."),
    _("No picture yet."),
    _(
        "This tablet says it is %(time)s UTC, and this box knows that cannot be: it knows of "
        "%(day)s. Set the tablet's date, then unlock again."
    ),
    _("The camera gave no picture. Check its cable, then press again."),
    _(
        "There is no camera. Switch the box off, check the camera's cable at both ends, and "
        "switch it on again."
    ),
    _(
        "The camera hangs since it was last stopped. It comes back when the recorder starts "
        "again; if it does not, switch the box off and on."
    ),
    _(
        "The camera cannot film: %(why)s. Switch the box off, check the camera's cable, and "
        "switch it on again."
    ),
    _("The camera cannot be opened: %(why)s. Stop whatever else uses it, then try again."),
    _("There is no microphone at all. Plug one in, or check its cable and its overlay."),
    _(
        'The microphone "%(name)s" hangs since it was last stopped. Pull it out and plug it in '
        "again; if that does not help, restart the box."
    ),
    _(
        "The microphone hangs since it was last opened. Pull it out and plug it in again; if that "
        "does not help, restart the box."
    ),
    _(
        'The microphone "%(name)s" cannot be opened: %(why)s. Check that nothing else records '
        "from it, or plug it in again."
    ),
    _("The card failed: %(why)s. What is on it is kept."),
    _("This recording is still being made. Stop it first."),
    _("A film is being made. Arm the box when it is over."),
    _(
        "What the box films for has changed, so this film does not go on. Press again for a new "
        "one."
    ),
    # what is not as it was
    _("The box is armed for a case or recipient that it does not know. Arm it again."),
    _(
        "The %(name)s key of this box is not the one of its set-up: somebody changed box.json. "
        "Record nothing with it, and tell your data-protection officer."
    ),
    _(
        "The film of %(when)s for %(case)s is sealed to somebody else than that case. Keep the "
        "card, and tell your data-protection officer."
    ),
    # recordings, marks, clips
    _("There is no such case."),
    _("There is no such recording."),
    _("There is no such recording. It may have been erased."),
    _("%(what)s. The film is left as it is."),
    _("Nothing of this film reached the card before it was cut."),
    _("The key of this case was destroyed: nobody can open its films any more."),
    _("This case is not shared with you. Ask a colleague who opens it to share it."),
    _("There is no such mark."),
    _("There is no such mark. It may have been removed."),
    _("There is no such clip. It may have been removed."),
    _("That moment is not inside the film. Choose another one."),
    _("A clip's out must come after its in, both inside the film. Set them again."),
    _("Only chosen clips have an order. Choose it first."),
    _("A clip's %(what)s may have %(count)s letters. Make it shorter."),
    _("The freeze frame must be a picture inside the clip. Choose another."),
    _("That computer is not paired any more, or none was chosen. Choose one."),
    _("There is no machine to export for. Pair your computer first, on the page Machines."),
    _("There is nothing to undo."),
    _("There is nothing to do again."),
    _("Only who may open this case can undo that."),
    _("The clip is back, without what was exported of it. Export it again."),
    _("What was exported of the clip went from this box with it."),
    # exports
    _("Nothing is chosen to be made. Choose what shall leave."),
    _("No clip is chosen. Choose at least one."),
    _("A clip of this export was removed. Order it again without that clip."),
    _("A clip was moved while this export was made. Try again."),
    _("This export is %(state)s: it cannot be tried again."),
    _("This export is %(state)s already: it cannot be cancelled."),
    _("This export does not wait here any more: it cannot be withdrawn."),
    _("There is nothing to make of these clips. Choose something else."),
    _("This box does not know how to make this export. Order it again."),
    _("Its recording is in the bin, or was erased. Nothing is exported of it."),
    _("Its recording was erased."),
    _("Its recording went into the bin."),
    _("This export could not be made. Try again; if it stays, choose less at a time."),
    _(
        "There is too little room on the card to make this export beside the next recording. Erase "
        "what was fetched, or older recordings, then try again."
    ),
    _(
        "This browser reached the box over a line that others can read. Open the box's page with "
        "https, or export for a paired computer."
    ),
    _("this browser"),
    # what was changed, after "Undo:"
    _("name"),
    _("note"),
    _("reception"),
    _("response"),
    _("mark made"),
    _("mark removed"),
    _("clip made"),
    _("clip removed"),
    _("clip moved"),
    _("clip chosen"),
    _("clip set aside"),
    _("clip named"),
    _("order changed"),
    _("principles changed"),
    _("initiative noted"),
    _("reception noted"),
    _("response noted"),
    _("note changed"),
    _("speed changed"),
    _("freeze frame changed"),
    # who is in shot
    _("mother"),
    _("father"),
    _("carer"),
    _("child"),
    _("sibling"),
    _("grandparent"),
    _("professional"),
    # films from elsewhere
    _("Another film is on its way in. Let it end, go on with it, or let it be."),
    _("Choose the case that the film belongs to."),
    _("Everybody in the film must have agreed to it being used for this work."),
    _("Say on which day the film was made."),
    _("The file is empty. Choose the film itself."),
    _("The file is larger than %(size)s GB. Cut or save it smaller."),
    _("There is no such import. It may have been let be."),
    _("This is not a film that can be read here. Choose an MP4, MOV, WebM, MKV, AVI or MTS file."),
    _("This is a list of addresses, not a film. Choose the film itself (MP4, MOV, WebM)."),
    _("The card cannot be written: %(why)s. What came before is kept."),
    _(
        "There is too little room on the card for this film beside the next recording: "
        "%(left)s MB of %(needed)s MB. Export and erase older recordings first."
    ),
    _("The box is recording; this goes on afterwards."),
    _("Nothing was added to it for a week, so it was cleared away. Add it again."),
    _("The file was cut off: %(here)s of %(whole)s were in it, and are here."),
    # keys
    _("A passphrase is changed by its owner, or with the recovery sheet."),
    _("%(name)s is the only practitioner. Add another one first."),
    _(
        "Nobody but %(name)s opens %(codes)s. Let them share it first, or unlock with the "
        "recovery sheet."
    ),
    _("A name is needed that is not yet taken, not %(name)s."),
    _("This box seals to recipients of one kind alone, %(kind)s. Ask for one like that."),
    _("That is not word %(number)s of the sheet. Look at the numbered words and try again."),
    _("No recovery sheet waits to be printed."),
    _("First erase the sheet's file where it was saved, then tick that there is none."),
    _("This came from another page. Open the box's own page and try again."),
    # keepsakes and masks
    _("Choose one to %(most)s photos for the keepsake."),
    _("That photo is of none of these clips."),
    _(
        "Faces cannot be looked for: OpenCV is not installed on this box "
        "(opencv-python-headless). Masks can still be drawn by finger."
    ),
    _(
        "Faces cannot be looked for: the detector's weights are damaged. Install vigbox again; "
        "masks can still be drawn by finger."
    ),
    _(
        "Cannot mask: the film's picture %(number)s does not decode. "
        "Choose a clip that begins after it or ends before it."
    ),
    _("Faces are covered in clips of up to a minute. Choose a shorter moment."),
    _("The clip was moved since its faces were looked for. Look for them again."),
    _("The clip was moved meanwhile. Look for its faces again."),
    _("The masks were changed since you looked. Look at all of it again."),
    _("The masks were changed meanwhile. Look at all of it again."),
    _("These masks were changed on another tablet meanwhile. Load the page."),
    _("Nothing is covered in this clip, so nobody is masked. Draw a mask first."),
    _("Nobody has looked at all of this clip's masks yet. Open its masks, look, and say so."),
    _("These are more masks than a clip can have. Take a shorter clip."),
)

SENTENCES: Final = tuple(
    dict.fromkeys((*_SENTENCES, *REFUSALS, *HEALTH, *EVENTS, *WORDS, *HEADINGS))
)
"""Every sentence that is told in other languages, as gettext writes it."""


def register(app: Flask) -> None:
    """Make the filter ``told`` known to the templates."""
    app.add_template_filter(told)


def told(sentence: str) -> str:
    """Give a sentence of another layer in the language of this request."""
    for msgid, pattern in _patterns():
        if match := pattern.fullmatch(sentence):
            gaps = {name: _told_gap(name, text) for name, text in match.groupdict().items()}
            return str(gettext(msgid, **gaps))
    return sentence


def _told_gap(name: str, text: str) -> str:
    if name == "choices":
        return ", ".join(told(each) for each in text.split(", "))
    if name == "whom":  # mother M (not asked yet), child C (said no)
        return _PERSON.sub(lambda one: f"{told(one[1])}{one[2] or ''} ({told(one[3])})", text)
    return told(text) if text else ""


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    # what has more words of its own says more, and is tried first
    ordered = sorted(SENTENCES, key=lambda each: -len(_GAP.sub("", each)))
    return tuple((each, re.compile("".join(_parts(each)), re.DOTALL)) for each in ordered)


def _parts(sentence: str) -> Iterator[str]:
    """Give a sentence as a pattern; its first letter may be small, as within a log's line."""
    for n, part in enumerate(_GAP.split(sentence)):
        if n % 2:
            yield f"(?P<{part}>.*)"
        elif n == 0 and part:
            yield f"[{re.escape(part[0].upper())}{re.escape(part[0].lower())}]"
            yield re.escape(part[1:])
        else:
            yield re.escape(part)
