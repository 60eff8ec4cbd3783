"""Taking others out of what is told about one person: roles instead of initials."""

import re
from typing import Final

from vigbox.casework.tables import Case, Participant

_WORDS_THEMSELVES: Final = ("A", "I")


class Others:
    """The others of a case, as somebody who asks for their own data may know them.

    ``left_in`` are initials that cannot be taken out of a text, because they are words of their
    own or the person's as well: somebody has to read it.
    """

    def __init__(self, case: Case, own: Participant) -> None:
        self._own = own.id
        others = [each for each in case.participants if each.id != own.id]
        self._roles = {each.id: each.role for each in others}
        known = {each.initials: each.role for each in others if each.initials}
        kept = {own.initials, *_WORDS_THEMSELVES}
        self._taken = {one: role for one, role in known.items() if one not in kept}
        self.left_in = sorted(set(known) & kept)
        words = "|".join(re.escape(each) for each in sorted(self._taken, key=len, reverse=True))
        self._find = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None

    def text(self, text: str) -> str:
        """Give a text with the others' initials replaced by their roles: ``[mother]``."""
        if self._find is None:
            return text
        return self._find.sub(lambda found: f"[{self._taken[found[0]]}]", text)

    def who(self, participant: int) -> str:
        """Name somebody of the case."""
        if participant == self._own:
            return "this person"
        return self._roles.get(participant, "somebody")
