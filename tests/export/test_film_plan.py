"""A film is planned to the picture before anything of it is made."""

import pytest

from tests.export import filmed
from tests.media import drawn
from vigbox.export.cards import Words
from vigbox.export.film_plan import Played, Stood, Titled, plan
from vigbox.export.film_wish import Chosen, FilmError, Wish
from vigbox.media.fragments import FilmIndex


@pytest.fixture(scope="module")
def film() -> filmed.Opened:
    return filmed.even(8)


def lengths(wish: Wish) -> list[tuple[str, int]]:
    return [
        (type(part).__name__, part.pictures) for each in plan(wish).scenes for part in each.parts
    ]


def test_every_part_has_its_length_in_pictures(film: filmed.Opened) -> None:
    words = Words("Looking together", "Clip 1 of 1")
    clip = Chosen(film, 10, 60, words, speed=50, freeze=29, again=True)
    wish = Wish("AB-12", [clip], opening=Words("Our film"), closing=Words("Thank you"), card_s=2)
    assert lengths(wish) == [
        ("Titled", 50),
        ("Titled", 50), ("Played", 40), ("Stood", 75), ("Played", 60), ("Played", 100),
        ("Titled", 50),
    ]  # fmt: skip
    assert plan(wish).length_s == pytest.approx(17)
    assert plan(wish).pictures == 425


@pytest.mark.parametrize(
    ("freeze", "kinds"),
    [(10, [Played, Stood, Played]), (11, [Played, Stood, Played]), (19, [Played, Stood])],
)
def test_a_clip_stands_still_after_its_freeze_frame(
    film: filmed.Opened, freeze: int, kinds: list[type]
) -> None:
    (scene,) = plan(Wish("AB-12", [Chosen(film, 10, 20, freeze=freeze)])).scenes
    assert [type(each) for each in scene.parts] == kinds
    seen = [each for each in scene.parts if isinstance(each, Played)]
    assert [n for each in seen for n in range(each.first, each.end)] == list(range(10, 20))
    assert seen[0].end == freeze + 1


def test_a_clip_without_words_has_no_card(film: filmed.Opened) -> None:
    (scene,) = plan(Wish("AB-12", [Chosen(film, 10, 20)])).scenes
    assert not [each for each in scene.parts if isinstance(each, Titled)]


def test_chapters_tell_code_number_and_title(film: filmed.Opened) -> None:
    clips = [Chosen(film, 10, 20, Words("Waiting")), Chosen(film, 10, 20)]
    wish = Wish("AB-12", clips, opening=Words("Our film"), closing=Words("Thank you"))
    told = [each.chapter for each in plan(wish).scenes]
    assert told == ["Our film", "AB-12 · 1 · Waiting", "AB-12 · 2", ""]


def test_size_and_rate_are_those_of_most_of_the_film(
    film: filmed.Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn, "SIZE", (180, 320))
    tall = filmed.even(2)
    shape = plan(Wish("AB-12", [Chosen(tall, 0, 20), Chosen(film, 10, 60)])).shape
    assert (shape.width, shape.height, shape.rate) == (320, 180, 25)
    shape = plan(Wish("AB-12", [Chosen(tall, 0, 40), Chosen(film, 10, 20)])).shape
    assert (shape.width, shape.height) == (180, 320)


@pytest.mark.parametrize(
    ("ticks", "rate"),
    [
        (3600, 25),
        (3000, 30),
        (3003, 30),
        (3750, 24),
        (3754, 24),
        (6000, 30),
        (7200, 25),
        (1500, 30),
    ],
)
def test_the_rate_is_the_one_that_shows_each_picture_as_often(
    film: filmed.Opened, ticks: int, rate: int
) -> None:
    index = FilmIndex()
    index.moov = film.index.moov
    index.pictures.add_run(0, 0, [(ticks, 1, True)] * 60)
    other = filmed.Opened(film.film)
    other.__dict__["index"] = index
    assert plan(Wish("AB-12", [Chosen(other, 0, 60)])).shape.rate == rate


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"first": 9, "end": 9}, "does not lie inside"),
        ({"end": 10**6}, "does not lie inside"),
        ({"first": -1}, "does not lie inside"),
        ({"speed": 75}, "must be one of 100, 50, 25"),
        ({"freeze": 20}, "freeze frame lies outside"),
        ({"freeze": 9}, "freeze frame lies outside"),
    ],
)
def test_a_clip_that_makes_no_sense_is_told_by_its_number(
    film: filmed.Opened, facts: dict[str, object], told: str
) -> None:
    good = Chosen(film, 10, 20)
    with pytest.raises(FilmError, match=rf"Clip 2.*{told}"):
        plan(Wish("AB-12", [good, filmed.chosen(film, facts)]))


def test_thirty_clips_at_most(film: filmed.Opened) -> None:
    clip = Chosen(film, 10, 20)
    assert len(plan(Wish("AB-12", [clip] * 30)).scenes) == 30
    for clips in ([], [clip] * 31):
        with pytest.raises(FilmError, match="1 to 30 clips"):
            plan(Wish("AB-12", clips))


def test_twenty_minutes_at_most(film: filmed.Opened) -> None:
    clips = [Chosen(film, 0, 150, Words("Slow"), speed=25, again=True)] * 30
    with pytest.raises(FilmError, match=r"20\.\d minutes long, and may be 20\."):
        plan(Wish("AB-12", clips, card_s=5))


@pytest.mark.parametrize("seconds", [0, -1, 31, float("nan")])
def test_cards_and_still_stands_take_seconds(film: filmed.Opened, seconds: float) -> None:
    for wish in (
        Wish("AB-12", [Chosen(film, 10, 20)], card_s=seconds),
        Wish("AB-12", [Chosen(film, 10, 20)], freeze_s=seconds),
    ):
        with pytest.raises(FilmError, match="up to 30 seconds"):
            plan(wish)
