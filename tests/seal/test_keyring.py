import threading

import pytest

from vigbox.model import NS
from vigbox.seal.errors import HeaderError, RecipientError, WrongPassphraseError
from vigbox.seal.identities import SecretIdentity, X25519Identity
from vigbox.seal.keyring import ABSOLUTE_NS, IDLE_NS, Keyring, LockedError
from vigbox.seal.passphrases import ScryptRecipient
from vigbox.seal.sealing import seal_bytes


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now_ns = 5 * NS

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keyring(clock: Clock) -> Keyring:
    return Keyring(monotonic_ns=clock)


def is_wiped(identity: SecretIdentity) -> bool:
    assert isinstance(identity, X25519Identity)
    return identity._secret == bytes(32)


def is_open(keyring: Keyring) -> bool:
    return not keyring.is_locked


def file_of(identity: X25519Identity) -> bytes:
    text = f"# mine\n{identity.secret_text()}\n"
    return seal_bytes(text.encode(), [ScryptRecipient("six words", 4)])


def test_unlocked_keyring_opens_what_is_sealed_to_its_identity(
    keyring: Keyring, identity: X25519Identity
) -> None:
    assert not is_open(keyring)
    keyring.unlock(file_of(identity), "six words")
    assert is_open(keyring)
    assert keyring.open(seal_bytes(b"a case", [identity.recipient])) == b"a case"


def test_wrong_passphrase_changes_nothing(keyring: Keyring, identity: X25519Identity) -> None:
    with pytest.raises(WrongPassphraseError):
        keyring.unlock(file_of(identity), "six wards")
    assert not is_open(keyring)
    keyring.unlock(file_of(identity), "six words")
    with pytest.raises(WrongPassphraseError):
        keyring.unlock(file_of(identity), "six wards")
    assert is_open(keyring)


def test_locking_wipes_the_identities_that_were_handed_out(
    keyring: Keyring, identity: X25519Identity
) -> None:
    keyring.unlock(file_of(identity), "six words")
    (held,) = keyring.identities
    keyring.lock()
    keyring.lock()
    assert is_wiped(held)
    for refused in (lambda: keyring.identities, lambda: keyring.open(b""), keyring.touch):
        with pytest.raises(LockedError):
            refused()


def test_idle_keyring_locks_itself(
    keyring: Keyring, clock: Clock, identity: X25519Identity
) -> None:
    keyring.unlock(file_of(identity), "six words")
    (held,) = keyring.identities
    clock.now_ns += IDLE_NS - 1
    assert is_open(keyring)
    clock.now_ns += 1
    assert not is_open(keyring)
    assert is_wiped(held)


def test_work_in_the_background_does_not_keep_it_open(
    keyring: Keyring, clock: Clock, identity: X25519Identity
) -> None:
    keyring.unlock(file_of(identity), "six words")
    clock.now_ns += IDLE_NS - 1
    keyring.open(seal_bytes(b"", [identity.recipient]))
    clock.now_ns += 1
    with pytest.raises(LockedError):
        keyring.open(seal_bytes(b"", [identity.recipient]))


def test_touched_keyring_stays_open_until_the_absolute_end(
    keyring: Keyring, clock: Clock, identity: X25519Identity
) -> None:
    keyring.unlock(file_of(identity), "six words")
    end_ns = clock.now_ns + ABSOLUTE_NS
    while clock.now_ns + IDLE_NS // 2 < end_ns:
        clock.now_ns += IDLE_NS // 2
        keyring.touch()
    clock.now_ns = end_ns
    with pytest.raises(LockedError):
        keyring.touch()


def test_absolute_end_is_counted_from_the_unlocking(
    keyring: Keyring, clock: Clock, identity: X25519Identity
) -> None:
    clock.now_ns = 9 * ABSOLUTE_NS  # a box that ran for days
    keyring.unlock(file_of(identity), "six words")
    assert is_open(keyring)


def test_identity_whose_time_is_over_does_not_come_back_with_the_next(
    keyring: Keyring, clock: Clock, identity: X25519Identity
) -> None:
    other = X25519Identity.generate()
    keyring.unlock(file_of(identity), "six words")
    (held,) = keyring.identities
    clock.now_ns += IDLE_NS
    keyring.unlock(file_of(other), "six words")
    assert [each.recipient for each in keyring.identities] == [other.recipient]
    assert is_wiped(held)


def test_second_practitioner_does_not_shut_out_the_first(
    keyring: Keyring, identity: X25519Identity
) -> None:
    other = X25519Identity.generate()
    keyring.unlock(file_of(identity), "six words")
    keyring.unlock(file_of(other), "six words")
    keyring.unlock(file_of(identity), "six words")
    recipients = {each.recipient for each in keyring.identities}
    assert recipients == {identity.recipient, other.recipient}
    assert len(keyring.identities) == 2


def test_file_that_asks_for_too_much_work_is_refused(
    keyring: Keyring, identity: X25519Identity
) -> None:
    sealed = file_of(identity).split(b"\n")
    sealed[1] = sealed[1].removesuffix(b" 4") + b" 19"
    with pytest.raises(HeaderError, match=r"2\^19"):
        keyring.unlock(b"\n".join(sealed), "six words")


def test_file_without_an_identity_is_refused(keyring: Keyring) -> None:
    sealed = seal_bytes(b"\xff nothing", [ScryptRecipient("six words", 4)])
    with pytest.raises(RecipientError):
        keyring.unlock(sealed, "six words")
    assert not is_open(keyring)


def test_threads_that_open_while_it_locks_open_or_are_told(
    keyring: Keyring, identity: X25519Identity
) -> None:
    sealed = seal_bytes(b"a case", [identity.recipient])
    keyring.unlock(file_of(identity), "six words")
    found: list[object] = []
    has_opened = threading.Event()

    def opening() -> None:
        try:
            while True:
                found.append(keyring.open(sealed))
                has_opened.set()
        except LockedError as error:
            found.append(error)

    threads = [threading.Thread(target=opening) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert has_opened.wait(60)
    keyring.lock()
    for thread in threads:
        thread.join(60)
    assert sum(isinstance(each, LockedError) for each in found) == 4
    assert {each for each in found if isinstance(each, bytes)} == {b"a case"}
