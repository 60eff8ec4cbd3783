import pytest

from vigbox.companion.names import numbered, safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Clip 1.mp4", "Clip 1.mp4"),
        ("Größe, süß.mp4", "Größe, süß.mp4"),
        ("e\u0301.mp4", "\u00e9.mp4"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\boot.ini", "_.._boot.ini"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\x.mp4", "C__x.mp4"),
        (".vigbox", "vigbox"),
        (" clip.mp4 ", "clip.mp4"),
        ("clip.mp4.", "clip.mp4"),
        ("a\0b\nc\x7f.mp4", "a_b_c_.mp4"),
        ("a\u202e4pm.exe", "a_4pm.exe"),
        ("a\ud800.mp4", "a_.mp4"),
        ("clip.mp4:stream", "clip.mp4_stream"),
        ('<>"|?*.mp4', "______.mp4"),
        ("CON", "_CON"),
        ("con.mp4", "_con.mp4"),
        ("nul .mp4", "_nul .mp4"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("lpt\u00b9.mp4", "_lpt\u00b9.mp4"),
        ("console.mp4", "console.mp4"),
    ],
)
def test_a_name_becomes_one_that_every_system_holds(given: str, safe: str) -> None:
    assert safe_name(given, "otherwise") == safe


@pytest.mark.parametrize("given", ["", ".", "..", " . ", "/", "//", "\0"])
def test_a_name_of_which_nothing_is_left_gets_another(given: str) -> None:
    assert safe_name(given, "otherwise") == "otherwise"


@pytest.mark.parametrize("given", ["ü" * 300 + ".mp4", "x" * 300, "x" * 170 + " " * 99 + ".mp4"])
def test_a_long_name_is_shortened_and_keeps_its_suffix(given: str) -> None:
    name = safe_name(given, "otherwise")
    assert 0 < len(name.encode()) <= 180
    assert name.endswith(given[-4:])


def test_the_second_of_a_name_is_numbered_before_its_suffix() -> None:
    assert [numbered("clip.mp4", n) for n in (1, 2, 3)] == [
        "clip.mp4",
        "clip (2).mp4",
        "clip (3).mp4",
    ]
    assert numbered("clip", 2) == "clip (2)"
