"""Who gets what after a set-up that ran as root."""

import os
from pathlib import Path

import pytest

from vigbox.store.layout import Layout
from vigbox.store.owners import hand_over, hand_over_file, private

WEB, RECORDER = 54_321, 54_322


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.create()
    with private():
        for path in (made.database, made.recorder_key, made.arming_key, made.device_key, made.box):
            path.touch()
    return made


def test_a_file_made_in_private_is_its_owner_s_alone(layout: Layout) -> None:
    assert layout.database.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over")
def test_one_file_gets_the_user_of_its_folder(layout: Layout) -> None:
    os.chown(layout.data / "recorder", RECORDER, RECORDER)
    layout.latency.touch()
    hand_over_file(layout.latency)
    assert layout.latency.stat().st_uid == RECORDER


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over")
def test_each_file_gets_the_user_of_its_folder_and_the_public_keys_stay_root_s(
    layout: Layout,
) -> None:
    for name, user in (("web", WEB), ("identities", WEB), ("recorder", RECORDER)):
        os.chown(layout.data / name, user, user)
    hand_over(layout)
    owners = {
        path.name: path.stat().st_uid
        for path in (layout.database, layout.recorder_key, layout.arming_key, layout.device_key)
    }
    assert owners == {
        "case.db": WEB, "signing.key": RECORDER, "arming.age": WEB, "device.key": WEB,
    }  # fmt: skip
    assert layout.box.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over")
def test_a_link_out_of_the_folder_is_not_followed(layout: Layout, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch()
    (layout.data / "web" / "trap").symlink_to(outside)
    os.chown(layout.data / "web", WEB, WEB)
    hand_over(layout)
    assert outside.stat().st_uid == 0
