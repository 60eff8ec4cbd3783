"""Compiles the translations: when a wheel is made, and from script/setup.sh for a tree in use.

python script/catalogues.py            compile what is newer than its catalogue
python script/catalogues.py --extract  also take new words of pages into every catalogue first
"""

import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = Path("vigbox/web/translations")


def compile_all(root: Path) -> None:
    """Write a .mo beside every .po; what is marked fuzzy is left in English."""
    for source in sorted((root / TRANSLATIONS).glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def extract() -> None:
    """Take the words of all pages into the template and from there into each catalogue."""
    template = "build/messages.pot"
    babel = (sys.executable, "-m", "babel.messages.frontend")
    for command in (
        ("extract", "--mapping-file=pyproject.toml", "--no-location", "--sort-output",
         "--omit-header", f"--output-file={template}", "vigbox"),
        ("update", "--no-fuzzy-matching", "--omit-header", "--ignore-obsolete",
         f"--input-file={template}", f"--output-dir={TRANSLATIONS}"),
    ):  # fmt: skip
        subprocess.run([*babel, *command], cwd=ROOT, check=True)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    pass
else:

    class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
        """Hatchling's hook."""

        def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002
            """Compile before files are gathered."""
            compile_all(Path(self.root))


if __name__ == "__main__":
    if "--extract" in sys.argv:
        extract()
    compile_all(ROOT)
