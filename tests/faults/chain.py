"""Lives of a recorder one after the other on one folder, each cut and each begun by a press."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.kept import Tally, read
from tests.faults.rig import Rig, furnish
from vigbox.errors import VigboxError
from vigbox.model import NS, Lamp, Life
from vigbox.recorder.recovery import settle
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout

LONGEST_S: Final = 3.0


@dataclass
class Chain:
    """Lives one after the other on one folder, each cut at a moment of its own.

    A lit room fills 4 Mbit/s; a dark one leaves a trickle, so that little is whole at a cut.
    """

    data: Path
    cut: Callable[[Rig], None]
    rng: random.Random
    is_dark: bool = False
    identity: X25519Identity = field(default_factory=X25519Identity.generate)
    filmed_ns: dict[str, int] = field(default_factory=dict)
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = furnish(self.data, self.identity)

    def live(self) -> None:
        """Press at once and be cut: before red, while filming, or while the film is ended.

        A recorder that was killed moments ago may go on by itself with the press before.
        """
        if self.rng.random() < 0.5:
            self.forget_press()
        known = self.recordings()
        with Rig(self.data, is_dark=self.is_dark) as rig:
            rig.until("it can film", lambda: rig.lamp in (Lamp.READY, Lamp.RECORDING))
            if rig.lamp is Lamp.READY:
                rig.press()
            self._wait(rig, time.monotonic_ns())
            cut_ns = time.monotonic_ns()
            self.cut(rig)
            self._note(rig.filmed_ns(cut_ns), known)

    def last_press(self) -> None:
        """Film and stop in order, as if nothing had ever happened."""
        self.forget_press()
        known = self.recordings()
        with Rig(self.data, is_dark=self.is_dark) as rig:
            rig.until_lamp(Lamp.READY)
            rig.press()
            rig.until_lamp(Lamp.RECORDING)
            rig.until_time(time.monotonic_ns() + NS)
            rig.hold()
            rig.until_lamp(Lamp.READY)
            assert rig.stop() == 0, rig.log()
            self._note(rig.filmed_ns(time.monotonic_ns()), known)

    def forget_press(self) -> None:
        """Let so much time pass that the next recorder waits for a press of its own."""
        (self.data / "recorder" / "press.json").unlink(missing_ok=True)

    def recordings(self) -> set[str]:
        """Give the ids of all manifests on the card."""
        return {each.stem for each in self.layout.recordings.glob("*.json")}

    def judge(self, tally: Tally) -> None:
        """Settle, then read every film."""
        key = SigningKey.from_text(self.layout.recorder_key.read_text("ascii"))
        settle(self.layout, key)
        lives = {each.recording: each.life for each in manifests.listed(self.layout)}
        assert set(lives) == set(self.filmed_ns)
        assert Life.RECORDING not in lives.values()
        films = {each.name.split(".")[0] for each in self.layout.recordings.glob("*.mp4.age")}
        assert films <= set(lives), "a film without its manifest"
        for recording, filmed_ns in self.filmed_ns.items():
            try:
                tally.add(filmed_ns, read(self.layout, recording, self.identity), recording)
            except (VigboxError, AssertionError, ValueError) as error:
                tally.faults.append(f"{recording} cannot be read: {error!r}")
        assert lives[list(self.filmed_ns)[-1]] is Life.FINISHED

    def _wait(self, rig: Rig, pressed_ns: int) -> None:
        match self.rng.randrange(8):
            case 0:
                rig.until_time(pressed_ns + self.rng.randrange(NS // 2))
            case 1:
                rig.until_time(pressed_ns + NS + self.rng.randrange(NS))
                rig.hold()
                rig.until_time(time.monotonic_ns() + self.rng.randrange(NS // 5))
            case _:
                rig.until_time(pressed_ns + int(self.rng.uniform(0.4, LONGEST_S) * NS))

    def _note(self, filmed_ns: int, known: set[str]) -> None:
        new = self.recordings() - known
        if not new:
            assert not filmed_ns, f"{filmed_ns} ns were filmed and nothing is kept"
        for recording in new:
            self.filmed_ns[recording] = filmed_ns
