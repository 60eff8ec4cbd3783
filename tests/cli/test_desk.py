"""Everything of the page Keys from a terminal, on one box, with another reader where there is one.

In-process, so that a passphrase takes a moment only: the box is set up with little work.
"""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.paper import word_on_paper
from vigbox.casework.cases import open_case
from vigbox.casework.desk import Desk
from vigbox.casework.schema import HEAD
from vigbox.casework.setup import Secrets, set_up
from vigbox.cli import main
from vigbox.seal.errors import WrongPassphraseError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.keyring import Keyring
from vigbox.store.layout import Layout


class Terminal:
    """A box, and somebody at its terminal."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.layout = Layout(folder / "data")
        self.secrets: Secrets = set_up(self.layout, name="Anna", work_factor=10)
        self.folder = folder
        self.capsys = capsys
        self.settings = folder / "vigbox.toml"
        self.settings.write_text(
            f'data = "{self.layout.data}"\nrun = "{folder}"\nwork_factor = 15\n'
        )
        self.passphrase = self.secrets.passphrase

    def run(self, *words: str) -> str:
        """Run a command that ends well; gives what it printed."""
        code, printed, told = self.runs(*words)
        assert (code, told) == (0, "")
        return printed

    def runs(self, *words: str) -> tuple[int, str, str]:
        """Run a command; gives its code, what it printed, and what it said on standard error."""
        file = self.folder / "passphrase"
        file.write_text(self.passphrase + "\n")
        given = [*words, "--settings", str(self.settings)]
        if words[0] not in ("setup", "recover"):
            given += ["--passphrase-file", str(file)]
        code = main(given)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def desk(self, passphrase: str = "") -> Desk:
        keyring = Keyring()
        for path in self.layout.practitioners.glob("*.age"):
            try:
                keyring.unlock(path.read_bytes(), passphrase or self.passphrase)
            except WrongPassphraseError:
                continue
        return Desk(self.layout, keyring)

    def a_case(self, code: str) -> str:
        desk = self.desk()
        with desk.session() as casework:
            case = open_case(casework, self.layout, code, "Why?", []).id
        desk.close()
        return case


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def shown(printed: str) -> str:
    found = re.search(r"assphrase[^:]*:\s+([a-z-]+)\n", printed)
    assert found, printed
    return found[1]


def test_the_list_tells_who_opens(terminal: Terminal) -> None:
    printed = terminal.run("keys", "list")
    assert "practitioner  Anna (you)" in printed
    assert "recovery      not proved" in printed


def test_a_colleague_is_let_in_and_shut_out(terminal: Terminal) -> None:
    case = terminal.a_case("CASE-1")
    words = shown(terminal.run("keys", "add", "Berta"))
    desk = terminal.desk(words)
    assert desk.case_identities(case)
    desk.close()
    assert "Berta opens nothing" in terminal.run("keys", "remove", "berta")
    code, _, told = terminal.runs("keys", "remove", "Berta")
    assert (code, told.count("\n")) == (1, 1)
    assert "nobody called 'Berta'" in told
    terminal.passphrase = words
    code, _, told = terminal.runs("keys", "list")
    assert (code, told.count("\n")) == (1, 1)
    assert "does not unlock" in told


def test_ones_own_passphrase_is_changed(terminal: Terminal) -> None:
    words = shown(terminal.run("keys", "passphrase"))
    assert terminal.runs("keys", "list")[0] == 1
    terminal.passphrase = words
    assert "Anna (you)" in terminal.run("keys", "list")


def test_a_forgotten_passphrase_is_given_anew_by_the_sheet(terminal: Terminal) -> None:
    sheet = terminal.folder / "sheet.txt"
    sheet.write_text(" ".join(re.findall(".{1,5}", terminal.secrets.recovery)) + "\n")
    terminal.passphrase = shown(terminal.run("recover", "Anna", "--sheet-file", str(sheet)))
    assert "Anna (you)" in terminal.run("keys", "list")
    sheet.write_text(X25519Identity.generate().secret_text())
    code, _, told = terminal.runs("recover", "Anna", "--sheet-file", str(sheet))
    assert code == 1
    assert "not the recovery sheet of this box" in told


def test_a_supervisor_opens_a_shared_case_with_stock_age(
    terminal: Terminal, tmp_path: Path
) -> None:
    case = terminal.a_case("CASE-1")
    supervisor = X25519Identity.generate()
    (tmp_path / "identity.txt").write_text(supervisor.secret_text() + "\n")
    terminal.run("keys", "supervisor", "Sonja", str(supervisor.recipient))
    path = str(terminal.layout.case_identity(case))
    command = ["age", "-d", "-i", str(tmp_path / "identity.txt"), path]
    assert subprocess.run(command, capture_output=True, check=False).returncode
    terminal.run("keys", "share", "case-1", "Sonja")
    assert subprocess.run(command, capture_output=True, check=True).stdout


def test_a_sheet_is_printed_proved_and_its_file_erased(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = terminal.folder / "sheet.pdf"

    class Paper(io.StringIO):
        """Reads the word that is asked for from the PDF, as a person does from the print."""

        def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
            assert path.stat().st_mode & 0o777 == 0o600
            text = PdfReader(path).pages[0].extract_text()
            asked = re.search("Word ([0-9]+) on the paper", terminal.capsys.readouterr().out)
            assert asked
            return word_on_paper(text, asked[1]) + "\n"

    monkeypatch.setattr(sys, "stdin", Paper())
    assert "one of before opens nothing" in terminal.run("keys", "sheet", str(path))
    assert not path.exists()
    monkeypatch.undo()
    assert "recovery      proved" in terminal.run("keys", "list")


def test_a_sheet_that_is_not_proved_changes_nothing_and_leaves_no_file(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = terminal.folder / "sheet.pdf"
    monkeypatch.setattr(sys, "stdin", io.StringIO("nonsense\n"))
    code, _, told = terminal.runs("keys", "sheet", str(path))
    assert code == 1
    assert "not word" in told
    assert not path.exists()


def test_a_sheet_is_never_put_on_the_box_itself(terminal: Terminal) -> None:
    path = terminal.layout.data / "sheet.pdf"
    code, _, told = terminal.runs("keys", "sheet", str(path))
    assert code == 1
    assert "on the box itself" in told
    assert not path.exists()


def test_the_page_is_not_disturbed(terminal: Terminal) -> None:
    terminal.layout.own("web")
    code, _, told = terminal.runs("keys", "list")
    assert code == 1
    assert "do it on the page Keys" in told


def test_a_withdrawal_without_a_recorder_destroys_the_key_and_says_what_is_left(
    terminal: Terminal,
) -> None:
    case = terminal.a_case("CASE-1")
    code, _, told = terminal.runs("withdraw", "CASE-1", "--yes")
    assert code == 1
    assert "recorder does not answer" in told
    assert not terminal.layout.case_identity(case).exists()


def test_a_withdrawal_wants_its_code_typed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = terminal.a_case("CASE-1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("CASE-2\n"))
    code, _, told = terminal.runs("withdraw", "CASE-1")
    assert code == 1
    assert "nothing was withdrawn" in told
    assert terminal.layout.case_identity(case).exists()


def test_set_up_shows_passphrase_and_sheet_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "vigbox.toml"
    settings.write_text(f'data = "{tmp_path / "new"}"\nwork_factor = 15\n')
    given = ["setup", "--settings", str(settings), "--practitioner", "Anna"]
    path = tmp_path / "sheet.pdf"
    assert main([*given, "--sheet", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "not proved yet" in printed
    assert "AGE-SECRET-KEY" not in printed
    text = "".join(PdfReader(path).pages[0].extract_text().split())
    assert "AGE-SECRET-KEY-1" in text
    assert main(given) == 1
    assert "set up already" in capsys.readouterr().err


def test_the_schema_is_told_and_taken_back_for_an_older_version(terminal: Terminal) -> None:
    assert terminal.run("schema") == f"The case database has schema {HEAD}.\n"
    assert "has schema 0005 now" in terminal.run("schema", "--to", "0005")
    assert (terminal.layout.data / "case.schema").read_text() == "0005\n"
    code, _, told = terminal.runs("schema", "--to", "9999")
    assert (code, told.count("\n")) == (1, 1)
    assert "must be one of" in told
    # the next unlock brings it up again
    assert terminal.run("schema") == f"The case database has schema {HEAD}.\n"
