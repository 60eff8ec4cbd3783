"""Reads a recovery sheet as a person does."""

import re

from vigbox.seal.passphrases import word_list


def word_on_paper(text: str, number: int | str) -> str:
    """Give a numbered check word from a sheet's text, and no other word that follows a figure."""
    found = re.findall(rf"\b{number}\s+([a-z-]+)\b", text)
    (word,) = {each for each in found if each in set(word_list())}
    return str(word)
