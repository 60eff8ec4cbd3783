"""Settings: one TOML file, each key with its unit, default and allowed range.

The file is ``/etc/vigbox/vigbox.toml`` on a box (see ``config/vigbox.toml``, which names every
key with its default). :func:`load` refuses a file with a mistake in it, with a
:class:`~vigbox.errors.SettingError` that names key, value and what is allowed;
``store/settings_file.py`` takes what is right in it, for programs that must run on.
"""

import dataclasses
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vigbox.errors import SettingError

LANGUAGES: Final = ("en", "nl", "de")
RETENTION_MODES: Final = ("temporary tool", "record")
"""Cases are erased when their clock runs out, or nothing goes by its age."""


_KINDS: Final[dict[str, tuple[type, tuple[str, ...]]]] = {
    "{} must be true or false, not {}": (bool, ("two_lamps", "post_quantum", "update_from_stick")),
    "{} must be a folder's path, not {}": (Path, ("data", "run")),
    "{} must be a file's path, not {}": (Path, ("outlet_config",)),
    "{} must be a text, not {}": (
        str,
        (
            "outlet",
            "vocabulary",
            "consent_forms",
            "review_prompts",
            "microphone",
            "address",
            "country",
        ),
    ),
}
_PATHS: Final = ("data", "run", "outlet_config")


def _number(default: int, least: int, most: int) -> Any:  # noqa: ANN401  # as dataclasses.field
    return field(default=default, metadata={"least": least, "most": most})


def work_factor_for(machine_bytes: int) -> int:
    """Give scrypt's log2 N for a board: what takes a fifth of its memory at most, 15 to 18.

    N takes 2**N KiB each time a passphrase is tried. On a board of 512 MB, of which Linux has some
    400, the page had no room for 2**17: it was killed at each unlock.
    """
    return max(15, min(18, (machine_bytes // 5 // 1024).bit_length() - 1))


def _work_factor_here() -> int:
    return work_factor_for(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a service may choose: folders as paths, numbers, texts, yes and no."""

    data: Path = Path("/var/lib/vigbox")
    run: Path = Path("/run/vigbox")
    address: str = "10.42.0.1"
    # judged by the Wi-Fi alone (vigbox/appliance): a wrong one keeps nobody from filming
    country: str = ""
    width: int = _number(1280, 160, 1920)
    height: int = _number(720, 120, 1080)
    pictures_per_second: int = _number(25, 5, 30)
    bits_per_second: int = _number(4_000_000, 100_000, 20_000_000)
    # the lamp is red only while the film was durable within 2 s: the card and the next beat need
    # the last half second of them
    sync_interval_ms: int = _number(500, 100, 1_500)
    room_to_start_minutes: int = _number(30, 0, 600)
    room_to_stop_mb: int = _number(200, 1, 10_000)
    remind_after_minutes: int = _number(90, 1, 720)
    longest_recording_minutes: int = _number(240, 1, 720)
    mark_backdate_ms: int = _number(4_000, 0, 30_000)
    vocabulary: str = "vig"
    largest_import_gb: int = _number(8, 1, 64)
    consent_forms: str = ""
    review_prompts: str = "vig"
    microphone: str = ""
    language: str = "en"
    retention_mode: str = RETENTION_MODES[0]
    retention_days: int = _number(60, 1, 3_650)
    outlet: str = ""
    outlet_config: Path = Path("/etc/vigbox/rclone.conf")
    update_from_stick: bool = False
    two_lamps: bool = False
    post_quantum: bool = False
    work_factor: int = field(default_factory=_work_factor_here, metadata={"least": 15, "most": 18})
    lock_idle_minutes: int = _number(10, 1, 60)
    lock_absolute_minutes: int = _number(240, 10, 600)

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        for each in dataclasses.fields(self):
            if each.metadata:
                _check(each.name, getattr(self, each.name), **each.metadata)
        for refused, (kind, keys) in _KINDS.items():
            for key in keys:
                if not isinstance(value := getattr(self, key), kind):
                    raise SettingError(refused.format(key, repr(value)))
        for key, known in (("language", LANGUAGES), ("retention_mode", RETENTION_MODES)):
            if (value := getattr(self, key)) not in known:
                raise SettingError(f"{key} must be one of {', '.join(known)}, not {value!r}")

        _check_address(self.address)

    @property
    def room_to_start_bytes(self) -> int:
        """What the card must hold for a press to be answered."""
        film = self.room_to_start_minutes * 60 * self.bits_per_second // 8
        return max(film, self.room_to_stop_mb * 1_000_000)


def _check_address(value: str) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        raise SettingError(f"address must be one like 10.42.0.1, not {value!r}") from error


def load(path: Path) -> Settings:
    """Read a settings file.

    Raises :class:`SettingError` when it cannot be read, is not TOML, or holds a key or value
    that is not allowed.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot read the settings in {path}: {error}") from error
    for key in sorted(set(found) - KEYS):
        raise SettingError(f"{path}: {key!r} must be one of {', '.join(sorted(KEYS))}")
    return settings_of(found)


def settings_of(found: Mapping[str, Any]) -> Settings:
    """Make settings of a file's own keys and values. Raises :class:`SettingError`."""
    folders = {key: Path(found[key]) for key in _PATHS if isinstance(found.get(key), str)}
    return Settings(**{**found, **folders})


KEYS: Final = frozenset(each.name for each in dataclasses.fields(Settings))
"""Every key there is."""


def _check(key: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise SettingError(f"{key} must be a whole number from {least} to {most}, not {value!r}")
