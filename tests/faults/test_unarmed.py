"""A press without an armed case, cut at any moment: no film is left that nobody can open.

``VIGBOX_SOAK=1`` takes 200 power cuts, ordinary runs 12 of them; VIGBOX_SEED brings a run back.
"""

import base64
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.card import LoopCard, why_not
from tests.faults.rig import Rig, furnish
from vigbox.model import NS, Lamp, Unarmed, canonical
from vigbox.recorder.recovery import settle
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.identity import PublicBox, read_box, write_box
from vigbox.store.layout import Layout
from vigbox.store.manifests import UNFILED
from vigbox.store.unarmed import UnarmedPresses

SOAK = os.environ.get("VIGBOX_SOAK") == "1"
SEED = int(os.environ.get("VIGBOX_SEED", time.time_ns() % 1_000_000))
CUTS = 200 if SOAK else 12


def furnished(data: Path, sheet: X25519Identity) -> Layout:
    """A box that is armed for nobody, and whose service asks before review."""
    layout = furnish(data, sheet)
    layout.armed.unlink()
    public, arming = read_box(layout), SigningKey.generate()
    public = PublicBox(public.box, arming.verify_key, public.recorder, public.device)
    write_box(layout, public)
    unarmed = Unarmed(public.box, (str(sheet.recipient),), 1)
    text = canonical({"unarmed": unarmed.facts()})
    signed = {"grant": text.decode(), "signature": base64.b64encode(arming.sign(text)).decode()}
    UnarmedPresses(layout.unarmed, public.arming, public.box).keep(signed, unarmed)
    return layout


def live(data: Path, card: LoopCard, rng: random.Random) -> None:
    """Press, and lose the power: before red, as the film begins, or while it goes on."""
    with Rig(data) as rig:
        rig.until("it can film", lambda: rig.lamp in (Lamp.READY, Lamp.RECORDING))
        if rig.lamp is Lamp.READY:
            rig.press()
        longest = 0.15 if rng.random() < 0.5 else 1.5
        rig.until_time(time.monotonic_ns() + int(rng.uniform(0, longest) * NS))
        card.cut_power()
        rig.kill()
    card.pull_out()
    card.put_in()


def age(key: Path, sealed: Path) -> bytes:
    return subprocess.run(["age", "-d", "-i", key, sealed], check=True, capture_output=True).stdout


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_a_film_without_a_case_never_lacks_its_key(tmp_path: Path) -> None:
    sheet, rng = X25519Identity.generate(), random.Random(SEED)
    print(f"seed {SEED}")  # noqa: T201  # what brings the same moments back
    own = tmp_path / "sheet.txt"
    own.write_text(sheet.secret_text())
    with LoopCard(256) as card:
        layout = furnished(card.folder / "data", sheet)
        for _ in range(CUTS):
            live(layout.data, card, rng)
        settle(layout, SigningKey.from_text(layout.recorder_key.read_text("ascii")))
        films = list(layout.recordings.glob("*.mp4.age"))
        assert films, "the cuts came after some films began"
        for film in films:
            recording = film.name.split(".")[0]
            manifest = manifests.read(layout.manifest(recording))
            assert (manifest.kind, manifest.case) == (UNFILED, recording)
            identity = tmp_path / "own.txt"
            identity.write_bytes(age(own, layout.film_identity(recording)))
            if film.stat().st_size > 65536:  # a whole chunk: stock age gives it before the cut
                shown = subprocess.run(
                    ["age", "-d", "-i", identity, film], check=False, capture_output=True
                )
                assert shown.stdout[4:8] == b"ftyp", recording
        told = {each.name.split(".")[0] for each in layout.recordings.glob("*.json")}
        keys = {each.name.split(".")[0] for each in layout.recordings.glob("*.key.age")}
        assert keys == told, "a key without a film is tidied away"
