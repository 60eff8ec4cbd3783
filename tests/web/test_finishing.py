import base64

from tests.media.drawn import FILM_ID
from tests.web.conftest import Place
from vigbox.media.fragments import FilmIndex
from vigbox.model import Life
from vigbox.web import finishing


def test_a_cut_film_of_ours_is_finished_at_its_last_sync_point(
    place: Place, drawn_film: bytes
) -> None:
    place.keep(drawn_film[: len(drawn_film) * 2 // 3 // 65_536 * 65_536], Life.INTERRUPTED, FILM_ID)
    finishing.finish_all(place.services, place.desk())
    facts = place.recorder.facts("finish")
    assert facts["recording"] == FILM_ID
    assert len(base64.b64decode(facts["final"])) == 24
    index = FilmIndex.scan(
        lambda at, size: drawn_film[at : at + size], len(drawn_film) * 2 // 3 // 65_536 * 65_536
    )
    assert 0 < facts["length_ns"] <= index.duration_ns


def test_a_film_of_another_id_is_left_as_it_is(place: Place, drawn_film: bytes) -> None:
    recording = place.keep(drawn_film, Life.INTERRUPTED)
    before = place.layout.film(recording).read_bytes()
    finishing.finish_all(place.services, place.desk())
    asked = [each["grant"] for each in place.recorder.asked if each["do"] == "finish"]
    assert not [each for each in asked if recording in each]
    assert place.layout.film(recording).read_bytes() == before
