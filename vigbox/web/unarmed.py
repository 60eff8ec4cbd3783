"""Presses without an armed case: what the recorder is told, and what of theirs is set right.

What is not as it shall be is told again after every unlock, and when the service's settings or the
practitioners change. A recorder that is away keeps what it had.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from vigbox.casework import unarmed, unfiled
from vigbox.casework.desk import Desk
from vigbox.casework.filing import follow_wraps, go_on
from vigbox.casework.service_file import ServiceFile
from vigbox.casework.tables import Recipient
from vigbox.errors import VigboxError
from vigbox.model import Life, Unarmed
from vigbox.store import manifests
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.store.statements import StatementError
from vigbox.store.unarmed import UnarmedPresses
from vigbox.web.recorder_link import RecorderGoneError, RecorderLink, RecorderRefusedError
from vigbox.web.services import Services


class NotFollowedError(VigboxError):
    """Films that wait to be filed cannot follow a new passphrase now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Presses:
    """What a desk can say about presses without a case; a terminal on the box makes one too."""

    layout: Layout
    public: PublicBox
    recorder: RecorderLink
    service: ServiceFile
    desk: Desk

    def file(self, recording: str, identity: bytes, case: str | None) -> None:
        """Ask the recorder to keep a film's identity as it is sealed now. Raises VigboxError."""
        facts = {"recording": recording, "identity": base64.b64encode(identity).decode()}
        if case is not None:
            facts["case"] = case
        self.recorder.granted("file", self.desk.arming_key(), **facts)

    def set_right(self) -> list[str]:
        """Make everything as it shall be; gives the recordings that wait for somebody else.

        Raises VigboxError, OSError; the next unlock tries again.
        """
        self._say()
        return self._follow(self._films())

    def welcome(self, newcomer: Recipient) -> None:
        """Let somebody open what waits, and what is pressed from now on, before they are let in.

        With it nobody changes a passphrase and finds that the recovery sheet alone opens what the
        recorder keeps. Raises :class:`NotFollowedError`; what was sealed to the newcomer by then is
        taken back at the next change or unlock.
        """
        try:
            self._say([newcomer])
            films = self._films()  # after: what is pressed now is sealed to the newcomer as well
            if any(each.life is Life.RECORDING for each in films):
                raise NotFollowedError(
                    "The box films without an armed case. Stop it first, then change the "
                    "passphrase."
                )
            self._follow(films, [newcomer])
        except (RecorderGoneError, RecorderRefusedError, OSError) as error:
            raise NotFollowedError(
                "Films that wait to be filed could not follow the new passphrase, so the one of "
                f"before still counts: {error}"
            ) from error

    def tried(self) -> str:
        """Make everything as it shall be; gives what a person must know when it failed."""
        try:
            self.set_right()
        except (VigboxError, OSError) as error:
            return (
                "This is kept, but the box could not be told: a press without an armed case does "
                f"as before. Lock and unlock the page to try again. {error}"
            )
        return ""

    def _films(self) -> list[Manifest]:
        listed = manifests.listed(self.layout, self.public.recorder)
        return [each for each in listed if each.is_unfiled]

    def _follow(self, films: list[Manifest], newcomers: Sequence[Recipient] = ()) -> list[str]:
        if not films:
            return []
        with self.desk.session() as casework:
            unfiled.see(casework, films, self.service.now.days_to_file(), None)
        go_on(self.desk, films, self)
        return follow_wraps(self.desk, films, self, newcomers)

    def _say(self, newcomers: Sequence[Recipient] = ()) -> None:
        policy = self.service.now.consent_policy
        with self.desk.session() as casework:
            to = unarmed.recipients_wished(casework, policy, newcomers)
        if unarmed.is_wished(self._kept(), to):
            return
        turn, key = self.recorder.turn("unarmed"), self.desk.arming_key()
        with self.desk.session() as casework:
            # kept exactly when the recorder took it
            self.recorder.ask(**unarmed.say(casework, to, box=self.public.box, turn=turn, key=key))

    def _kept(self) -> Unarmed | None:
        try:
            return UnarmedPresses(self.layout.unarmed, self.public.arming, self.public.box).read()
        except StatementError:
            return None  # the recorder refuses it as well, and says so


def presses(at: Services, desk: Desk) -> Presses:
    """Give what a desk can say about presses without a case."""
    return Presses(at.layout, at.public, at.recorder, at.service, desk)
