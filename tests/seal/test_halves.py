"""The wall inside the package: who seals never meets what opens."""

import subprocess
import sys

import pytest

SEALING = [
    "alongside",
    "armor",
    "bech32",
    "chunks",
    "errors",
    "fresh",
    "header",
    "hybrid",
    "hybrid_keys",
    "payload",
    "recipients",
]
SEALING += ["sealing", "signing", "stanza"]
OPENING = [
    "check_words",
    "films",
    "identities",
    "keyring",
    "opened",
    "opening",
    "passphrases",
    "seekable",
]
OPENING += ["streams"]


def modules_with(name: str) -> set[str]:
    code = f"import sys, vigbox.seal.{name}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    prefix = "vigbox.seal."
    return {each.removeprefix(prefix) for each in loaded if each.startswith(prefix)}


@pytest.mark.parametrize("name", SEALING)
def test_sealing_half_loads_nothing_that_opens(name: str) -> None:
    assert modules_with(name) <= set(SEALING)


@pytest.mark.parametrize("name", OPENING)
def test_opening_half_shows_by_its_identities(name: str) -> None:
    # the import contract of the recorder names both: so it catches each of these
    assert modules_with(name) & {"identities", "hybrid_identities"}
