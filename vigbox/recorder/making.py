"""One film that is being made: from the wish, until its manifest says on the card how it ended."""

from concurrent.futures import Future

from vigbox.model import Life
from vigbox.recorder.intake import End, Note
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.recording import Recording
from vigbox.store.manifests import Manifest


class Making:
    """A manifest, then a recording, then a settled manifest; asked, never waited for."""

    def __init__(self, manifest: Manifest, begun: Future[Recording]) -> None:
        self.manifest = manifest
        self.begun = begun
        self.settled: Future[None] | None = None
        """What tells that the end is on the card; None while there is a film to be made."""
        self._waiting: list[End | Note] = []

    @property
    def id(self) -> str:
        """The recording's id."""
        return self.manifest.recording

    @property
    def refusal(self) -> BaseException | None:
        """Why the film did not begin; None when it did, or may still."""
        return self.begun.exception() if self.begun.done() else None

    @property
    def recording(self) -> Recording | None:
        """The recording, once it has begun; what was asked of it before is told to it first."""
        if not self.begun.done() or self.begun.exception() is not None:
            return None
        recording = self.begun.result()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if isinstance(each, End):
                recording.stop(each)
            else:
                recording.note(each)
        return recording

    @property
    def safe_at_ns(self) -> int | None:
        """When the film was last durable, on CLOCK_MONOTONIC."""
        return self.recording.safe_at_ns if self.recording else None

    def stop(self, end: End) -> None:
        """End the film, as soon as it has begun."""
        self._waiting.append(end)

    def note(self, note: Note) -> None:
        """Put a mark or a pause into the film, as soon as it has begun."""
        self._waiting.append(note)

    def settle(self, ledger: Ledger, recording: Recording) -> None:
        """Let the manifest say how the film ended."""
        life = Life.INTERRUPTED if recording.failure else Life.FINISHED
        self.settled = ledger.settle(self.manifest.settled(life, recording.length_ns))
