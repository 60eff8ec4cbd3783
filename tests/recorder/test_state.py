"""The panel's rules as lists of events and the acts they lead to."""

import pytest

from vigbox.recorder.state import (
    Act,
    Asked,
    Became,
    Event,
    Pressed,
    Released,
    State,
    Tick,
)

MS = 1_000_000


def play(state: State, *events: Event) -> tuple[State, list[tuple[str, int]]]:
    acts: list[Act] = []
    for event in events:
        state, more = state.step(event)
        acts += more
    return state, [(act.what, act.at_ns // MS) for act in acts]


def press(at_ms: int, for_ms: int) -> tuple[Event, ...]:
    ticks = [Tick(ms * MS) for ms in range(at_ms + 20, at_ms + for_ms, 20)]
    return (Pressed(at_ms * MS), *ticks, Released((at_ms + for_ms) * MS))


def wait(from_ms: int, to_ms: int) -> tuple[Event, ...]:
    return tuple(Tick(ms * MS) for ms in range(from_ms, to_ms, 20))


IDLE = State()
RUNNING = State("recording")
PAUSED = State("paused")


@pytest.mark.parametrize(
    ("state", "events", "mode", "acts"),
    [
        pytest.param(IDLE, press(0, 200), "starting", [("start", 0)], id="short press starts"),
        pytest.param(IDLE, press(0, 980), "starting", [("start", 0)], id="nearly 1 s starts"),
        pytest.param(IDLE, press(0, 1000), "idle", [], id="1 s does nothing"),
        pytest.param(IDLE, press(0, 4900), "idle", [], id="nearly 5 s does nothing"),
        pytest.param(IDLE, press(0, 6000), "idle", [("pair", 5000)], id="5 s opens pairing once"),
        pytest.param(IDLE, (Pressed(0), *wait(20, 900)), "idle", [], id="nothing before release"),
        pytest.param(
            RUNNING, (*press(0, 150), *wait(160, 600)), "recording", [("mark", 0)], id="marks"
        ),
        pytest.param(
            RUNNING, (*press(0, 150), *wait(160, 400)), "recording", [], id="may become double"
        ),
        pytest.param(
            RUNNING,
            (*press(0, 700), *wait(700, 1200)),
            "recording",
            [("mark", 0)],
            id="a slow short press marks on its release",
        ),
        pytest.param(RUNNING, press(0, 1200), "recording", [], id="neither short nor a hold"),
        pytest.param(
            RUNNING, (*press(0, 150), Pressed(300 * MS)), "paused", [("pause", 0)], id="double"
        ),
        pytest.param(
            RUNNING,
            (*press(0, 100), *press(300, 100), *wait(400, 1500)),
            "paused",
            [("pause", 0)],
            id="the second release of a double press changes nothing",
        ),
        pytest.param(
            RUNNING,
            (*press(0, 100), *wait(100, 500), *press(600, 100), *wait(700, 1200)),
            "recording",
            [("mark", 0), ("mark", 600)],
            id="two presses apart are two marks",
        ),
        pytest.param(
            RUNNING,
            (*press(0, 100), Pressed(450 * MS)),
            "recording",
            [("mark", 0)],
            id="too late for a double press even without a tick between",
        ),
        pytest.param(RUNNING, press(0, 3000), "stopping", [("stop", 1500)], id="hold stops once"),
        pytest.param(
            RUNNING,
            (*press(0, 100), *press(500, 2000)),
            "stopping",
            [("mark", 0), ("stop", 2000)],
            id="a mark before a hold is not lost",
        ),
        pytest.param(PAUSED, press(0, 3000), "recording", [("resume", 0)], id="ends the pause"),
        pytest.param(State("starting"), press(0, 200), "starting", [], id="ignored till red"),
        pytest.param(State("stopping"), press(0, 200), "stopping", [], id="ignored till green"),
    ],
)
def test_presses(
    state: State, events: tuple[Event, ...], mode: str, acts: list[tuple[str, int]]
) -> None:
    after, done = play(state, *events)
    assert after.mode == mode
    assert done == acts


def test_the_press_that_stops_does_not_start_again_when_let_go() -> None:
    state, acts = play(RUNNING, Pressed(0), *wait(20, 1600), Became("over"), Released(2000 * MS))
    assert state == State("idle")
    assert acts == [("stop", 1500)]


def test_a_refused_start_leads_back_to_idle() -> None:
    state, _ = play(IDLE, *press(0, 100), Became("over"))
    assert state == State("idle")


@pytest.mark.parametrize(
    ("mode", "what", "acts"),
    [
        ("idle", "start", ["start"]),
        ("idle", "stop", []),
        ("idle", "mark", []),
        ("recording", "start", []),
        ("recording", "stop", ["stop"]),
        ("recording", "mark", ["mark"]),
        ("recording", "pause", ["pause"]),
        ("recording", "resume", []),
        ("paused", "resume", ["resume"]),
        ("paused", "mark", []),
        ("paused", "stop", ["stop"]),
        ("starting", "stop", []),
        ("stopping", "start", []),
    ],
)
def test_the_tablet_can_do_what_the_button_can(mode: str, what: str, acts: list[str]) -> None:
    _, done = play(State(mode), Asked(what, 0))  # type: ignore[arg-type]
    assert [name for name, _ in done] == acts
