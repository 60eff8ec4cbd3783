"""The country whose rules the radio keeps to (ISO 3166-1, as in the kernel's wireless-regdb)."""

from typing import Final

from vigbox.errors import SettingError

_CODES: Final = (
    "AD AE AF AI AL AM AN AR AS AT AU AW AZ BA BB BD BE BF BG BH BL BM BN BO BR BS BT BW BY BZ CA "
    "CF CH CI CL CN CO CR CU CX CY CZ DE DK DM DO DZ EC EE EG ES ET FI FM FO FR GB GD GE GF GH GI "
    "GL GP GR GT GU GY HK HN HR HT HU ID IE IL IM IN IR IS IT JM JO JP KE KH KN KP KR KW KY KZ LB "
    "LC LI LK LS LT LU LV MA MC MD ME MF MH MK MN MO MP MQ MR MT MU MV MW MX MY NA NG NI NL NO NP "
    "NZ OM PA PE PF PG PH PK PL PM PR PT PW PY QA RE RO RS RU RW SA SE SG SI SK SM SN SR SV SX SY "
    "TC TD TG TH TN TR TT TW TZ UA UG US UY UZ VA VC VE VI VN VU WF WS XK YE YT ZA ZW"
)

WORLD: Final = "00"
"""The rules that hold in every country: the kernel's own, before it knows one (wireless-regdb)."""

_SHOWN: Final = 12


def checked(country: str) -> str:
    """Give the country, if it is one the radio knows. Raises :class:`SettingError`."""
    if country in _CODES.split():
        return country
    if not country:
        raise SettingError(
            "country is missing, and a radio may not send without: write the two letters of the "
            'country the box is in, such as country = "NL", into vigbox.toml'
        )
    raise SettingError(
        "country must be the two letters of a country, such as NL, DE or GB, in vigbox.toml, "
        f"not {country[:_SHOWN]!r}"
    )
