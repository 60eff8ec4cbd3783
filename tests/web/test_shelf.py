"""What lies open is shown to nobody whom the case was taken from, and held by no locked box."""

import contextlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Place
from tests.web.test_keys import let_in, post, who, words_on
from vigbox.casework.desk import CaseGoneError
from vigbox.seal.errors import LockedError
from vigbox.store.holdings import read
from vigbox.web.shelf import OpenFilm, Shelf


@pytest.fixture
def berta(place: Place) -> FlaskClient:
    anna = place.unlocked()
    client = let_in(place, words_on(post(anna, "/keys/practitioners", name="Berta", cases="on")))
    shared = post(anna, f"/cases/{place.case}/share", **{"with": who(place, "Berta")})
    assert shared.status_code == 302
    return client


def paths_of(client: FlaskClient, recording: str) -> list[str]:
    newest = client.get(f"/recordings/{recording}/newest").get_json()
    below = ("", "/newest", "/review", "/lanes", "/picture-3.jpg?width=90")
    return [newest["film"], newest["times"], *(f"/recordings/{recording}{end}" for end in below)]


def test_a_film_that_lies_open_is_not_shown_after_its_case_is_no_longer_shared(
    place: Place, berta: FlaskClient, drawn_film: bytes
) -> None:
    recording = place.keep(drawn_film)
    paths = paths_of(berta, recording)
    assert [berta.get(each).status_code for each in paths] == [200] * len(paths)
    assert post(place.unlocked(), f"/cases/{place.case}/share").status_code == 302
    for each in paths:
        answer = berta.get(each)
        assert answer.status_code == 409, each
        assert "not shared with you" in answer.text
    post(place.unlocked(), f"/keys/practitioners/{who(place, 'Berta')}/remove")


def test_a_key_that_was_destroyed_opens_nothing_at_any_other_desk(
    place: Place, drawn_film: bytes
) -> None:
    recording = place.keep(drawn_film)
    manifest = read(place.layout, place.services.public, recording)
    path = place.layout.case_identity(place.case)
    with contextlib.closing(place.desk()) as desk:
        shelf = Shelf(place.layout)
        end = shelf.film(desk, manifest).index.end
        kept = path.read_bytes()
        path.unlink()
        for wanted in (None, end):
            with pytest.raises(CaseGoneError):
                shelf.film(desk, manifest, wanted)
        path.write_bytes(kept)
        assert shelf.film(desk, manifest).index.end == end


def test_sharing_with_one_more_takes_no_key_from_who_is_reading(
    place: Place, drawn_film: bytes
) -> None:
    manifest = read(place.layout, place.services.public, place.keep(drawn_film))
    with contextlib.closing(place.desk()) as desk:
        held = desk.case_identities(manifest.case)
        anna = place.unlocked()
        berta = words_on(post(anna, "/keys/practitioners", name="Berta", cases="on"))
        assert berta
        assert desk.case_identities(manifest.case) == held
        assert held[0].secret_text()
        post(anna, f"/keys/practitioners/{who(place, 'Berta')}/remove")


class LocksMeanwhile(Shelf):
    """Is cleared, as at a lock, while it opens a film."""

    def _open(self, *given: Any) -> OpenFilm:
        found = super()._open(*given)
        self.clear()
        return found


def test_a_film_that_was_being_opened_at_the_lock_is_not_held_after_it(
    place: Place, drawn_film: bytes
) -> None:
    manifest = read(place.layout, place.services.public, place.keep(drawn_film))
    with contextlib.closing(place.desk()) as desk:
        shelf = LocksMeanwhile(place.layout)
        assert shelf.film(desk, manifest).index.picture_count
        assert not shelf._films


def test_a_desk_that_was_closed_opens_no_case(place: Place) -> None:
    desk = place.desk()
    desk.case_identities(place.case)
    desk.close()
    with pytest.raises(LockedError):
        desk.case_identities(place.case)
