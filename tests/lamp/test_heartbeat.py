"""What the recorder says to the lamp, and that it never waits for it."""

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigbox.lamp.ear import Ear, EarError, bind
from vigbox.lamp.heartbeat import BEAT_NS, SOCKET, Heartbeat
from vigbox.lamp.message import LONGEST_BYTES, Message, message_from
from vigbox.model import NS, Lamp


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / SOCKET


@pytest.fixture
def ear(path: Path) -> Iterator[Ear]:
    ear = Ear(bind(path), {os.geteuid()})
    yield ear
    ear.close()


@pytest.fixture
def heartbeat(path: Path) -> Iterator[Heartbeat]:
    heartbeat = Heartbeat(path)
    yield heartbeat
    heartbeat.close()


def heard(ear: Ear) -> list[Message]:
    found = []
    while (datagram := ear.take(0.01)) is not None:
        message = message_from(datagram)
        assert message is not None
        found.append(message)
    return found


def test_another_word_is_said_at_once_and_the_same_one_four_times_a_second(
    ear: Ear, heartbeat: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_ns = now_ns = time.monotonic_ns()
    monkeypatch.setattr("vigbox.lamp.heartbeat.time.monotonic_ns", lambda: now_ns)
    while now_ns - start_ns < 4 * BEAT_NS:
        heartbeat.beat(Lamp.RECORDING, start_ns)
        now_ns += NS // 100
    said = heard(ear)
    assert [each.sent_at_ns - start_ns for each in said] == [n * BEAT_NS for n in range(4)]
    heartbeat.beat(Lamp.PAUSED, start_ns)
    heartbeat.beat(Lamp.RECORDING, None)
    assert [each.lamp for each in heard(ear)] == [Lamp.PAUSED, Lamp.RECORDING]
    assert {each.safe_at_ns for each in said} == {start_ns}


def test_a_recorder_that_ends_says_dark(ear: Ear, path: Path) -> None:
    heartbeat = Heartbeat(path)
    heartbeat.beat(Lamp.RECORDING, 1)
    heartbeat.close()
    assert [each.lamp for each in heard(ear)] == [Lamp.RECORDING, Lamp.DARK]


def test_nobody_there_costs_nothing(heartbeat: Heartbeat) -> None:
    heartbeat.beat(Lamp.READY, None)


def test_a_path_too_long_for_a_socket_costs_nothing(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path / ("long" * 50))
    heartbeat.beat(Lamp.READY, None)
    heartbeat.close()


def test_a_lamp_that_does_not_read_is_not_waited_for(ear: Ear, heartbeat: Heartbeat) -> None:
    def beat() -> None:
        for _ in range(2000):
            heartbeat.beat(Lamp.READY, None)
            heartbeat.beat(Lamp.DARK, None)

    # whoever waited would wait for ever: nobody reads
    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    beating.join(60)
    assert not beating.is_alive()
    assert 0 < len(heard(ear)) < 4000


def test_a_lamp_that_comes_back_is_heard_without_being_told(
    path: Path, heartbeat: Heartbeat
) -> None:
    first = Ear(bind(path), {os.geteuid()})
    heartbeat.beat(Lamp.READY, None)
    first.close()
    second = Ear(bind(path), {os.geteuid()})
    heartbeat.beat(Lamp.RECORDING, 1)
    assert [each.lamp for each in heard(second)] == [Lamp.RECORDING]
    second.close()


def test_another_user_is_not_heard(path: Path, heartbeat: Heartbeat) -> None:
    ear = Ear(bind(path), {os.geteuid() + 1})
    heartbeat.beat(Lamp.RECORDING, 1)
    assert ear.take(0.05) is None
    ear.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can borrow another user's name")
def test_the_kernel_names_the_speaker(path: Path) -> None:
    ear = Ear(bind(path), {65534})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        for user in (0, 65534):
            name = os.getpid().to_bytes(4, "little") + user.to_bytes(4, "little") + bytes(4)
            speaker.sendmsg(
                [str(user).encode()],
                [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, name)],
                0,
                str(path),
            )
    assert [ear.take(0.05), ear.take(0.05)] == [None, b"65534"]
    ear.close()


def test_what_is_too_long_is_not_heard_in_part(ear: Ear, path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        speaker.sendto(b" " * (LONGEST_BYTES + 1), str(path))
        speaker.sendto(b"x", str(path))
    assert [ear.take(0.05), ear.take(0.05)] == [None, b"x"]


def test_descriptors_that_come_along_are_closed(ear: Ear, path: Path) -> None:
    gc.collect()  # what earlier tests left is not closed in between
    before = len(list(Path("/proc/self/fd").iterdir()))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        for _ in range(50):
            speaker.connect(str(path))
            socket.send_fds(speaker, [b"x"], [0, 1, 2])
            ear.take(0.05)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EarError, match=r"cannot listen at .*nowhere.*: No such file"):
        bind(tmp_path / "nowhere" / SOCKET)
