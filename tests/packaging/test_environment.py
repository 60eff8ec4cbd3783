"""What of its libraries the package carries, and what not."""

import importlib.util
from pathlib import Path
from types import ModuleType

import babel
import pytest

from vigbox.web import words

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", PACKAGING / "environment.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_dates_and_numbers_of_the_pages_languages_stay_and_no_others(
    tmp_path: Path, environment: ModuleType
) -> None:
    folder = tmp_path / "babel" / "locale-data"
    folder.mkdir(parents=True)
    for each in Path(babel.__file__).parent.glob("locale-data/*.dat"):
        (folder / each.name).touch()
    environment.tidy(tmp_path)
    kept = {each.stem for each in folder.iterdir()}
    assert {"root", "en", "de", "nl", "de_AT", "nl_BE", "en_GB"} <= kept
    assert {each.partition("_")[0] for each in kept} == set(environment.LANGUAGES)


def test_every_language_of_the_pages_is_among_them(environment: ModuleType) -> None:
    translated = {each.name for each in (Path(words.__file__).parent / "translations").iterdir()}
    assert translated | {"root", "en"} == set(environment.LANGUAGES)


def test_what_is_run_stays_and_sources_and_tests_go(
    tmp_path: Path, environment: ModuleType
) -> None:
    stay = ["fast/part.so", "fast/part.py", "cv2/data/__init__.py", "numpy/core.py"]
    go = ["fast/part.c", "cv2/data/face.xml", "numpy/lib/tests/test_it.py", "bin/tool",
          "fast/__pycache__/part.pyc"]  # fmt: skip
    for each in (*stay, *go):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).touch()
    environment.tidy(tmp_path)
    left = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert left == set(stay)
