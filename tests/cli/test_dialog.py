"""``vigbox setup`` at a terminal: asks what the pages of a new box ask, and has it read back."""

import os
import pty
import re
import sys
from pathlib import Path

from tests.cli.terminal import VIGBOX
from vigbox.casework.service_file import ServiceFile
from vigbox.config import Settings
from vigbox.store.layout import Layout

ROOT = Path(__file__).parents[2]


class Typist:
    """Somebody at a terminal of their own, which is the command's input and output."""

    def __init__(self, *words: str) -> None:
        self.seen = ""
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "120"}
            os.execvpe(sys.executable, [*VIGBOX, *words], environ)  # noqa: S606

    def until(self, told: str) -> str:
        """Read up to a text; gives what stood before it."""
        start = len(self.seen)
        while told not in self.seen[start:]:
            more = os.read(self.terminal, 1 << 16)
            assert more, self.seen
            self.seen += more.decode()
        return self.seen[start:]

    def answer(self, asked: str, typed: str) -> str:
        found = self.until(asked)
        os.write(self.terminal, typed.encode() + b"\n")
        return found

    def end(self) -> int:
        try:
            while more := os.read(self.terminal, 1 << 16):
                self.seen += more.decode()
        except OSError:  # as Linux tells the end
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def begun(settings: Path) -> Typist:
    typist = Typist("setup", "--settings", str(settings))
    typist.answer("Language", "fr")
    typist.answer("Language", "nl")
    typist.answer("name of your service", "Jeugdhulp Noord")
    typist.answer("Its address", "Laan 1, Groningen")
    typist.answer("Data protection officer", "")
    typist.answer("can complain", "")
    typist.answer("Name", "  Anna  B ")
    return typist


def test_a_terminal_asks_and_has_a_word_of_each_read_back(tmp_path: Path) -> None:
    settings = tmp_path / "vigbox.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\nwork_factor = 15\n')
    typist = begun(settings)
    typist.answer("Press Enter once", "")
    words = re.findall(r"Passphrase:\s+([a-z-]+)", typist.seen)[0].split("-")
    typist.answer("Enter shows them again", "wrong")
    typist.answer("Press Enter once", "")
    asked = typist.until("Enter shows them again")
    number = int(re.findall(r"Word (\d+) of your passphrase", asked)[-1])
    os.write(typist.terminal, words[number - 1].encode() + b"\n")
    paper = dict(
        re.findall(r"(?:^|\s)(\d+) ([a-z-]+)", typist.seen.partition("Recovery sheet:")[2])
    )
    found = typist.until(" on the paper: ")
    (number_text,) = re.findall(r"Word (\d+) on", found)
    os.write(typist.terminal, paper[number_text].encode() + b"\n")
    assert typist.end() == 0, typist.seen
    assert "The recovery sheet is proved." in typist.seen
    layout = Layout(tmp_path / "data")
    service = ServiceFile(layout, Settings(data=layout.data)).now
    assert (service.controller, service.language) == ("Jeugdhulp Noord", "nl")


def test_a_box_that_is_set_up_asks_nothing(tmp_path: Path) -> None:
    (tmp_path / "box.json").write_text("{}")
    typist = Typist("setup", "--data", str(tmp_path))
    assert typist.end() == 1
    assert "is set up already" in typist.seen
    assert "Language" not in typist.seen


def test_a_box_that_lost_its_box_json_is_told_and_asked_nothing(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "0.mp4.age").write_bytes(b"a film")
    typist = Typist("setup", "--data", str(tmp_path))
    assert typist.end() == 1
    assert "box.json is missing" in typist.seen
    assert "Language" not in typist.seen


def test_whoever_goes_away_leaves_no_box(tmp_path: Path) -> None:
    settings = tmp_path / "vigbox.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\nwork_factor = 15\n')
    typist = begun(settings)
    typist.until("Press Enter once")
    os.write(typist.terminal, b"\x04")  # Ctrl-D
    assert typist.end() == 1
    assert "nobody answered" in typist.seen
    assert not (tmp_path / "data" / "box.json").exists()
