"""A box that an earlier version set up is taken as it is."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.tokens import browsed
from tests.web.conftest import ORIGIN, RecorderTwin
from vigbox.casework import schema
from vigbox.casework.database import CaseDatabase
from vigbox.casework.database_key import open_with_key
from vigbox.casework.setup import Secrets, set_up
from vigbox.config import Settings
from vigbox.model import Life, new_id
from vigbox.recorder import recovery
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.floor import BORN, Floor
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.app import create_app
from vigbox.web.services import build

NEWER = ("imports", "lanes")
NEWER_WORDS = {"clock", "kind", "follows"}


def opened(layout: Layout, secrets: Secrets) -> CaseDatabase:
    keyring = Keyring()
    (path,) = layout.practitioners.glob("*.age")
    keyring.unlock(path.read_bytes(), secrets.passphrase)
    return open_with_key(layout, keyring)


@pytest.fixture
def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Layout, Secrets, str]:
    """A folder as the version before left it, with a film that a cut ended."""
    layout = Layout(tmp_path / "data")
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "HEAD", "0002")
        secrets = set_up(layout, work_factor=10)
    for name in NEWER:
        shutil.rmtree(layout.data / name)
    key = SigningKey.from_text(layout.recorder_key.read_text())
    manifest = Manifest(
        new_id(), new_id(), ("age1",), "b", "2026-11-01T10:00:00+00:00", 0, Life.RECORDING
    )
    manifests.write(layout, manifest, key)
    kept = json.loads(layout.manifest(manifest.recording).read_bytes())
    assert not NEWER_WORDS & set(kept)
    return layout, secrets, manifest.recording


def test_a_folder_of_before_is_recorded_to_and_served(
    before: tuple[Layout, Secrets, str], tmp_path: Path
) -> None:
    layout, secrets, recording = before
    assert Floor(layout.floor).at == BORN
    run = tmp_path / "run"
    run.mkdir()
    recorder = RecorderTwin(run / "recorder.sock")
    services = build(Settings(data=layout.data, run=run, work_factor=15), layout)
    client = browsed(create_app(services, ["localhost"])).test_client()
    answer = client.post("/unlock", data={"passphrase": secrets.passphrase}, headers=ORIGIN)
    assert answer.status_code == 302, answer.text
    for page in ("/", "/cases", "/imports"):
        assert client.get(page).status_code == 200, page
    services.door.lock()
    recorder.shutdown()
    recorder.server_close()
    layout.create()
    key = SigningKey.from_text(layout.recorder_key.read_text())
    assert recovery.settle(layout, key) == [recording]
    with contextlib.closing(opened(layout, secrets)) as database, database.session() as session:
        assert session.execute(text("select count(*) from mark")).scalar() == 0
