"""A set-up of root's that was broken off or cut leaves nothing that bars the tablet's."""

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.appliance.test_prepare import Programs, places
from vigbox.appliance import prepare as net_setup
from vigbox.appliance.settling import Wish, alone, put_in_place, settle
from vigbox.appliance.setup import setting_up, take_back
from vigbox.appliance.waiting import prepare
from vigbox.casework.first_keys import FirstKeys
from vigbox.casework.service import Service
from vigbox.casework.setup import Making, set_up
from vigbox.config import Settings
from vigbox.store.durable import save
from vigbox.store.identity import read_box
from vigbox.store.layout import DataFolderError, Layout

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over"),
    pytest.mark.usefixtures("loaded"),
]

WEB, RECORDER = 54_321, 54_322
ADDRESS = Settings().address
MAKING = Making("Anna", 10)
STEPS = 10
"""Whole files that a set-up at a terminal writes; the last is ``box.json``."""


class CutError(Exception):
    """A step went wrong."""


def as_user(do: Callable[[], object], user: int = WEB) -> int:
    """Do something in a process of its own as that user; gives how it ended."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            os.umask(0o077)
            do()
            code = 0
        except Exception:  # noqa: BLE001  # nothing of this process may go on as a test
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Do all of it once: what is loaded late, another user may not be able to read."""
    made = Layout(tmp_path_factory.mktemp("loaded"))
    made.create()
    made.chosen_id.write_text("0123456789abcdef0123456789abcdef\n")
    by_tablet(made)


@pytest.fixture
def layout() -> Iterator[Layout]:
    """A data folder as the package makes it, which waits for its set-up with its certificates."""
    folder = Path(tempfile.mkdtemp(prefix="vigbox-back-"))
    folder.chmod(0o755)
    made = Layout(folder / "data")
    made.create()
    os.chown(made.data, 0, WEB)
    made.data.chmod(0o1770)
    for each in made.data.rglob("*"):
        user = RECORDER if each.name in ("recordings", "arming", "recorder") else WEB
        os.chown(each, user, user)
    for each in (made.recordings, made.armed.parent):
        each.chmod(0o755)
    made.chosen_id.write_text("0123456789abcdef0123456789abcdef\n")
    made.chosen_id.chmod(0o644)
    assert as_user(lambda: prepare(made, [ADDRESS])) == 0
    yield made
    shutil.rmtree(folder)


def by_root(layout: Layout, when_kept: Callable[[], object] = lambda: None) -> None:
    """What ``vigbox setup`` does at a terminal."""
    with setting_up(layout, [ADDRESS], MAKING):
        save(layout.service, b'language = "nl"\n')
        when_kept()


def by_tablet(layout: Layout) -> None:
    """What the page's last step does, as the web's user; then root's part."""
    settings = Settings(data=layout.data, run=layout.data, work_factor=15)
    wish = Wish("Bea", Service(), FirstKeys.make(post_quantum=False))
    prepare(layout, [ADDRESS])
    settle(layout, settings, wish)


def ends_after(at: int, end: Callable[[], None]) -> None:
    """Have every file after so many end the set-up before it is there."""
    seen, replace = 0, Path.replace

    def counted(path: Path, to: Path) -> Path:
        nonlocal seen
        if seen == at:
            end()
        seen += 1
        return replace(path, to)

    Path.replace = counted  # type: ignore[method-assign,assignment]  # in a process of its own


def is_the_tablet_s(layout: Layout) -> None:
    assert not layout.box.exists()
    roots = {each.name for each in layout.data.rglob("*") if each.stat().st_uid == 0}
    # root alone writes these two
    assert roots <= {"box.id", "box.json.tmp"}
    assert as_user(lambda: by_tablet(layout)) == 0
    put_in_place(layout)
    assert read_box(layout).box.startswith("0123")


@pytest.mark.parametrize("at", range(STEPS))
def test_a_step_that_goes_wrong_leaves_the_tablet_its_way(layout: Layout, at: int) -> None:
    def fail() -> None:
        raise CutError

    def cut() -> None:
        ends_after(at, fail)
        by_root(layout)

    assert as_user(cut, 0) == 1
    is_the_tablet_s(layout)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_whoever_breaks_off_leaves_the_tablet_its_way(
    layout: Layout, error: type[BaseException]
) -> None:
    def leave() -> None:
        raise error

    with pytest.raises(error):
        by_root(layout, leave)
    is_the_tablet_s(layout)


@pytest.mark.parametrize("at", [0, 1, 4, 7, STEPS - 1])
def test_after_a_cut_the_next_boot_opens_the_way(layout: Layout, at: int) -> None:
    def cut() -> None:
        ends_after(at, lambda: os._exit(7))
        by_root(layout)

    assert as_user(cut, 0) == 7
    settings = layout.data.with_name("vigbox.toml")
    settings.write_text(f'data = "{layout.data}"\n')
    assert net_setup.main(settings, places(layout.data.parent), Programs()) == 0
    is_the_tablet_s(layout)


def test_nothing_is_taken_from_a_box_or_while_somebody_sets_it_up(layout: Layout) -> None:
    (layout.practitioners / "a.age").touch()
    with alone(layout):
        take_back(layout)
    assert (layout.practitioners / "a.age").exists()
    set_up(layout, work_factor=10)
    before = sorted(layout.data.rglob("*"))
    take_back(layout)
    layout.box.unlink()
    layout.film("0").touch()
    take_back(layout)
    assert {*before} - {*layout.data.rglob("*")} == {layout.box}


def test_a_link_leads_root_nowhere(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    layout.practitioners.rmdir()
    layout.practitioners.symlink_to(tmp_path)
    with pytest.raises(DataFolderError, match="is a link"):
        take_back(layout)
    assert (tmp_path / "precious").exists()
