"""Whether there is a camera: learned in the background, and never while it is open."""

import threading
import time
from collections.abc import Callable

import pytest

from vigbox.devices import sight as sight_module
from vigbox.devices.camera import AbsentError, CameraError
from vigbox.devices.sight import EVERY_NS, Sight
from vigbox.model import NS

PATIENCE_S = 60.0


class Place:
    """Where a camera may be; counts how often it was looked for."""

    def __init__(self, *, has_camera: bool) -> None:
        self.has_camera = has_camera
        self.is_free = True
        self.looks = 0
        self.may_look = threading.Event()
        self.may_look.set()
        self.sight = Sight(self._look, lambda: self.is_free)

    def _look(self) -> None:
        self.looks += 1
        assert self.may_look.wait(PATIENCE_S)
        if not self.has_camera:
            raise AbsentError("there is no camera")

    def until(self, is_so: Callable[[str | None], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if is_so(self.sight.problem()):
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"still not, after {self.looks} looks")

    def try_it(self, error: CameraError | None = None) -> None:
        with self.sight.trying():
            if error is not None:
                raise error


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight_module, "_FIRST_NS", 0)


def test_nobody_knows_until_the_first_look_is_over() -> None:
    place = Place(has_camera=True)
    place.may_look.clear()
    assert place.sight.problem() is None
    place.until(lambda _: place.looks == 1)
    assert place.sight.problem() is None
    place.may_look.set()
    place.until(lambda problem: problem == "")
    assert place.looks == 1, "one that is there is not looked for again"


def test_the_first_question_begins_no_look_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight_module, "_FIRST_NS", 3600 * NS)
    place = Place(has_camera=True)
    assert place.sight.problem() is None
    assert place.sight.problem() is None
    assert place.looks == 0


def test_one_that_is_not_there_is_looked_for_again_and_ever_more_seldom() -> None:
    place = Place(has_camera=False)
    place.until(lambda problem: problem == "there is no camera")
    waits = []
    for _ in range(7):
        waits.append(place.sight._wait_ns)
        place.sight._due_ns, before = 0, place.looks
        place.until(lambda _, before=before: place.looks > before)  # type: ignore[misc]
        place.until(lambda _: not place.sight._in_use.locked())
    assert waits == sorted(waits)
    assert waits[-1] == EVERY_NS
    place.has_camera, place.sight._due_ns = True, 0
    place.until(lambda problem: problem == "")


def test_it_is_not_looked_for_while_it_is_open_or_about_to_be() -> None:
    place = Place(has_camera=False)
    place.is_free = False
    place.sight.problem()
    place.sight._look_now()  # one that was about to begin
    assert (place.looks, place.sight._wait_ns) == (0, NS)
    place.is_free = True
    with place.sight.trying():
        place.sight._due_ns = 0
        assert place.sight.problem() is None
        assert place.looks == 0


def test_a_try_waits_for_a_look_that_is_under_way() -> None:
    place = Place(has_camera=True)
    place.may_look.clear()
    place.until(lambda _: place.looks == 1)
    tried = threading.Thread(target=place.try_it)
    tried.start()
    tried.join(0.1)
    assert tried.is_alive()
    place.may_look.set()
    tried.join(PATIENCE_S)
    assert not tried.is_alive()


def test_what_it_refuses_with_stays_until_it_films() -> None:
    place = Place(has_camera=True)
    place.until(lambda problem: problem == "")
    with pytest.raises(CameraError):
        place.try_it(CameraError("it cannot film"))
    place.sight._due_ns = 0
    assert place.sight.problem() == "it cannot film"
    assert place.looks == 1, "that it is listed says nothing of that"
    place.try_it()
    assert place.sight.problem() == "it cannot film", "opened is not filmed"
    place.sight.refused(AbsentError("it hangs"))
    place.sight._due_ns = 0
    assert place.sight.problem() == "it hangs"
    assert place.looks == 1, "that it hangs no more says nothing of that either"
    place.sight.saw()
    assert place.sight.problem() == ""


def test_one_that_was_away_at_a_try_is_looked_for() -> None:
    place = Place(has_camera=True)
    place.may_look.clear()
    with pytest.raises(AbsentError):
        place.try_it(AbsentError("there is no camera"))
    assert place.sight.problem() == "there is no camera"
    place.may_look.set()
    place.until(lambda problem: problem == "")


def test_without_a_thread_to_be_had_nothing_is_known_and_nothing_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Place(has_camera=True)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_thread)
        assert place.sight.problem() is None
    place.sight._due_ns = 0
    place.until(lambda problem: problem == "")


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
