"""The countries by whose rules a radio may send, and no other word."""

from itertools import product
from pathlib import Path
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vigbox.appliance.country import checked
from vigbox.config import Settings
from vigbox.errors import SettingError

ISO = Path("/usr/share/zoneinfo/iso3166.tab")
EUROPE = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR "
    "HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
)
BESIDE = {"XK", "AN"}
"""Kosovo's by agreement; the Antilles', which the kernel's list still has (wireless-regdb)."""


def is_taken(country: str) -> bool:
    try:
        return checked(country) == country
    except SettingError:
        return False


@pytest.mark.parametrize("country", EUROPE.split())
def test_the_countries_the_boxes_are_in_are_taken_as_they_are_written(country: str) -> None:
    assert checked(country) == country


def test_every_country_that_is_taken_is_one_and_most_are() -> None:
    """tzdata's list of ISO 3166 is another's."""
    rows = [each for each in ISO.read_text("utf-8").splitlines() if not each.startswith("#")]
    known = {each.partition("\t")[0] for each in rows}
    taken = {a + b for a, b in product(ascii_uppercase, repeat=2) if is_taken(a + b)}
    assert taken <= known | BESIDE
    assert len(taken) > 0.7 * len(known)


@pytest.mark.parametrize("country", ["UK", "EU", "nl", " NL", "NL\n", "NLD", "00", "N L", "AD AE"])
def test_another_word_is_refused_by_its_name(country: str) -> None:
    with pytest.raises(SettingError, match="two letters of a country") as caught:
        checked(country)
    assert repr(country) in str(caught.value)


def test_a_missing_one_says_how_it_is_written() -> None:
    with pytest.raises(SettingError, match=r'country = "NL", into vigbox\.toml'):
        checked(Settings().country)


@given(some.text())
def test_no_text_at_all_is_a_country_by_accident(country: str) -> None:
    assert not is_taken(country) or (len(country) == 2 and country.isascii() and country.isupper())
