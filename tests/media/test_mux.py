"""What the muxer writes, read back by ffprobe and ffmpeg."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.journeys import outside
from tests.media import drawn
from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.media.mux import Fragment, Muxer
from vigbox.media.sound import SoundTrack

MS = drawn.MS
PACKET = b"\xde\x04\x00\x4c"


def muxer() -> Muxer:
    return drawn.muxer_for(drawn.shots(1, 1)[0].data, SoundTrack())


def add_pictures(to: Muxer, *times_ms: float) -> None:
    for at_ms in times_ms:
        to.add_picture(b"\0\0\0\1\x65" + bytes(40), round(at_ms * MS), is_keyframe=at_ms == 0)


def taken(source: Muxer) -> list[Fragment]:
    found = []
    while (fragment := source.take_fragment()) is not None:
        found.append(fragment)
    return found


def indexed(source: Muxer, *fragments: Fragment) -> FilmIndex:
    data = source.header() + b"".join(each.data for each in fragments)
    return FilmIndex.scan(lambda offset, size: data[offset : offset + size], len(data))


def test_every_picture_lies_at_its_own_time(film: drawn.Film, film_path: Path) -> None:
    told = outside.ffprobe(film_path, "-select_streams", "v", "-show_packets")["packets"]
    assert [each["pts"] for each in told] == [shot.tick for shot in film.shots]
    assert [each["dts"] for each in told] == [shot.tick for shot in film.shots]
    keys = [shot.is_keyframe for shot in film.shots]
    assert ["K" in each["flags"] for each in told] == keys


def test_every_picture_decodes_without_a_warning(film: drawn.Film, film_path: Path) -> None:
    outside.plays_silently(film_path)
    shown = drawn.numbers(outside.pictures(film_path, drawn.SIZE))
    assert shown == [shot.number for shot in film.shots]


def test_sound_begins_at_zero_without_a_hole(film_path: Path) -> None:
    told = outside.ffprobe(film_path, "-select_streams", "a", "-show_packets")["packets"]
    assert [each["pts"] for each in told] == [1024 * n for n in range(len(told))]
    assert {each["duration"] for each in told} == {1024}


def test_flash_and_beep_are_within_40_ms(film_path: Path) -> None:
    pairs = outside.flashes_and_beeps(film_path)
    assert len(pairs) >= 9
    assert max(abs(flash - beep) for flash, beep in pairs) <= 0.040


def test_the_header_tells_whose_film_it_is(film: drawn.Film, film_path: Path) -> None:
    assert b"vigb" in film.data[:40]
    assert bytes.fromhex(drawn.FILM_ID) in film.data[:200]
    told = outside.ffprobe(film_path, "-show_streams")["streams"]
    assert [(each["codec_name"], each["time_base"]) for each in told] == [
        ("h264", "1/90000"),
        ("aac", "1/48000"),
    ]
    assert (told[0]["width"], told[0]["height"]) == drawn.SIZE
    assert (told[1]["sample_rate"], told[1]["channels"], told[1]["profile"]) == ("48000", 1, "LC")


def test_fragments_are_short_and_follow_one_another(film: drawn.Film) -> None:
    fragments = [each for _, each in film.fragments]
    assert fragments[0].start_ns == 0
    assert max(each.duration_ns for each in fragments) < 400 * MS
    for each, after in pairwise(fragments):
        assert 0 < after.start_ns - each.start_ns < 400 * MS


def test_a_fragment_closes_when_a_further_picture_came() -> None:
    source = muxer()
    add_pictures(source, 0, 40, 80, 120, 160)
    assert taken(source) == []
    add_pictures(source, 200)
    (fragment,) = taken(source)
    assert (fragment.start_ns, fragment.duration_ns) == (0, 200 * MS)
    last = source.flush()
    assert last is not None
    assert (last.start_ns, last.duration_ns) == (200 * MS, 40 * MS)
    assert source.flush() is None


def test_times_do_not_drift() -> None:
    source = muxer()
    times_ns = [n * 33_366_667 for n in range(300)]
    fragments = []
    for at_ns in times_ns:
        source.add_picture(b"\0\0\0\1\x65" + bytes(8), at_ns, is_keyframe=at_ns == 0)
        fragments += taken(source)
    index = indexed(source, *fragments, *filter(None, [source.flush()]))
    assert list(index.picture_times) == [round(at_ns * 9 / 100_000) for at_ns in times_ns]


def test_times_that_stand_still_or_go_back_stay_in_order() -> None:
    source = muxer()
    add_pictures(source, 0, 40, 40, 30, 80, 300)
    times = list(indexed(source, *taken(source)).picture_times)
    assert times == [0, 3600, 3601, 3602, 7200]


def test_a_silent_microphone_holds_no_picture_back() -> None:
    source = muxer()
    add_pictures(source, *range(0, 1001, 40))
    (fragment,) = taken(source)
    assert indexed(source, fragment).picture_count == 25


def test_a_film_without_sound_plays(tmp_path: Path) -> None:
    film = drawn.record(drawn.shots(2, 4), None)
    path = tmp_path / "silent.mp4"
    path.write_bytes(film.data)
    outside.plays_silently(path)
    assert len(outside.times(path)) == len(film.shots)
    assert len(outside.ffprobe(path, "-show_streams")["streams"]) == 1


def test_sound_goes_on_while_the_camera_stalls() -> None:
    source = muxer()
    add_pictures(source, 0, 40)
    for n in range(150):
        source.add_sound(PACKET, n * 1024)
    alone = taken(source)
    assert alone
    add_pictures(source, 3_200, 3_240)
    index = indexed(source, *alone, *taken(source), *filter(None, [source.flush()]))
    assert list(index.picture_times) == [0, 3_600, 288_000, 291_600]
    assert list(index.sound.times) == [n * 1024 for n in range(150)]


def test_a_hole_in_the_sound_stays_a_hole(tmp_path: Path) -> None:
    times = [0, 1024, 5000, 6024, 20_000]
    source = muxer()
    for shot in drawn.shots(1, 1):
        source.add_picture(shot.data, shot.time_ns, is_keyframe=shot.is_keyframe)
    for packet in drawn.sound_packets(*times):
        source.add_sound(packet.data, packet.time_samples)
    path = tmp_path / "hole.mp4"
    path.write_bytes(source.header() + b"".join(each.data for each in drawn.rest(source)))
    told = outside.ffprobe(path, "-select_streams", "a", "-show_packets")["packets"]
    assert [each["pts"] for each in told] == times


def test_a_camera_whose_clock_stands_still_fills_no_memory() -> None:
    source = muxer()
    for _ in range(1000):
        add_pictures(source, 0)
        taken(source)
    assert len(source._pictures) <= 101


def test_a_picture_without_parameter_sets_begins_no_film() -> None:
    with pytest.raises(BoxError, match="parameter sets"):
        drawn.muxer_for(b"\0\0\0\1\x65" + bytes(8), None)


@pytest.mark.parametrize("parts", [1, 7])
def test_nothing_is_kept_beyond_the_fragment_in_the_making(parts: int) -> None:
    source = muxer()
    for n in range(60):
        add_pictures(source, *(n * 1000 + part * 1000 / parts for part in range(parts)))
        for packet in range(47):
            source.add_sound(PACKET, (n * 47 + packet) * 1024)
        taken(source)
        assert len(source._pictures) <= parts + 1
        assert len(source._sound) <= 48
