"""A web that takes all processors gets what the recorder leaves: cgroup v2 weighs them.

How long the recorder waited for a processor is the kernel's own count (``cpu.pressure``). The same
film goes on with the weights of both turned round, which shows that it is them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import pytest

from tests.powered.box import DATA, Box

GROUP: Final = "/sys/fs/cgroup/system.slice/vigbox-recorder.service"
FOLDER: Final = "/run/systemd/system/vigbox-web.service.d"
GREEDY: Final = "while :; do :; done & while :; do :; done & while :; do :; done & wait"
FOR_S: Final = 8


@dataclass(frozen=True, slots=True)
class Count:
    """Seconds waited for a processor, seconds since the kernel began, bytes of film on the card."""

    waited_s: float
    at_s: float
    filmed: int

    @classmethod
    def of(cls, box: Box) -> Self:
        said = box.machine.sh(
            f"head -n 1 {GROUP}/cpu.pressure; cut -d' ' -f1 /proc/uptime;"
            f" cat {DATA}/recordings/*.mp4.age | wc -c"
        )
        pressure, uptime, filmed = said.splitlines()
        return cls(int(pressure.rsplit("total=", 1)[1]) / 1e6, float(uptime), int(filmed))

    def since(self, before: Self) -> tuple[float, float]:
        """Give the share of the time that the recorder waited, and the film's kB per second."""
        took_s = self.at_s - before.at_s
        return (self.waited_s - before.waited_s) / took_s, (
            self.filmed - before.filmed
        ) / took_s / 1e3


@pytest.fixture
def greedy(box: Box) -> Box:
    """A box that films beside a web that went wrong, which keeps its own unit and limits."""
    box.press()
    box.until("recording", 1)
    box.machine.sh(
        f"mkdir -p {FOLDER} && printf '%s\\n' '[Service]' Type=exec ExecStart="
        f" 'ExecStart=/bin/sh -c \"{GREEDY}\"' >{FOLDER}/greedy.conf"
        " && systemctl daemon-reload && systemctl restart vigbox-web"
    )
    return box


def watched(box: Box) -> tuple[float, float]:
    box.machine.sh("sleep 1")
    before = Count.of(box)
    box.machine.sh(f"sleep {FOR_S}")
    return Count.of(box).since(before)


def test_a_web_that_takes_all_processors_leaves_the_recorder_its_own(
    greedy: Box, record_property: Callable[[str, object], None]
) -> None:
    def weights() -> list[str]:
        web = GROUP.replace("recorder", "web")
        return greedy.machine.sh(f"cat {GROUP}/cpu.weight {web}/cpu.weight").split()

    shipped = weights()
    waited, filmed = watched(greedy)
    for unit, weight in (("recorder", 20), ("web", 1000)):
        greedy.machine.sh(f"systemctl set-property --runtime vigbox-{unit} CPUWeight={weight}")
    turned = weights()
    waited_turned, filmed_turned = watched(greedy)
    record_property(
        "figure",
        f"beside a web that takes all processors the recorder waits {waited:.0%} of the time and"
        f" films {filmed:.0f} kB/s; with the weights turned round {waited_turned:.0%} and"
        f" {filmed_turned:.0f} kB/s",
    )
    assert (shipped, turned) == (["1000", "20"], ["20", "1000"])
    assert waited < waited_turned / 2
    assert filmed > 2 * filmed_turned
