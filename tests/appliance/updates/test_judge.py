"""Whether an update belongs on this box."""

from dataclasses import replace
from typing import Any

import pytest

from tests.appliance.updates.made import HERE, header
from vigbox.appliance.updates.judge import Room, check_room, judge
from vigbox.appliance.updates.release import (
    UpdateRefusedError,
)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"arch": "arm64"}, "for arm64, and this box is amd64"),
        ({"version": "0.1.0"}, "installed already"),
        ({"version": "0.0.9"}, "older than 0.1.0"),
        ({"version": "0.1.0~rc1"}, "older than 0.1.0"),
        ({"replaces": "0.1.5"}, "Install 0.1.5 first"),
        ({"schema": "0007"}, "vigbox schema --to 0007"),
    ],
)
def test_what_does_not_belong_on_this_box_is_refused(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(UpdateRefusedError, match=why):
        judge(header(**facts), HERE)


def test_an_older_version_is_taken_when_root_says_so_and_knows_the_database() -> None:
    older = header(version="0.0.9", schema="0007")
    with pytest.raises(UpdateRefusedError, match="schema --to 0007"):
        judge(older, HERE, allow_older=True)
    judge(older, replace(HERE, schema="0007"), allow_older=True)


def test_a_card_that_is_too_full_says_how_much_is_missing() -> None:
    check_room(header(), Room(10**10, 10**10), 10**8)
    for room in (Room(10**6, 10**10), Room(10**10, 10**6)):
        with pytest.raises(UpdateRefusedError, match="MB are missing"):
            check_room(header(), room, 10**8)


def test_programs_and_data_on_one_file_system_share_its_room() -> None:
    release, back = header(room_bytes=490_000_000, size_bytes=144_000_000), 490_000_000
    check_room(release, Room(950_000_000, 950_000_000), back)
    with pytest.raises(UpdateRefusedError, match="475 MB are missing"):
        check_room(release, Room(950_000_000, 950_000_000, is_one=True), back)
    check_room(release, Room(1_424_000_000, 1_424_000_000, is_one=True), back)
