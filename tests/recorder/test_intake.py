from vigbox.devices.camera import Picture
from vigbox.devices.microphone import Sound
from vigbox.recorder.intake import CAPACITY_BYTES, End, Intake, Item

PICTURE = Picture(bytes(1 << 20), 0, is_keyframe=False)


def test_what_came_first_is_taken_first() -> None:
    intake = Intake()
    items: list[Item] = [Picture(b"a", 1, is_keyframe=True), Sound(b"b", 2), End("panel", 3)]
    for item in items:
        intake.put(item)
    assert [intake.take(0) for _ in items] == items
    assert intake.take(0) is None


def test_half_a_minute_of_film_fits_and_more_is_counted() -> None:
    intake = Intake()
    assert CAPACITY_BYTES > 30 * 20_000_000 // 10
    for _ in range(70):
        intake.put(PICTURE)
    assert intake.dropped == 70 - (CAPACITY_BYTES >> 20)


def test_the_end_always_fits() -> None:
    intake = Intake()
    while not intake.dropped:
        intake.put(PICTURE)
    intake.put(End("panel", 0))
    taken = []
    while (item := intake.take(0)) is not None:
        taken.append(item)
    assert taken[-1] == End("panel", 0)


def test_room_comes_back() -> None:
    intake = Intake()
    for _ in range(200):
        intake.put(PICTURE)
        assert intake.take(0) == PICTURE
    assert intake.dropped == 0
