"""What root reads of an update's places, of which some are the web's."""

import shutil
from pathlib import Path

from tests.appliance.updates.made import update_of, wish
from vigbox.appliance.updates.place import Place, take_wish
from vigbox.appliance.updates.staging import Staging
from vigbox.appliance.updates.wished import serve


def test_a_status_that_somebody_damaged_is_no_status(tmp_path: Path) -> None:
    for text in ("", "[]", "\xff"):
        (tmp_path / "update.json").write_text(text)
        assert Place(tmp_path).status() == {}


def test_root_follows_no_link_of_the_web_s(staging: Staging, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(update_of())
    staging.place.arrived.symlink_to(secret)
    wish(staging, install="page")
    serve(staging.place, lambda: staging)
    assert not staging.place.is_under_way()
    shutil.rmtree(staging.place.spool)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/wish.json").write_text('{"install": "page"}')
    staging.place.spool.symlink_to(tmp_path / "elsewhere")
    assert take_wish(staging.place) == {}
    assert (tmp_path / "elsewhere/wish.json").exists()
