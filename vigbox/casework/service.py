"""What a service settled: who answers for the films, how long they stay, in which words it works.

These are the service's own words, changed on the page by any practitioner of the box; the machine's
settings (:mod:`vigbox.config`) are root's. What a service did not say, the machine's settings say.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from vigbox.casework.retention import MODES, Retention
from vigbox.casework.unfiled import UNFILED_DAYS
from vigbox.config import LANGUAGES, Settings
from vigbox.errors import SettingError

VOCABULARIES: Final = ("vig", "verp", "vipp-sd", "marte-meo", "own")
PROMPTS: Final = ("vig", "own")
BEFORE_FILMING: Final = "before filming"
ASK_BEFORE_REVIEW: Final = "ask before review"
POLICIES: Final = (BEFORE_FILMING, ASK_BEFORE_REVIEW)
"""When a service asks for consent. With the second a press without an armed case films as well;
nothing of it is seen before it is filed under a case, with consent."""
AFTER_SYNC: Final = ("keep", "exports", "films")
"""What goes from the box once a machine has verified an export: nothing; that export; or that, and
of a closed case each recording that it showed whole (see ``fetched_films``)."""

MOST_DAYS: Final = 3_650
_LONGEST: Final = {"controller": 120, "address": 240, "data_protection": 240, "complaints": 240}
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_ONE_OF: Final = {
    "retention_mode": ("", *MODES),
    "consent_policy": POLICIES,
    "erase_after_sync": ("", *AFTER_SYNC),
    "vocabulary": ("", *VOCABULARIES),
    "prompts": ("", *PROMPTS),
    "language": ("", *LANGUAGES),
}
_DAYS: Final = {
    "retention_days": "days that films stay after a case is closed",
    "consent_days": "days that a consent holds",
    "unfiled_days": "days that a film waits to be filed",
}


class ServiceError(SettingError):
    """A service cannot settle that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the films, and where a family turns to, as forms print it."""

    name: str
    address: str
    data_protection: str
    complaints: str

    @property
    def line(self) -> str:
        """Give name and address on one line; empty when the service said neither."""
        return ", ".join(each for each in (self.name, *self.address.splitlines()) if each.strip())


@dataclass(frozen=True, slots=True)
class Service:
    """What a service settled; an empty text, or 0, where it said nothing.

    ``consent_days`` 0: a consent has no end by itself; ``unfiled_days`` 0: as the box came;
    ``erase_after_sync`` empty: keep;
    ``languages`` are those that pages offer.
    Raises :class:`ServiceError` with a sentence for what cannot be.
    """

    controller: str = ""
    address: str = ""
    data_protection: str = ""
    complaints: str = ""
    retention_mode: str = ""
    retention_days: int = 0
    consent_policy: str = BEFORE_FILMING
    consent_days: int = 0
    unfiled_days: int = 0
    erase_after_sync: str = ""
    vocabulary: str = ""
    prompts: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for key, longest in _LONGEST.items():
            _check_text(key, getattr(self, key), longest)
        for key, called in _DAYS.items():
            _check_days(called, getattr(self, key))
        for key, known in _ONE_OF.items():
            if (value := getattr(self, key)) not in known:
                told = ", ".join(each for each in known if each)
                raise ServiceError(f"the {_said(key)} must be one of {told}, not {value!r}.")
        _check_languages(self.languages, self.language)

    def facts(self) -> dict[str, Any]:
        """Give what the file says: what was said, and nothing else."""
        said = dataclasses.asdict(self) | {"languages": list(self.languages)}
        return {key: value for key, value in said.items() if value not in ("", 0, [])}

    def days_to_file(self) -> int:
        """Give how many days a film that was made without a case waits to be filed."""
        return self.unfiled_days or UNFILED_DAYS

    @property
    def erases_exports(self) -> bool:
        """Whether an export goes from the box once its machine has verified it."""
        return self.erase_after_sync in AFTER_SYNC[1:]

    @property
    def erases_films(self) -> bool:
        """Whether a closed case's recording goes once a machine has verified it whole."""
        return self.erase_after_sync == AFTER_SYNC[2]

    def consent_until(self, given_on: date) -> date | None:
        """Give the last day that a consent of a day holds by itself; None for no end."""
        return given_on + timedelta(days=self.consent_days) if self.consent_days else None


def from_facts(facts: Mapping[str, Any]) -> Service:
    """Make a service of what a file says. Raises :class:`ServiceError`."""
    known = {each.name for each in dataclasses.fields(Service)}
    for key in sorted(set(facts) - known):
        raise ServiceError(f"{key!r} must be one of {', '.join(sorted(known))}.")
    languages = facts.get("languages", [])
    if not isinstance(languages, (list, tuple)):
        raise ServiceError(f"the languages must be a list, not {languages!r}.")
    return Service(**(dict(facts) | {"languages": tuple(languages)}))


def retention(settings: Settings, service: Service) -> Retention:
    """Give how long films stay: as the service says, else as the machine's settings say."""
    return Retention(
        service.retention_mode or settings.retention_mode,
        service.retention_days or settings.retention_days,
    )


def languages(settings: Settings, service: Service) -> tuple[str, ...]:
    """Give the languages that pages offer; the first is the service's own."""
    own = service.language or settings.language
    return (own, *(each for each in service.languages or LANGUAGES if each != own))


def changes(before: Service, after: Service) -> str:
    """Tell what became different, for the audit; of what may hold a name, only that it did."""
    told = []
    for each in dataclasses.fields(Service):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old != new:
            is_text = each.name in _LONGEST
            told.append(_said(each.name) + ("" if is_text else f" {_shown(old)} to {_shown(new)}"))
    return ", ".join(told)


def _shown(value: object) -> str:
    return ("+".join(value) if isinstance(value, tuple) else str(value or "")) or "as the box"


def _said(key: str) -> str:
    return key.replace("_", " ")


def _check_text(key: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or _CONTROL.search(value):
        raise ServiceError(f"the {_said(key)} must be a plain text. Type it again.")
    if len(value) > longest:
        raise ServiceError(f"the {_said(key)} may have {longest} letters. Make it shorter.")


def _check_days(called: str, value: object) -> None:
    if type(value) is not int or not 0 <= value <= MOST_DAYS:
        raise ServiceError(f"the {called} must be a whole number up to {MOST_DAYS}, not {value!r}.")


def _check_languages(offered: tuple[object, ...], own: str) -> None:
    for each in offered:
        if each not in LANGUAGES:
            told = ", ".join(LANGUAGES)
            raise ServiceError(f"a language must be one of {told}, not {each!r}.")
    if own and offered and own not in offered:
        raise ServiceError("the service's own language must be among those it offers.")
