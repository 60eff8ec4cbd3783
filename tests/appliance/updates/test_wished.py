"""What the page asks for is verified anew, whatever it says."""

import os
from pathlib import Path

import pytest

from tests.appliance.updates.made import STRANGER, header, update_of, wish
from vigbox.appliance.updates.staging import Staging, digest
from vigbox.appliance.updates.trusted import ReleaseKeyError
from vigbox.appliance.updates.wished import serve
from vigbox.cli import main


def test_what_the_page_wishes_is_verified_again_and_the_wish_is_gone(staging: Staging) -> None:
    wish(staging, install="page")
    staging.place.arrived.write_bytes(update_of())
    serve(staging.place, lambda: staging)
    assert staging.place.is_under_way()
    assert not staging.place.wish.exists()
    assert not staging.place.arrived.exists()


def test_keys_that_cannot_be_read_leave_no_wish_behind(staging: Staging) -> None:
    def fail() -> Staging:
        raise ReleaseKeyError("x.pub holds no release key")

    wish(staging, install="page")
    staging.place.arrived.write_bytes(update_of())
    serve(staging.place, fail)
    assert not staging.place.wish.exists()
    assert "x.pub" in staging.place.status()["why"]


def test_what_the_page_may_not_have_installed_is_refused_and_said(staging: Staging) -> None:
    wish(staging, install="page")
    staging.place.arrived.write_bytes(update_of(key=STRANGER))
    serve(staging.place, lambda: staging)
    assert not staging.place.is_under_way()
    assert staging.place.status()["state"] == "refused"
    assert "not signed" in staging.place.status()["why"]


@pytest.mark.parametrize("source", ["page", "stick"])
@pytest.mark.parametrize("shown", ["", None, 5, digest(header(version="0.3.0"))])
def test_an_update_that_was_not_shown_is_refused_and_said(
    staging: Staging, source: str, shown: object
) -> None:
    wish(staging, install=source, digest=shown)
    staging.place.folder.mkdir()
    for each in (staging.place.arrived, staging.place.offered):
        each.write_bytes(update_of())
    serve(staging.place, lambda: staging)
    assert not staging.place.is_under_way()
    told = staging.place.status()
    assert told["state"] == "refused"
    assert told["why"] == "Another update is here than was shown. Look at it again."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root serves a wish")
@pytest.mark.parametrize("text", ["width = 17", "update_from_stick = yes", "[", 'adress = "x"'])
def test_a_mistake_in_the_settings_leaves_no_wish_behind(
    staging: Staging, tmp_path: Path, text: str
) -> None:
    (tmp_path / "vigbox.toml").write_text(text)
    wish(staging, install="page")
    given = ["--settings", str(tmp_path / "vigbox.toml"), "--data", str(staging.place.data)]
    assert main(["update", "--wished", *given]) == 0
    assert not staging.place.wish.exists()
    assert staging.place.status()["state"] == "refused"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"install": 1}', "x" * 9000, "[" * 4000])
def test_a_wish_that_cannot_be_read_is_taken_away_and_does_nothing(
    staging: Staging, text: str
) -> None:
    staging.place.wish.write_text(text)
    serve(staging.place, lambda: staging)
    assert not staging.place.wish.exists()
    assert not staging.place.is_under_way()
