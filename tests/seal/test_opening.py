import io
import subprocess
import sys

import pytest

from vigbox.seal.armor import ArmorWriter
from vigbox.seal.errors import ArmorError, CutHeaderError, HeaderError, HeaderMacError, PayloadError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes, open_header, open_stream
from vigbox.seal.payload import NONCE_BYTES
from vigbox.seal.sealing import seal_bytes


def test_armor_is_found_by_itself(identity: X25519Identity) -> None:
    sealed, text = seal_bytes(b"plain", [identity.recipient]), io.BytesIO()
    armor = ArmorWriter(text)
    armor.write(sealed)
    armor.close()
    for given in (sealed, text.getvalue(), b"\r\n\n" + text.getvalue()[:-1]):
        assert open_bytes(given, [identity]) == b"plain"


def test_a_pipe_is_read_as_a_file_is(identity: X25519Identity) -> None:
    sealed = seal_bytes(b"plain" * 50_000, [identity.recipient])
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pipe:
        assert pipe.stdin
        assert pipe.stdout
        pipe.stdin.write(sealed)
        pipe.stdin.close()
        assert open_stream(pipe.stdout, [identity]).read() == b"plain" * 50_000


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (b"", CutHeaderError),
        (b"age-encryption.org/v1", CutHeaderError),
        (b"age-encryption.org/v2\n", HeaderError),
        (b"\0\0\0\x18ftypisom", HeaderError),
        (b"-----BEGIN PGP MESSAGE-----\n", ArmorError),
    ],
)
def test_other_files_are_refused(
    identity: X25519Identity, given: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        open_bytes(given, [identity])


def test_nothing_is_given_of_a_file_that_is_not_whole(identity: X25519Identity) -> None:
    with pytest.raises(PayloadError):
        open_bytes(seal_bytes(bytes(70_000), [identity.recipient])[:-1], [identity])


def test_stanza_added_by_another_is_found(identity: X25519Identity) -> None:
    sealed = seal_bytes(b"plain", [identity.recipient])
    changed = sealed.replace(b"\n--- ", b"\n-> added\n\n--- ", 1)
    with pytest.raises(HeaderMacError):
        open_bytes(changed, [identity])


def test_opened_header_tells_where_the_payload_begins_and_no_key(identity: X25519Identity) -> None:
    sealed = seal_bytes(b"plain", [identity.recipient])
    source = io.BytesIO(sealed)
    opened = open_header(source, [identity])
    assert opened.payload_offset == source.tell() == len(sealed) - 16 - 5
    assert opened.payload_key.hex() not in repr(opened)
    assert repr(opened.payload_key) not in repr(opened)


@pytest.mark.parametrize("kept", range(NONCE_BYTES))
def test_file_that_ends_in_its_nonce_is_told_as_cut(identity: X25519Identity, kept: int) -> None:
    sealed = seal_bytes(b"", [identity.recipient])
    with pytest.raises(CutHeaderError):
        open_bytes(sealed[: len(sealed) - 16 - NONCE_BYTES + kept], [identity])
