import base64
from typing import Any

import pytest

from vigbox.model import NS, canonical
from vigbox.recorder.grants import LIFETIME_NS, GrantError, Grants
from vigbox.seal.signing import SigningKey
from vigbox.store.statements import StatementError

KEY = SigningKey.generate()


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def signed(nonce: str, do: str = "start", key: SigningKey = KEY) -> dict[str, Any]:
    text = canonical({"do": do, "nonce": nonce})
    return {"grant": text.decode(), "signature": base64.b64encode(key.sign(text)).decode()}


def test_a_grant_counts_once() -> None:
    grants = Grants(KEY.verify_key)
    request = signed(grants.nonce())
    assert grants.check("start", request)["do"] == "start"
    with pytest.raises(GrantError, match="expired"):
        grants.check("start", request)


def test_a_grant_is_for_its_command_alone() -> None:
    grants = Grants(KEY.verify_key)
    with pytest.raises(GrantError, match="another command"):
        grants.check("erase", signed(grants.nonce()))


def test_a_grant_ends_after_ten_minutes() -> None:
    clock = Clock()
    grants = Grants(KEY.verify_key, clock)
    early, late = signed(grants.nonce()), signed(grants.nonce())
    clock.now_ns = LIFETIME_NS
    grants.check("start", early)
    clock.now_ns += NS
    with pytest.raises(GrantError, match="expired"):
        grants.check("start", late)


def test_a_nonce_of_ones_own_is_refused() -> None:
    with pytest.raises(GrantError, match="expired"):
        Grants(KEY.verify_key).check("start", signed("0" * 32))


def test_another_key_is_refused() -> None:
    grants = Grants(KEY.verify_key)
    with pytest.raises(StatementError, match="not signed"):
        grants.check("start", signed(grants.nonce(), key=SigningKey.generate()))


def test_asking_for_nonces_fills_no_memory() -> None:
    grants = Grants(KEY.verify_key)
    first = grants.nonce()
    for _ in range(64):
        last = grants.nonce()
    with pytest.raises(GrantError):
        grants.check("start", signed(first))
    grants.check("start", signed(last))
