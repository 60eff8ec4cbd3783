from vigbox.seal.payload import chunk_nonce, derive


def test_nonce_is_a_big_endian_counter_and_a_flag() -> None:
    assert chunk_nonce(0, is_final=False).hex() == "000000000000000000000000"
    assert chunk_nonce(258, is_final=True).hex() == "000000000000000000010201"


def test_keys_are_hkdf_of_rfc_5869() -> None:
    # RFC 5869, test case 3: its first 32 bytes
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert derive(b"\x0b" * 22, b"", b"").hex() == expected
