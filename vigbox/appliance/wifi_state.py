"""How the box's own Wi-Fi is: what the network helper found last, for ``check`` and the pages.

The helper keeps it in ``/run/vigbox-net/state.json``, which is gone when the helper is.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

STATE: Final = Path("/run/vigbox-net/state.json")
PROFILE: Final = "vigbox"
"""How NetworkManager calls the profile of the box's own Wi-Fi, for all who ask it."""

_SENTENCES: Final = {
    "unprepared": "{detail}",
    "no-networkmanager": "NetworkManager does not run, and without it there is no Wi-Fi. "
    "Install or start it: apt install network-manager.",
    "no-radio": "No Wi-Fi radio is there. The box films all the same; its pages are reached by a "
    "cable.",
    "switched-off": "The Wi-Fi radio is off by a switch on the machine. Switch it on.",
    "blocked": "The Wi-Fi radio is blocked. Run: rfkill unblock wifi",
    "refused": "The Wi-Fi did not come up; NetworkManager says: {detail}",
    "other-country": "The radio keeps to the rules of another country than the settings name: "
    "{detail}. Start the box again.",
    "world-rules": "The Wi-Fi keeps to the rules that hold everywhere, since no radio knows the "
    "country that is set: {detail}.",
    "same-name": "Another box is in sight whose Wi-Fi has the same name, {detail}: a tablet may "
    "join either. Switch one of them off; if its card was copied, set up one of them anew.",
    "no-helper": "The network helper does not run. Start vigbox-net.",
}
"""Each problem by its name, and what a person is told."""

PROBLEMS: Final = frozenset(_SENTENCES)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``what`` is a key of the sentences."""

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return _SENTENCES[self.what].format(detail=self.detail)


@dataclass(frozen=True, slots=True)
class WifiState:
    """The name of the Wi-Fi, the box's address in it, whether it is up, what is wrong."""

    ssid: str = ""
    address: str = ""
    is_up: bool = False
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        told = " ".join(map(str, self.problems))
        if self.is_up:
            return f"{self.ssid} is up at {self.address}. {told}".strip()
        return told or f"{self.ssid or 'It'} is not up yet."

    def to_bytes(self) -> bytes:
        """Give the state as JSON."""
        return json.dumps(asdict(self)).encode()


def read_state(path: Path = STATE) -> WifiState:
    """Read what the helper said last; without it that is the problem."""
    try:
        facts = json.loads(path.read_bytes())
        problems = tuple(Problem(each["what"], each["detail"]) for each in facts["problems"])
        if unknown := {each.what for each in problems} - _SENTENCES.keys():
            raise ValueError(unknown)
        return WifiState(facts["ssid"], facts["address"], facts["is_up"] is True, problems)
    except (OSError, ValueError, KeyError, TypeError):
        return WifiState(problems=(Problem("no-helper"),))
