"""The service's file in the data folder: one writer, the page; wrong, it stops nothing.

A file that cannot be used is said on the page. Until it is saved anew the machine's settings hold,
and nothing is erased by its age: a service that keeps its films a year must not lose them because
a file was damaged.
"""

import dataclasses
import hashlib
import tempfile
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import tomli_w

from vigbox.casework import prompts, service, vocabulary
from vigbox.casework.retention import Retention
from vigbox.casework.service import Controller, Service, ServiceError
from vigbox.config import Settings
from vigbox.errors import SettingError
from vigbox.store.durable import save
from vigbox.store.layout import Layout

_RECORD: Final = "record"
_LARGEST_BYTES: Final = 1 << 16
_T = TypeVar("_T")


class ServiceFile:
    """What the service settled, as it is now. Threads may share it.

    Raises SettingError when the vocabulary of the machine's own settings cannot be used.
    """

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout = layout
        self._settings = settings
        self._lock = threading.Lock()
        self._shipped = vocabulary.load(settings.vocabulary), prompts.load(settings.review_prompts)
        self.problem = ""
        """A sentence about what cannot be used."""
        self.is_readable = True
        self.now = Service()
        self.version = ""
        """Changes with the file; a page that is saved says which one it showed."""
        self.vocabulary, self.prompts = self._shipped
        self.read()

    def read(self) -> None:
        """Read the file again."""
        self.problem, self.is_readable, self.now, data = "", True, Service(), b""
        try:
            data = self._bytes()
            self.now = service.from_facts(tomllib.loads(data.decode()))
        except (OSError, ValueError, SettingError, RecursionError) as error:
            self.problem = f"cannot use the service's settings in {self._layout.service}: {error}"
            self.is_readable = False
        self.version = hashlib.sha256(data).hexdigest()
        self._take_up()

    def save(self, wish: Service, known: str) -> None:
        """Keep what was settled, durably. ``known`` is the version that was shown.

        Raises :class:`~vigbox.casework.service.ServiceError`, also when somebody saved meanwhile
        or a file of one's own is chosen and not there; OSError.
        """
        with self._lock:
            if known != self.version:
                raise ServiceError(
                    "somebody changed the settings on another tablet meanwhile. "
                    "Look at them again, and then change yours."
                )
            self._check_own(wish)
            self._write(wish)

    def put_vocabulary(self, data: bytes) -> None:
        """Keep a vocabulary of one's own, and use it. Raises SettingError that says what is wrong.

        OSError too.
        """
        self._put(data, self._layout.own_vocabulary, vocabulary.load, "vocabulary")

    def put_prompts(self, data: bytes) -> None:
        """Keep prompts of one's own, and use them; as :meth:`put_vocabulary`."""
        self._put(data, self._layout.own_prompts, prompts.load, "prompts")

    def retention(self) -> Retention:
        """Give how long films stay."""
        found = service.retention(self._settings, self.now)
        return found if self.is_readable else Retention(_RECORD, found.days)

    def languages(self) -> tuple[str, ...]:
        """Give the languages that pages offer; the first is the service's own."""
        return service.languages(self._settings, self.now)

    def controller(self) -> Controller:
        """Give who answers for the films, for forms and certificates."""
        now = self.now
        return Controller(now.controller, now.address, now.data_protection, now.complaints)

    def template(self, which: str) -> bytes:
        """Give the file of the ``vocabulary`` or the ``prompts`` in use, to be changed."""
        return (self._vocabulary() if which == "vocabulary" else self._prompts()).read_bytes()

    def _bytes(self) -> bytes:
        try:
            with self._layout.service.open("rb") as file:
                data = file.read(_LARGEST_BYTES + 1)
        except FileNotFoundError:
            return b""
        if len(data) > _LARGEST_BYTES:
            raise ServiceError("it is too large.")
        return data

    def _write(self, wish: Service) -> None:
        save(self._layout.service, tomli_w.dumps(wish.facts()).encode())
        self.read()

    def _check_own(self, wish: Service) -> None:
        for chosen, path, called in (
            (wish.vocabulary, self._layout.own_vocabulary, "vocabulary"),
            (wish.prompts, self._layout.own_prompts, "prompts"),
        ):
            if chosen == "own" and not path.exists():
                raise ServiceError(f"there is no file of your own {called} yet. Give it below.")

    def _put(self, data: bytes, path: Path, load: Callable[[str], object], key: str) -> None:
        with self._lock, tempfile.TemporaryDirectory() as folder:
            proof = Path(folder, "own.toml")
            proof.write_bytes(data)
            try:
                load(str(proof))
            except SettingError as error:
                raise ServiceError(str(error).replace(str(proof), "that you gave")) from error
            save(path, data)
            own: dict[str, Any] = {key: "own"}
            self._write(dataclasses.replace(self.now, **own))

    def _take_up(self) -> None:
        words, asked = self._shipped
        self.vocabulary = self._loaded(vocabulary.load, self._vocabulary(), words)
        self.prompts = self._loaded(prompts.load, self._prompts(), asked)

    def _loaded(self, load: Callable[[str], _T], path: Path, otherwise: _T) -> _T:
        try:
            return load(str(path))
        except SettingError as error:
            self.problem = self.problem or str(error)
            return otherwise

    def _vocabulary(self) -> Path:
        chosen = self.now.vocabulary or self._settings.vocabulary
        if chosen == "own":
            return self._layout.own_vocabulary
        is_path = chosen.endswith(".toml")
        return Path(chosen) if is_path else vocabulary.SHIPPED / f"{chosen}.toml"

    def _prompts(self) -> Path:
        chosen = self.now.prompts or self._settings.review_prompts
        if chosen == "own":
            return self._layout.own_prompts
        return Path(chosen) if chosen.endswith(".toml") else prompts.SHIPPED / f"{chosen}.toml"
