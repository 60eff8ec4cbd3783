"""``keygen``, ``seal`` and ``open`` beside stock age."""

import errno
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import VIGBOX, on_terminal
from vigbox.seal.identities import X25519Identity

FILM = b"a film" * 50_000
Done = subprocess.CompletedProcess[bytes]


def run(*words: str | Path, given: bytes = b"") -> Done:
    return subprocess.run([*map(str, words)], check=False, capture_output=True, input=given)


def vigbox(*words: str | Path, given: bytes = b"") -> bytes:
    """Run a command that must do well; gives its standard output."""
    done = run(*VIGBOX, *words, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*words: str | Path, given: bytes = b"", is_silent: bool = True) -> str:
    """Run a command that must fail; gives its one line."""
    done = run(*VIGBOX, *words, given=given)
    assert done.returncode == 1
    assert not (is_silent and done.stdout)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("vigbox: ")
    return lines[0]


class Keys:
    """An identity in a file, and its recipient."""

    def __init__(self, path: Path) -> None:
        identity = X25519Identity.generate()
        path.write_text(f"# mine\n{identity.secret_text()}\n")
        self.path = path
        self.recipient = str(identity.recipient)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "identity.txt")


@pytest.fixture
def other(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "other.txt")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "film"


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase.txt"
    path.write_text("six words of mine\r\nand a note below\n")
    return path


# keygen


def test_age_takes_an_identity_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    made = run(*VIGBOX, "keygen", "-o", path)
    recipient = made.stderr.decode().removeprefix("Public key: ").strip()
    assert run("age-keygen", "-y", path).stdout.decode().strip() == recipient
    assert vigbox("keygen", "-y", path).decode().strip() == recipient
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_identity_is_never_written_over(keys: Keys) -> None:
    before = keys.path.read_bytes()
    assert "exists already" in refused("keygen", "-o", keys.path)
    assert keys.path.read_bytes() == before


def test_an_identity_goes_to_standard_output_without_a_file() -> None:
    done = run(*VIGBOX, "keygen")
    assert b"AGE-SECRET-KEY-1" in done.stdout
    assert done.stdout.split()[6] in done.stderr
    assert run("age-keygen", "-y", given=done.stdout).stdout in done.stderr


def test_a_post_quantum_identity_opens_what_is_sealed_to_it(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    vigbox("keygen", "--pq", "-o", path)
    recipient = vigbox("keygen", "-y", path).decode().strip()
    assert recipient.startswith("age1pq1")
    sealed = vigbox("seal", "-r", recipient, given=FILM)
    assert vigbox("open", "-i", path, given=sealed) == FILM


def test_two_kinds_of_recipients_never_share_a_file(tmp_path: Path, keys: Keys, out: Path) -> None:
    path = tmp_path / "hybrid.txt"
    vigbox("keygen", "--pq", "-o", path)
    assert "post-quantum" in refused("seal", "-r", keys.recipient, "-i", path, "-o", out, given=b"")
    assert not out.exists()


def test_recipients_are_shown_from_standard_input_too(keys: Keys, other: Keys) -> None:
    both = keys.path.read_bytes() + other.path.read_bytes()
    assert vigbox("keygen", "-y", given=both).decode().split() == [keys.recipient, other.recipient]


def test_keygen_makes_no_identity_from_a_file(keys: Keys) -> None:
    assert "-y" in refused("keygen", keys.path)


# seal and open, beside age


def test_age_opens_what_we_seal_and_the_reverse(keys: Keys) -> None:
    ours = vigbox("seal", "-r", keys.recipient, given=FILM)
    assert run("age", "-d", "-i", keys.path, given=ours).stdout == FILM
    theirs = run("age", "-r", keys.recipient, given=FILM).stdout
    assert vigbox("open", "-i", keys.path, given=theirs) == FILM


@pytest.mark.parametrize("size", [0, 1, 47, 48, 65_536, 65_537, 1_300_000])
def test_armor_is_written_and_recognised(keys: Keys, size: int) -> None:
    plain = os.urandom(size)
    ours = vigbox("seal", "-a", "-r", keys.recipient, given=plain)
    assert ours.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert run("age", "-d", "-i", keys.path, given=ours).stdout == plain
    theirs = run("age", "-a", "-r", keys.recipient, given=plain).stdout
    assert vigbox("open", "-i", keys.path, given=theirs) == plain


def test_a_file_is_sealed_to_all_that_are_named(tmp_path: Path, keys: Keys, other: Keys) -> None:
    third, fourth = Keys(tmp_path / "third.txt"), Keys(tmp_path / "fourth.txt")
    listed = tmp_path / "recipients.txt"
    listed.write_text(f"# colleagues\n\n{other.recipient}\r\n{third.recipient}")
    sealed = vigbox("seal", "-r", keys.recipient, "-R", listed, "-i", fourth.path, given=b"words")
    for each in (keys, other, third, fourth):
        assert run("age", "-d", "-i", each.path, given=sealed).stdout == b"words"


def test_one_of_several_identities_opens(keys: Keys, other: Keys) -> None:
    sealed = vigbox("seal", "-r", keys.recipient, given=b"words")
    assert vigbox("open", "-i", other.path, "-i", keys.path, given=sealed) == b"words"


def test_a_dash_is_standard_input_and_output(keys: Keys, tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    vigbox("seal", "-r", keys.recipient, "-o", sealed, "-", given=b"words")
    assert vigbox("open", "-i", keys.path, "-o", "-", sealed) == b"words"
    assert vigbox("open", "-i", "-", sealed, given=keys.path.read_bytes()) == b"words"


def test_standard_input_is_read_once(keys: Keys) -> None:
    assert "once" in refused("open", "-i", "-", given=keys.path.read_bytes())
    assert "once" in refused("seal", "-R", "-", "-", given=keys.recipient.encode())


def test_the_opened_file_is_for_its_owner_alone(keys: Keys, out: Path) -> None:
    vigbox("seal", "-r", keys.recipient, "-o", out, given=b"words")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


# passphrases


def test_a_passphrase_file_stands_for_the_terminal(passphrase_file: Path) -> None:
    sealed = vigbox("seal", "-p", "--passphrase-file", passphrase_file, given=b"words")
    assert vigbox("open", "--passphrase-file", passphrase_file, given=sealed) == b"words"


def test_age_opens_what_was_sealed_with_a_typed_passphrase(tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    twice = [("New passphrase", "my own"), ("once more", "my own")]
    code, seen, _ = on_terminal([*VIGBOX, "seal", "-p", "-o", sealed], twice, given=b"words")
    assert (code, "my own" in seen) == (0, False)
    code, _, opened = on_terminal(["age", "-d", sealed], [("passphrase", "my own")])
    assert (code, opened.endswith(b"words")) == (0, True)


def test_a_passphrase_is_asked_for_on_the_terminal(tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    twice = [("passphrase", "their own"), ("onfirm", "their own")]
    on_terminal(["age", "-p", "-o", sealed], twice, given=b"words")
    answer = [(f"Passphrase of {sealed}: ", "their own")]
    assert on_terminal([*VIGBOX, "open", sealed], answer)[::2] == (0, b"words")
    wrong = [(f"Passphrase of {sealed}: ", "another")]
    code, _, told = on_terminal([*VIGBOX, "open", sealed], wrong)
    assert (code, told.count(b"\n")) == (1, 1)
    assert b"passphrase does not open" in told


def test_two_different_passphrases_seal_nothing(out: Path) -> None:
    typed = [("New passphrase", "one"), ("once more", "other")]
    code, _, told = on_terminal([*VIGBOX, "seal", "-p", "-o", out], typed, given=b"words")
    assert (code, told.count(b"\n"), out.exists()) == (1, 1, False)


def test_an_empty_passphrase_has_one_made_that_opens(tmp_path: Path, out: Path) -> None:
    typed = [("New passphrase", "")]
    code, seen, told = on_terminal([*VIGBOX, "seal", "-p", "-o", out], typed, given=b"words")
    assert (code, told) == (0, b"")
    made = seen.partition("The passphrase is: ")[2].split()[0]
    assert made.count("-") >= 5
    (tmp_path / "made.txt").write_text(made)
    assert vigbox("open", "--passphrase-file", tmp_path / "made.txt", out) == b"words"


def test_without_a_terminal_no_passphrase_is_waited_for(passphrase_file: Path) -> None:
    sealed = vigbox("seal", "-p", "--passphrase-file", passphrase_file, given=b"words")
    for words, given in ((("open",), sealed), (("seal", "-p"), b"words")):
        done = subprocess.run(
            [*VIGBOX, *words], check=False, capture_output=True, input=given, start_new_session=True
        )
        assert done.returncode == 1
        assert b"--passphrase-file" in done.stderr


def test_what_is_no_passphrase_file_is_told(
    tmp_path: Path, passphrase_file: Path, keys: Keys
) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\nsecond line\n")
    assert "first line" in refused("seal", "-p", "--passphrase-file", empty)
    assert "no such" in refused("seal", "-p", "--passphrase-file", tmp_path / "none").lower()
    told = refused("seal", "-r", keys.recipient, "--passphrase-file", passphrase_file)
    assert "-p" in told


def test_a_passphrase_is_for_nobody_else(keys: Keys, passphrase_file: Path) -> None:
    told = refused("seal", "-p", "--passphrase-file", passphrase_file, "-r", keys.recipient)
    assert "give -p alone" in told


def test_a_file_sealed_to_a_recipient_asks_for_no_passphrase(keys: Keys) -> None:
    sealed = vigbox("seal", "-r", keys.recipient, given=b"words")
    assert "with -i" in refused("open", given=sealed)


@pytest.mark.parametrize("armor", [[], ["-a"]])
def test_an_identity_file_may_itself_be_sealed(
    keys: Keys, tmp_path: Path, passphrase_file: Path, armor: list[str]
) -> None:
    hidden = tmp_path / "hidden.age"
    given = ("--passphrase-file", passphrase_file)
    vigbox("seal", "-p", *given, *armor, "-o", hidden, keys.path)
    sealed = vigbox("seal", "-i", hidden, *given, given=b"words")
    assert run("age", "-d", "-i", keys.path, given=sealed).stdout == b"words"
    assert vigbox("open", "-i", hidden, *given, given=sealed) == b"words"
    assert vigbox("keygen", "-y", hidden, *given).decode().strip() == keys.recipient
    (tmp_path / "sealed").write_bytes(sealed)
    typed = [("Passphrase of", "six words of mine")]
    words: list[str | Path] = [*VIGBOX, "open", "-i", hidden, tmp_path / "sealed"]
    assert on_terminal(words, typed)[::2] == (0, b"words")


# the terminal


def test_a_sealed_file_never_upsets_the_terminal(keys: Keys) -> None:
    words = [*VIGBOX, "seal", "-r", keys.recipient]
    code, seen, _ = on_terminal(words, given=b"words", is_shown=True)
    assert (code, "age-encryption" in seen) == (1, False)
    assert "-o FILE" in seen
    code, seen, _ = on_terminal([*words, "-a"], given=b"words", is_shown=True)
    assert (code, "BEGIN AGE" in seen) == (0, True)


def test_an_opened_film_never_upsets_the_terminal(keys: Keys, tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    for plain, code_expected in ((b"d\xc3\xa9j\xc3\xa0 vu\n", 0), (bytes(9), 1)):
        vigbox("seal", "-r", keys.recipient, "-o", sealed, given=plain)
        words: list[str | Path] = [*VIGBOX, "open", "-i", keys.path, sealed]
        code, seen, _ = on_terminal(words, is_shown=True)
        assert code == code_expected
        assert ("déjà vu" in seen) == (code == 0)


# what can be wrong


def damaged(kind: str, data: bytes) -> bytes:
    at = data.index(b"\n---") + 60
    return {
        "cut": data[:-1],
        "cut in its header": data[:40],
        "flipped": data[:-1] + bytes([data[-1] ^ 1]),
        "flipped in its header": data[: at - 40] + bytes([data[at - 40] ^ 1]) + data[at - 39 :],
        "empty": b"",
        "other": b"not an age file\n" * 1000,
        "armored": b"-----BEGIN AGE ENCRYPTED FILE-----\n" + data,
        "longer": data + b"\n",
        "huge header": data.split(b"\n")[0] + b"\n" + b"-> more of it\n\n" * 200_000,
        "huge line": data.split(b"\n")[0] + b"\n-> " + b"x" * 3_000_000,
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["cut", "cut in its header", "flipped", "flipped in its header", "empty", "other", "armored",
     "longer", "huge header", "huge line"],
)  # fmt: skip
def test_a_damaged_file_is_one_line_and_leaves_nothing(
    keys: Keys, tmp_path: Path, out: Path, kind: str
) -> None:
    sealed = tmp_path / "sealed.age"
    sealed.write_bytes(damaged(kind, run("age", "-r", keys.recipient, given=bytes(200_000)).stdout))
    refused("open", "-i", keys.path, "-o", out, sealed)
    assert list(out.parent.iterdir()) == []
    out.write_bytes(b"older")
    refused("open", "-i", keys.path, "-o", out, sealed)
    assert list(out.parent.iterdir()) == [out]
    assert out.read_bytes() == b"older"


def test_what_was_authenticated_is_given_on_standard_output(keys: Keys) -> None:
    sealed = vigbox("seal", "-r", keys.recipient, given=bytes(200_000))
    done = run(*VIGBOX, "open", "-i", keys.path, given=sealed[:-1])
    assert (done.returncode, done.stdout) == (1, bytes(3 * 65_536))


def test_another_identity_is_told(keys: Keys, other: Keys) -> None:
    sealed = vigbox("seal", "-r", keys.recipient, given=b"words")
    assert "any identity" in refused("open", "-i", other.path, given=sealed)


def test_a_mistyped_recipient_is_told_and_never_shown(keys: Keys) -> None:
    typed = keys.recipient[:-1] + ("q" if keys.recipient[-1] != "q" else "p")
    told = refused("seal", "-r", keys.recipient, "-r", typed, given=b"words")
    assert "recipient 2" in told
    assert typed not in told
    secret = keys.path.read_text().split()[-1]
    assert secret[20:40] not in refused("seal", "-r", secret, given=b"words")


@pytest.mark.parametrize("name", ["-R", "-i"])
@pytest.mark.parametrize(
    "text", ["", "# nothing\n\n", "ssh-ed25519 AAAA\n", "age1\n", "\0\xff", "\xe9"]
)
def test_a_file_of_no_keys_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "keys.txt"
    path.write_bytes(text.encode("latin-1"))
    assert str(path) in refused("seal", name, path, given=b"words")


def test_a_file_of_keys_without_end_is_refused() -> None:
    assert "/dev/zero" in refused("seal", "-R", "/dev/zero", given=b"words")
    assert "/dev/zero" in refused("open", "-i", "/dev/zero", given=b"words")


def test_nobody_to_seal_for_is_told() -> None:
    assert "for nobody" in refused("seal", given=b"words")


@pytest.mark.parametrize("words", [["seal", "--no-such"], ["open", "a", "b"], ["seal", "-r"], []])
def test_wrong_words_are_one_line(words: list[str]) -> None:
    assert "--help" in refused(*words)


def test_a_folder_is_no_file(keys: Keys, tmp_path: Path) -> None:
    sealed = vigbox("seal", "-r", keys.recipient, given=b"words")
    nowhere = tmp_path / "nowhere"
    for words in (("seal", "-r", keys.recipient), ("open", "-i", keys.path)):
        assert f"{tmp_path}: Is a directory" in refused(*words, tmp_path)
        assert f"{tmp_path}: it is a folder" in refused(*words, "-o", tmp_path, given=sealed)
        assert f"{nowhere}: No such file" in refused(*words, nowhere)
        assert f"{nowhere}/film: No such" in refused(*words, "-o", nowhere / "film", given=sealed)
    assert str(tmp_path) in refused("open", "-i", tmp_path)


def test_an_output_is_never_an_input(keys: Keys, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(keys.path)
    before = keys.path.read_bytes()
    for target in (keys.path, link):
        assert "read too" in refused("seal", "-r", keys.recipient, "-o", target, keys.path)
        assert "read too" in refused("open", "-i", keys.path, "-o", target, given=b"")
    assert keys.path.read_bytes() == before


def test_a_link_is_written_through(keys: Keys, out: Path) -> None:
    link = out.with_name("link")
    link.symlink_to(out)
    vigbox("seal", "-r", keys.recipient, "-o", link, given=b"words")
    assert link.is_symlink()
    assert vigbox("open", "-i", keys.path, out) == b"words"


def test_a_device_is_written_to_and_not_replaced(keys: Keys) -> None:
    vigbox("seal", "-r", keys.recipient, "-o", "/dev/null", given=b"words")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_disk_is_told_on_any_output(keys: Keys) -> None:
    full = os.strerror(errno.ENOSPC)
    told = refused("seal", "-r", keys.recipient, "-o", "/dev/full", given=b"words")
    assert told == f"vigbox: cannot seal /dev/full: {full}"
    for armor in ([], ["-a"]):
        with Path("/dev/full").open("wb") as device:
            done = subprocess.run(
                [*VIGBOX, "seal", "-r", keys.recipient, *armor], check=False, input=b"words",
                stdout=device, stderr=subprocess.PIPE,
            )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.decode() == f"vigbox: cannot seal standard output: {full}\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 0, f"a small disk needs the right to mount: {done.stderr!r}"
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_disk_that_fills_leaves_what_was_there(keys: Keys, small_disk: Path) -> None:
    film = small_disk / "film"
    film.write_bytes(b"older")
    sealed = vigbox("seal", "-r", keys.recipient, given=bytes(3_000_000))
    for words, given in (
        (("seal", "-r", keys.recipient), bytes(3_000_000)),
        (("open", "-i", keys.path), sealed),
    ):
        told = refused(*words, "-o", film, given=given)
        assert str(film) in told
        assert list(small_disk.iterdir()) == [film]
        assert film.read_bytes() == b"older"


def test_a_reader_that_leaves_early_is_one_line(keys: Keys) -> None:
    with subprocess.Popen(
        [*VIGBOX, "seal", "-r", keys.recipient, "/dev/zero"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        process.stdout.read(100_000)
        process.stdout.close()
        assert len(process.stderr.read().splitlines()) == 1
    assert process.returncode == 1


def _obey_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_command_that_is_ended_leaves_nothing(keys: Keys, out: Path, number: int) -> None:
    with subprocess.Popen(
        [*VIGBOX, "seal", "-r", keys.recipient, "-o", out],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        # a shell's background job ignores Ctrl-C, and so would what it starts
        preexec_fn=_obey_ctrl_c,  # noqa: PLW1509  # nothing else runs in this process
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stderr
        process.stdin.write(bytes(4_000_000))
        process.stdin.flush()
        assert [each.name[:8] for each in out.parent.iterdir()] == [".vigbox-"]
        process.send_signal(number)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + number
    assert list(out.parent.iterdir()) == []
