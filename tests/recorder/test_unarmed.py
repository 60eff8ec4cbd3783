"""A press without an armed case, where the service asks before review."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recorder.conftest import Bench
from vigbox.devices.camera import Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.model import NS, Lamp, new_id
from vigbox.recorder import recovery
from vigbox.recorder.grants import GrantError
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.readiness import RefusedError
from vigbox.seal.errors import HeaderError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.manifests import FILED, UNFILED, Manifest
from vigbox.store.statements import StatementError


@pytest.fixture
def sheet() -> X25519Identity:
    return X25519Identity.generate()


def read(bench: Bench, recording: str) -> Manifest:
    return manifests.read(bench.layout.manifest(recording), bench.key.verify_key)


def stock_age(identity: bytes | str, sealed: Path, folder: Path) -> bytes:
    key = folder / "key.txt"
    key.write_bytes(identity if isinstance(identity, bytes) else identity.encode())
    done = subprocess.run(["age", "-d", "-i", key, sealed], check=True, capture_output=True)
    return done.stdout


def test_it_films_sealed_to_an_identity_of_its_own(
    bench: Bench, sheet: X25519Identity, tmp_path: Path
) -> None:
    practitioner = X25519Identity.generate()
    bench.let_unarmed(str(practitioner.recipient), str(sheet.recipient))
    recording = bench.record(NS)
    manifest = read(bench, recording)
    assert (manifest.kind, manifest.case, manifest.arming) == (UNFILED, recording, 0)
    sealed = bench.layout.film_identity(recording)
    for reader in (practitioner, sheet):
        identity = stock_age(reader.secret_text(), sealed, tmp_path)
        film = stock_age(identity, bench.layout.film(recording), tmp_path)
        assert film[4:8] == b"ftyp"


def test_the_lamp_and_the_status_say_what_a_press_would_do(
    bench: Bench, sheet: X25519Identity
) -> None:
    bench.until("it is dark", lambda: bench.panel.lamps[-1:] == [Lamp.DARK])
    assert bench.box.status()["is_unarmed"] is False
    bench.let_unarmed(str(sheet.recipient))
    bench.until("it is ready", lambda: bench.panel.lamps[-1] is Lamp.READY)
    status = bench.box.status()
    assert (status["is_unarmed"], status["not_ready"]) == (True, None)
    bench.arm()
    assert bench.box.status()["is_unarmed"] is False


def test_an_armed_case_comes_first_and_one_whose_time_is_over_does_not(
    bench: Bench, sheet: X25519Identity
) -> None:
    bench.let_unarmed(str(sheet.recipient))
    bench.arm(counter=1)
    assert read(bench, bench.record(NS // 2)).kind == ""
    bench.arm(until="2020-01-01T00:00:00+00:00", counter=2)
    assert read(bench, bench.record(NS // 2)).kind == UNFILED


def test_a_statement_for_nobody_refuses_again_and_an_older_one_never_comes_back(
    bench: Bench, sheet: X25519Identity
) -> None:
    bench.let_unarmed(str(sheet.recipient), counter=1)
    bench.let_unarmed(counter=2)
    with pytest.raises(RefusedError, match="No case is armed"):
        bench.box.ask("start")
    with pytest.raises(StatementError, match="newer"):
        bench.let_unarmed(str(sheet.recipient), counter=1)
    assert "No case is armed" in bench.box.status()["not_ready"]


def test_without_the_arming_key_nobody_switches_it_on(bench: Bench, sheet: X25519Identity) -> None:
    stranger = SigningKey.generate()
    bench.arming_key, own = stranger, bench.arming_key
    with pytest.raises(StatementError, match="not signed"):
        bench.let_unarmed(str(sheet.recipient))
    bench.arming_key = own
    request = bench.request("arm", unarmed={})
    with pytest.raises(GrantError, match="another command"):
        bench.box.granted.say_unarmed(request)
    assert not bench.layout.unarmed.exists()


def test_a_forged_file_films_nothing(bench: Bench) -> None:
    bench.layout.unarmed.write_text('{"grant": "{}", "signature": ""}')
    with pytest.raises(RefusedError, match="not signed"):
        bench.box.ask("start")
    assert list(bench.layout.recordings.iterdir()) == []


class Watched(SimulatedCamera):
    """Remembers what was on the card when the recorder first asked it for pictures."""

    folder: Path
    there: tuple[str, ...] = ()

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        self.there = self.there or tuple(each.name for each in self.folder.iterdir())
        super().start(when_picture)


def test_the_wrap_is_durable_before_the_film_begins(bench: Bench, sheet: X25519Identity) -> None:
    camera = Watched(DrawnStage(320, 180, 25), Curtain(), 300_000)
    camera.folder = bench.layout.recordings
    bench.use_camera(camera)
    bench.let_unarmed(str(sheet.recipient))
    recording = bench.record(NS // 2)
    assert {f"{recording}.key.age", f"{recording}.json"} <= set(camera.there)


@pytest.mark.parametrize("has_film", [False, True])
def test_an_identity_that_a_cut_left_without_a_film_is_tidied_away(
    bench: Bench,
    *,
    has_film: bool,
) -> None:
    recording = new_id()
    bench.layout.film_identity(recording).write_bytes(b"an age file")
    if has_film:
        bench.layout.film(recording).write_bytes(b"noise")
    recovery.settle(bench.layout, bench.key)
    assert bench.layout.film_identity(recording).exists() is has_film


def file(bench: Bench, recording: str, identity: bytes, case: str | None = None) -> None:
    facts = {"recording": recording, "identity": base64.b64encode(identity).decode()}
    bench.box.granted.file(bench.request("file", **facts, **({"case": case} if case else {})))


def test_filing_wraps_the_identity_to_the_case_and_says_so(
    bench: Bench, sheet: X25519Identity, tmp_path: Path
) -> None:
    bench.let_unarmed(str(sheet.recipient))
    recording = bench.record(NS // 2)
    path, case = bench.layout.film_identity(recording), X25519Identity.generate()
    secret, case_id = stock_age(sheet.secret_text(), path, tmp_path), new_id()
    for _again in range(2):  # a cut may come before the answer
        file(bench, recording, seal_bytes(secret, [case.recipient]), case_id)
    manifest = read(bench, recording)
    assert (manifest.kind, manifest.case) == (FILED, case_id)
    with pytest.raises(subprocess.CalledProcessError):
        stock_age(sheet.secret_text(), path, tmp_path)
    assert stock_age(case.secret_text(), path, tmp_path) == secret
    with pytest.raises(RefusedError, match="filed already"):
        file(bench, recording, seal_bytes(secret, [case.recipient]), new_id())
    assert read(bench, recording).case == case_id


def test_it_is_wrapped_anew_when_colleagues_come_and_go(
    bench: Bench, sheet: X25519Identity, tmp_path: Path
) -> None:
    bench.let_unarmed(str(sheet.recipient))
    recording = bench.record(NS // 2)
    path, colleague = bench.layout.film_identity(recording), X25519Identity.generate()
    secret = stock_age(sheet.secret_text(), path, tmp_path)
    file(bench, recording, seal_bytes(secret, [parse_recipient(str(colleague.recipient))]))
    assert stock_age(colleague.secret_text(), path, tmp_path) == secret
    assert read(bench, recording).kind == UNFILED


def test_what_is_no_age_file_never_takes_the_place_of_a_wrap(
    bench: Bench, sheet: X25519Identity
) -> None:
    bench.let_unarmed(str(sheet.recipient))
    recording = bench.record(NS // 2)
    before = bench.layout.film_identity(recording).read_bytes()
    with pytest.raises(HeaderError):
        file(bench, recording, b"nothing", new_id())
    assert bench.layout.film_identity(recording).read_bytes() == before


def test_a_film_of_an_armed_case_cannot_be_filed_again(bench: Bench) -> None:
    bench.arm()
    recording = bench.record(NS // 2)
    sealed = seal_bytes(b"x", [bench.identity.recipient])
    with pytest.raises(RefusedError, match="filed already"):
        file(bench, recording, sealed, new_id())
    assert not bench.layout.film_identity(recording).exists()


def test_erasing_takes_the_identity_first(bench: Bench, sheet: X25519Identity) -> None:
    bench.let_unarmed(str(sheet.recipient))
    recording = bench.record(NS // 2)
    Ledger(bench.layout, bench.key, bench.scribe).erase(recording).result()
    assert list(bench.layout.recordings.iterdir()) == []
