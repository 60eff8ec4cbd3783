"""A box on a whole computer: its button and lamp are wires, its films are read from outside."""

import queue
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.powered.machine import Machine

DATA: Final = "/var/lib/vigbox"
PYTHON: Final = "/opt/vigbox/bin/python"
LAMP: Final = {"red": 22, "green": 27, "blue": 24}
UNITS: Final = ("vigbox-lamp", "vigbox-recorder")
FOLLOW: Final = f"runuser -u vigbox-web -- {PYTHON} /inside/told.py >/dev/virtio-ports/vigbox.told"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was shown once when the disk was made; ``secret`` opens the films of ``case``."""

    passphrase: str
    case: str
    secret: str


@dataclass(frozen=True, slots=True)
class Box:
    """The box in a running machine."""

    machine: Machine
    secrets: Secrets

    def await_ready(self) -> float:
        """Wait until a press is answered; gives the seconds since the kernel began."""
        self.machine.await_units(*UNITS)
        return max(self.machine.active_s(each) for each in UNITS)

    def arm(self) -> None:
        """Arm for the case, as the unlocked web does."""
        told = f"{self.secrets.passphrase} {self.secrets.case}"
        self.machine.sh(f"cd / && runuser -u vigbox-web -- {PYTHON} /inside/arm.py {told}")

    def follow(self) -> None:
        """Begin to hear how the recorder says things stand: see :meth:`until`."""
        self.machine.start(FOLLOW)

    def press(self, for_s: float = 0.3) -> None:
        """Pull the button's wire down for a while: long stops a film."""
        self.machine.sh(
            f"echo pull-down >/run/bench/pull17; sleep {for_s}; echo pull-up >/run/bench/pull17"
        )

    def film(self, length_s: float, does: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Film by the button; what is done while it films; gives what the recorder told."""
        self.press()
        self.until_red()
        does()
        told = self.until("recording", length_s)
        self.press(3)
        self.until("idle")
        return told

    @property
    def lamp(self) -> set[str]:
        """Which of the lamp's wires are high."""
        said = self.machine.sh("cat " + " ".join(f"/run/bench/value{n}" for n in LAMP.values()))
        return {colour for colour, level in zip(LAMP, said.split(), strict=True) if level == "1"}

    def until_red(self) -> None:
        """Wait until the lamp is steadily red, which only a film on the card makes it."""
        is_red = " && ".join(
            f"test $(cat /run/bench/value{number}) = {int(colour == 'red')}"
            for colour, number in LAMP.items()
        )
        try:
            self.machine.until(f"({is_red} && sleep 1 && {is_red})", 600)
        except AssertionError as error:
            error.add_note(f"the lamp shows {self.lamp}, the recorder tells {self.last_told()}")
            raise

    def until(self, mode: str, length_s: float = 0.0, patience_s: float = 600.0) -> dict[str, Any]:
        """Wait for the recorder to tell of a mode, and of so much film; gives what it told."""
        while True:
            try:
                told = self.machine.told.get(timeout=patience_s)
            except queue.Empty:
                raise AssertionError(f"nothing was told: {self.machine.journal()}") from None
            if told["mode"] == mode and told["length_ns"] >= length_s * 1e9:
                return told

    def last_told(self) -> dict[str, Any]:
        """Give the newest of what the recorder told."""
        told = {}
        while not self.machine.told.empty():
            told = self.machine.told.get()
        return told

    def sealed(self, recording: str) -> bytes:
        """Give a film as it lies on the card."""
        return self.machine.read(f"cat {DATA}/recordings/{recording}.mp4.age")

    def failed(self) -> str:
        """Name the units that failed."""
        return self.machine.sh("systemctl --failed --no-legend --plain")


@dataclass(frozen=True, slots=True)
class Film:
    """A film opened by stock age; in memory alone."""

    data: bytes

    @classmethod
    def of(cls, sealed: bytes, secrets: Secrets, folder: Path) -> "Film":
        """Open as far as it goes: a film that was cut has no end, of which age complains."""
        identity = folder / "identity"
        identity.write_text(secrets.secret, "ascii")
        opened = subprocess.run(
            ["age", "-d", "-i", identity], input=sealed, capture_output=True, check=False
        )
        return cls(opened.stdout)

    def times_s(self) -> list[float]:
        """Give each picture's time, as stock ffprobe tells it."""
        said = self._run(
            "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time",
            "-of", "default=nk=1:nw=1", "-",
        )  # fmt: skip
        return [float(each) for each in said.split()]

    def sound(self) -> bytes:
        """Give the sound: int16, mono, 48 kHz."""
        return self._run("ffmpeg", "-v", "error", "-i", "-", "-map", "0:a", "-f", "s16le", "-")

    def pictures(self) -> bytes:
        """Give the pictures' luma, 32 pixels by 18 each."""
        scaled = ("-vf", "scale=32:18,format=gray", "-f", "rawvideo", "-")
        return self._run("ffmpeg", "-v", "error", "-i", "-", "-map", "0:v", *scaled)

    def _run(self, *words: str) -> bytes:
        done = subprocess.run(words, input=self.data, capture_output=True, check=False)
        return done.stdout
