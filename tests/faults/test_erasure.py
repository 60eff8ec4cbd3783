"""Killed at any moment of an erasure: it goes on, and is never said to be over before it is.

The process is killed at system calls that change the card, drawn by a seed from all that the
erasure makes; ``VIGBOX_SOAK=1`` draws fifty, ordinary runs a tenth. VIGBOX_SEED brings them back.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from tests.casework.test_database import plain_bytes
from tests.certificates import issue
from tests.faults import injection
from tests.faults.erasing import keyring_of, take_up, unlocked
from tests.media import drawn
from vigbox.casework.audit import first_broken
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.export_gate import KEPT
from vigbox.casework.goals import word_question
from vigbox.casework.retention import to_bin
from vigbox.casework.setup import Secrets, set_up
from vigbox.casework.tables import AuditEvent, Case, Disclosure, Export, Filmed
from vigbox.delivery.machines import Machines
from vigbox.delivery.outbox import Outbox
from vigbox.model import Life, new_id, now_at
from vigbox.seal.errors import SealError
from vigbox.seal.identities import Identity, X25519Identity, parse_identities, parse_identity
from vigbox.seal.keyring import Keyring
from vigbox.seal.opening import open_bytes
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import FilmSealer, seal_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

SOAK = os.environ.get("VIGBOX_SOAK") == "1"
SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
KILLS = 50 if SOAK else 5
CALLS: Final = "write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,rmdir"
PNG: Final = b"\x89PNG a signature"


@dataclass
class Before:
    """A box with a case to erase and another one, and what is known of both."""

    layout: Layout
    secrets: Secrets
    case: str = ""
    other: str = ""
    films: dict[str, bytes] = field(default_factory=dict)
    exports: list[str] = field(default_factory=list)
    plain: bytes = b""
    sealed_question: bytes = b""

    def moved(self, data: Path) -> Layout:
        """Give a box of its own, as this one is."""
        shutil.copytree(self.layout.data, data)
        return Layout(data)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    layout = Layout(tmp_path_factory.mktemp("box") / "data")
    box = Before(layout, set_up(layout, name="Anna", work_factor=10))
    box.plain = bytes(drawn.record(drawn.shots(2, 1), drawn.blocks(2, 1)).data)
    desk = Desk(layout, keyring_of(layout, box.secrets.passphrase))
    box.case, box.other = (_fill(box, desk, code) for code in ("GONE-1", "STAYS-1"))
    desk.database.purge()
    desk.close()
    return box


def _fill(box: Before, desk: Desk, code: str) -> str:
    people = [InShot("mother", "M"), InShot("child", "C")]
    with desk.session() as session:
        case = open_case(session, box.layout, code, "What soothes him?", people)
        case_id, recipient = case.id, case.recipient
    films = [_film(box.layout, case_id, recipient, box.plain) for _ in range(3)]
    machine, _ = Machines(box.layout.machines).add(
        "Annas laptop", str(X25519Identity.generate().recipient), issue
    )
    waiting = []
    for _ in range(2):
        waiting.append(new_id())
        with Outbox(box.layout.exports).begin(waiting[-1], machine) as draft:
            with draft.part("clip-1.mp4.age", "clip.mp4", "clip") as sink:
                sink.write(box.plain)
            draft.commit(SigningKey.from_text(box.layout.device_key.read_text("ascii")), code)
    with desk.session() as session:
        case = session.get_one(Case, case_id)
        told = Told("filming", "yes", "signature", "1", evidence=PNG)
        note_answer(session, case, case.participants[0], told)
        word_question(session, case, "What helps him?")
        clip = add_clip(session, case, films[0], "He laughs", (0, 5), 200)
        session.flush()
        one = session.get_one(Case, case_id)
        for export, verified_at in ((waiting[0], ""), (new_id(), now_at())):
            row = Disclosure(what="clip", to_whom=machine.name, purpose=KEPT)
            row.export_id, row.verified_at = export, verified_at
            disclose(session, one, row, [])
            session.add(
                Export(
                    id=export, clip_id=clip.id, machine=machine.id, machine_name=machine.name,
                    made_at=now_at(), verified_at=verified_at,
                )
            )  # fmt: skip
        row = Disclosure(what="one person's data", to_whom=machine.name, purpose="subject access")
        row.export_id = waiting[1]
        disclose(session, one, row, [])
        binned = Filmed(recording=films[2], case_id=case_id, kind="interaction")
        session.add(binned)
        to_bin(session, binned)
    if code == "GONE-1":
        box.films = {each: box.layout.film(each).read_bytes() for each in films}
        box.exports, box.sealed_question = waiting, case.sealed_question
    return case_id


def _film(layout: Layout, case: str, recipient: str, plain: bytes) -> str:
    recording = new_id()
    with layout.film(recording).open("wb") as file:
        sealer = FilmSealer(file, [parse_recipient(recipient)])
        sealer.write(plain)
        sealer.finish()
    for path in (layout.index(recording), layout.lane(recording)):
        path.write_bytes(seal_bytes(b"beside", [parse_recipient(recipient)]))
    manifest = Manifest(recording, case, (recipient,), "b", now_at(), 2 * 10**9, Life.FINISHED)
    manifests.write(layout, manifest, SigningKey.from_text(layout.recorder_key.read_text()))
    return recording


def _run(layout: Layout, box: Before, *options: str) -> subprocess.CompletedProcess[str]:
    child = [sys.executable, "-m", "tests.faults.erasing", str(layout.data), box.case]
    return subprocess.run(
        ["strace", "-f", "-e", f"trace={CALLS}", *options, *child],
        input=box.secrets.passphrase + "\n", capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, cwd=Path(__file__).parents[2],
    )  # fmt: skip


@pytest.fixture(scope="module")
def moments(before: Before, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """Every change of the card that an erasure makes: which call, and the how manieth it is."""
    folder = tmp_path_factory.mktemp("whole")
    log = folder / "calls"
    whole = _run(before.moved(folder / "data"), before, "-o", str(log))
    assert "end" in whole.stdout, whole.stderr
    lines = [re.match(r"(\d+) +(\w+)\((.*)", each) for each in log.read_text().splitlines()]
    found = [each for each in lines if each and each[2] in CALLS.split(",")]
    counted: Counter[str] = Counter()
    moments, is_on = [], False
    for each in found:
        if each[1] != found[0][1]:
            continue
        counted[each[2]] += 1
        if '"begin' in each[3] or '"end' in each[3]:
            is_on = '"begin' in each[3]
        elif is_on:
            moments.append((each[2], counted[each[2]]))
    return moments


def left_of(box: Before, layout: Layout) -> set[str]:
    """Name the files that a case still has on the card."""
    paths = [layout.case_identity(box.case), *(layout.exports / each for each in box.exports)]
    for recording in box.films:
        made = (layout.film, layout.index, layout.manifest, layout.lane)
        paths += [path(recording) for path in made]
    begun = [each.with_name(each.name + ".tmp") for each in paths]
    return {str(each.relative_to(layout.data)) for each in (*paths, *begun) if each.exists()}


def keys_left(box: Before, layout: Layout, desk: Desk, copy: Path) -> list[Identity]:
    """Give every identity that anybody finds on the box, with all its secrets at hand."""
    recovery = Keyring()
    recovery.hold(parse_identity(box.secrets.recovery))
    found: list[Identity] = [*desk.keyring.identities, *recovery.identities]
    for path in sorted((layout.data / "identities").rglob("*")):
        for keyring in (desk.keyring, recovery):
            if path.is_file() and path.parent.name == "cases":
                found += parse_identities(keyring.open(path.read_bytes()).decode())
    for database in (layout.database, copy):
        plain = plain_bytes(database, desk.database.key)
        texts = re.findall(rb"AGE-SECRET-KEY-1[A-Z0-9]{58}", plain)
        found += [parse_identity(each.decode()) for each in texts]
    return found


def _judge_cut(box: Before, layout: Layout) -> None:
    desk = Desk(layout, keyring_of(layout, box.secrets.passphrase))
    with desk.session() as session:
        done = [each for each in erasures(session, "GONE-1") if each.finished_at]
        is_over = bool(done) or session.get_one(Case, box.case).state == "erased"
    desk.close()
    assert not is_over or left_of(box, layout) == set()


def _judge_end(box: Before, layout: Layout, copy: Path) -> None:
    with unlocked(layout, box.secrets.passphrase) as (desk, _):
        keys = keys_left(box, layout, desk, copy)
        assert len(keys) >= 3, "of both of them, and of the other case"
        for sealed in (*box.films.values(), box.sealed_question):
            with pytest.raises(SealError):
                open_bytes(sealed, keys)
        stayed = [each for each in manifests.listed(layout) if each.case == box.other]
        assert len(stayed) == 3
        for film in stayed:
            assert open_bytes(layout.film(film.recording).read_bytes(), keys).startswith(box.plain)
            assert layout.lane(film.recording).exists()
        with desk.session() as session:
            assert session.get_one(Case, box.other).helping_question == "What helps him?"
            (certified,) = erasures(session, "GONE-1")
            assert first_broken(session.scalars(select(AuditEvent).order_by(AuditEvent.id))) is None
        facts = facts_of(certified)
        assert certified.finished_at
        assert {each["recording"] for each in facts["films"]} == set(box.films)
        assert facts["counts"]["clips"] == facts["counts"]["consents"] == 1
        assert (len(facts["copies"]), facts["exports"]) == (1, 2)


@pytest.mark.skipif(bool(injection.why_not()), reason=str(injection.why_not()))
def test_killed_at_any_moment_an_erasure_goes_on_to_its_end(
    before: Before, moments: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert len(moments) > 50, "each file, each commit"
    chosen = random.Random(SEED).sample(moments, min(KILLS, len(moments)))
    for number, (call, count) in enumerate(chosen):
        told = f"seed {SEED}: killed at {call} number {count}"
        layout = before.moved(tmp_path / str(number))
        killed = _run(
            layout, before, "-o", os.devnull, "-e", f"inject={call}:signal=SIGKILL:when={count}"
        )
        assert killed.returncode == -signal.SIGKILL, f"{told}: {killed.stderr}"
        assert "end" not in killed.stdout, told
        _judge_cut(before, layout)
        with unlocked(layout, before.secrets.passphrase) as (desk, erasing):
            take_up(desk, erasing)
            with desk.session() as session:
                is_withdrawn = session.get_one(Case, before.case).state == "erased"
        if not is_withdrawn:  # killed before it was begun: nothing is gone then
            assert len(left_of(before, layout)) == 15, told
            assert _run(layout, before, "-o", os.devnull).returncode == 0, told
        assert left_of(before, layout) == set(), told
        _judge_end(before, layout, before.layout.database)
        shutil.rmtree(layout.data)


def test_the_judge_sees_a_key_that_stayed(before: Before, tmp_path: Path) -> None:
    """The proof of the proof: before the erasure the same keys open every film of the case."""
    layout = before.moved(tmp_path / "data")
    with unlocked(layout, before.secrets.passphrase) as (desk, _):
        keys = keys_left(before, layout, desk, before.layout.database)
    for sealed in before.films.values():
        assert open_bytes(sealed, keys).startswith(before.plain)
    assert len(left_of(before, layout)) == 15
