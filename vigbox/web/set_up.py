"""The pages of a box that is not set up: whoever is on its Wi-Fi may set it up, once.

While that Wi-Fi is up nobody else may: a cable leads to everybody in the house.
Nothing is written before the last step: the keys wait in memory, each is read back by a person,
and then all of it is made at once. When somebody else was faster, nothing is changed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from vigbox.appliance.settling import Wish, refuse_again, settle
from vigbox.appliance.wifi_state import WifiState
from vigbox.casework.service import Service
from vigbox.casework.setup import NotNewError
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.store.layout import Layout
from vigbox.web import languages
from vigbox.web.drafts import Draft, Drafts
from vigbox.web.elsewhere import ADDRESS
from vigbox.web.paper import refuse_a_file_left
from vigbox.web.sentences import told

pages = Blueprint("set_up", __name__)

Answer = str | tuple[str, int] | AnyResponse
_DRAFT = "draft"
_TEXTS = ("controller", "address", "data_protection", "complaints")


@dataclass(slots=True)
class SetUp:
    """What the pages are built on; ``box`` is its id, ``when_settled`` is called at the end.

    ``wifi`` tells how the box's own Wi-Fi is, at each request.
    """

    layout: Layout
    settings: Settings
    box: str
    when_settled: Callable[[], None] = lambda: None
    drafts: Drafts = field(default_factory=Drafts)
    wifi: Callable[[], WifiState] = WifiState
    settled_by: str = ""
    """The token of the draft that is being settled, or was: its browser may never hear of it."""
    _settling: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def settle(self, token: str, wish: Wish) -> None:
        """Set the box up as a draft has it. Raises as :func:`~vigbox.appliance.settling.settle`."""
        with self._settling:
            if token == self.settled_by:
                return  # sent again while the first time was at work
            refuse_again(self.layout)
            self.settled_by = token
            try:
                settle(self.layout, self.settings, wish)
            except BaseException:
                self.settled_by = ""
                raise
            self.drafts.clear()
        self.when_settled()


def here() -> SetUp:
    """Give what the app that answers this request is built on."""
    return cast("SetUp", current_app.extensions["vigbox-set-up"])


@pages.before_request
def _once() -> Answer | None:
    """Show nothing but the end, once somebody has set the box up; before, nothing to outsiders."""
    at = here()
    try:
        refuse_again(at.layout)
    except NotNewError as error:
        return _refused(error, is_not_new=True)
    except VigboxError as error:
        if request.endpoint == "set_up.done":
            return None
        if request.method == "GET" or _is_theirs():
            return redirect(url_for(".done"))
        return _refused(error)
    return _outside()


@pages.get("/")
def welcome() -> Answer:
    """Welcome whoever holds the tablet, in their language."""
    draft = _draft()
    return _next(draft) if draft else render_template("set_up_welcome.html")


@pages.post("/setup/begin")
def begin() -> Answer:
    """Begin with this browser."""
    if _draft() is None:
        session[_DRAFT] = here().drafts.begin()
    return redirect(url_for(".welcome"))


@pages.get("/setup/<any(service, you, passphrase, written, sheet):step>")
def page(step: str) -> Answer:
    """Show a step, or the one that comes first."""
    draft = _draft()
    if draft is None:
        return redirect(url_for(".welcome"))
    if step in ("service", draft.step) or (step, draft.step) == ("written", "passphrase"):
        return _page(draft, step)
    return _next(draft)


@pages.post("/setup/service")
def service() -> Answer:
    """Keep who answers for the films."""

    def change(draft: Draft) -> None:
        draft.service = Service(
            controller=_text("controller"),
            address=_text("address"),
            data_protection=_text("data_protection"),
            complaints=_text("complaints"),
            language=languages.spoken(),
        )

    return _changed("service", change)


@pages.post("/setup/you")
def you() -> Answer:
    """Take the practitioner's name and draw their passphrase."""
    quantum = here().settings.post_quantum
    name = request.form.get("name", "")
    return _changed("you", lambda draft: draft.begin_keys(name, post_quantum=quantum))


@pages.post("/setup/written")
def written() -> Answer:
    """Take a word of the passphrase read back; it is shown no more."""
    return _changed("written", lambda draft: draft.prove_words(request.form.get("word", "")))


@pages.get("/setup/sheet.pdf")
def sheet() -> Response:
    """Give the recovery sheet, to be printed."""
    from vigbox.export.sheet import SheetFacts, recovery_sheet  # slow to load, seldom used

    draft = _draft()
    if draft is None or draft.keys is None or not draft.is_written:
        abort(404, "No recovery sheet waits to be printed.")
    return Response(
        recovery_sheet(SheetFacts.of(draft.keys.sheet, here().box)), mimetype="application/pdf"
    )


@pages.post("/setup/sheet")
def prove_sheet() -> Answer:
    """Take a word of the sheet read back, and set the box up."""
    at, draft = here(), _draft()
    if draft is None:
        return redirect(url_for(".welcome"))
    try:
        refuse_a_file_left()
        draft.prove_sheet(request.form.get("word", ""))
        if draft.service is None or draft.keys is None:
            return _next(draft)
        at.settle(session[_DRAFT], Wish(draft.name, draft.service, draft.keys))
    except VigboxError as error:
        return _page(draft, "sheet", told(str(error))), 400
    except OSError as error:
        why = error.strerror or str(error)
        return _page(draft, "sheet", _("The card failed: %(why)s. Try again.", why=why)), 500
    return redirect(url_for(".done"))


@pages.get("/setup/done")
def done() -> Answer:
    """Lead to the door, which opens in a moment."""
    try:
        refuse_again(here().layout)
    except VigboxError:
        return render_template("set_up_done.html", is_theirs=_is_theirs())
    return redirect(url_for(".welcome"))


def _is_theirs() -> bool:
    """Tell whether this browser set the box up; its answer may have been lost on the way."""
    token = here().settled_by
    return bool(token) and session.get(_DRAFT) == token


def _outside() -> Answer | None:
    """Ask whoever comes by a cable into the box's own Wi-Fi, while it is up."""
    wifi = here().wifi()
    if not wifi.is_up or request.environ.get(ADDRESS) == wifi.address:
        return None
    return render_template("set_up_outside.html", name=wifi.ssid), 403


def _text(key: str) -> str:
    return "\n".join(request.form.get(key, "").splitlines()).strip()


def _draft() -> Draft | None:
    return here().drafts.of(session.get(_DRAFT))


def _next(draft: Draft) -> AnyResponse:
    return redirect(url_for(".page", step=draft.step))


def _changed(step: str, change: Callable[[Draft], None]) -> Answer:
    draft = _draft()
    if draft is None:
        return redirect(url_for(".welcome"))
    if step == "written" and draft.step != "passphrase":
        return _next(draft)
    try:
        change(draft)
    except VigboxError as error:
        return _page(draft, step, told(str(error))), 400
    return _next(draft)


def _page(draft: Draft, step: str, problem: str = "") -> str:
    typed = {each: request.form.get(each, "") for each in (*_TEXTS, "name", "erased")}
    return render_template(
        f"set_up_{step}.html",
        draft=draft,
        typed=typed if request.method == "POST" else {},
        problem=problem[:1].upper() + problem[1:],
    )


def _refused(error: VigboxError, *, is_not_new: bool = False) -> tuple[str, int]:
    sentence = told(str(error))
    shown = sentence[:1].upper() + sentence[1:]
    page = render_template("set_up_problem.html", sentence=shown, is_not_new=is_not_new)
    return page, 409
