"""The microphone of a recording: opened again beside the film when it has fallen silent."""

import logging
import threading
from typing import Final

from vigbox.devices.microphone import Microphone
from vigbox.errors import VigboxError
from vigbox.recorder.intake import Intake

_log = logging.getLogger(__name__)

_PAUSE_S: Final = 0.1
_EVERY_S: Final = 5.0
_PATIENCE_S: Final = 2.0


class Hearing:
    """Feeds a microphone into an intake until stopped; one that hangs holds up nothing else."""

    def __init__(self, microphone: Microphone, intake: Intake) -> None:
        self._microphone = microphone
        self._intake = intake
        self._over = threading.Event()
        self._trying = threading.Lock()
        self.refusal = ""
        """Why the microphone cannot be opened, in its own words; empty once it can."""

    def start(self) -> None:
        """Begin to hear; a microphone that refuses is tried again, and the picture goes on."""
        if not self._open():
            self.again()

    def again(self) -> None:
        """Open the microphone anew, every few seconds, until it is heard; returns at once."""
        if not self._trying.acquire(blocking=False):
            return
        try:
            threading.Thread(target=self._try, name="hearing", daemon=True).start()
        except RuntimeError as error:  # no thread can be had: the picture goes on
            self._trying.release()
            _log.error("the microphone cannot be opened again: %s", error)

    def stop(self) -> None:
        """End, within seconds; a microphone that hangs while it is opened is left behind.

        Its sound comes too late for any film: what hangs stops it as soon as it is open.
        """
        patience_s = 0.0 if self._over.is_set() else _PATIENCE_S
        self._over.set()
        if not self._trying.acquire(timeout=patience_s):
            _log.warning("the microphone hangs while it is opened; the film ends without it")
            return
        try:
            self._microphone.stop()
        finally:
            self._trying.release()

    def _try(self) -> None:
        try:
            before_ns = self._intake.sound_at_ns
            while self._intake.sound_at_ns == before_ns and not self._over.wait(_PAUSE_S):
                self._microphone.stop()
                self._open()
                self._over.wait(_EVERY_S)
        finally:
            if self._over.is_set():  # whoever asked for the end may not have waited
                self._microphone.stop()
            self._trying.release()

    def _open(self) -> bool:
        try:
            self._microphone.start(self._intake.put)
        except VigboxError as error:
            self.refusal = str(error)
            _log.warning("%s", error)
            return False
        self.refusal = ""
        return True
