"""The language of this request, for papers that are made below the web."""

from flask_babel import format_datetime, gettext, ngettext, pgettext

from vigbox.export.tongue import utc
from vigbox.web.sentences import told


class Spoken:
    """Says words in the language of the request that asks."""

    def gettext(self, words: str, /, **gaps: object) -> str:
        """Give words."""
        return str(gettext(words, **gaps))

    def ngettext(self, one: str, many: str, num: int, /, **gaps: object) -> str:
        """Give words about a number of things."""
        return str(ngettext(one, many, num, **gaps))

    def told(self, word: str) -> str:
        """Give a word that the casework kept."""
        return told(word)

    def moment(self, at: str) -> str:
        """Give a wall time in UTC."""
        return self._written(at, pgettext("pattern of a time on paper", "d MMMM y, HH:mm 'UTC'"))

    def day(self, at: str) -> str:
        """Give a day in UTC."""
        return self._written(at, "d MMMM y")

    def _written(self, at: str, pattern: str) -> str:
        found = utc(at)
        if found is None:
            return str(gettext("at an unknown time"))
        return str(format_datetime(found, pattern, rebase=False))
