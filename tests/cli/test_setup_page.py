"""``vigbox setup --page``: who may run it, and what it serves of a box that is not new."""

import os
from pathlib import Path

import pytest

from vigbox.appliance.waiting import prepare, served_name
from vigbox.cli.setup_page import RightsError, _box, serve
from vigbox.config import Settings
from vigbox.store.layout import Layout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(RightsError, match="systemctl start vigbox-setup") as refused:
        serve(Settings(data=data), Layout(data), None)
    assert "\n" not in str(refused.value)
    assert not data.exists()


def test_a_box_without_its_box_json_keeps_its_certificates(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    layout.create()
    waiting = prepare(layout, ["10.42.0.1"])
    layout.waiting.unlink()
    layout.film("0").write_bytes(b"a film")
    before = (layout.authority.read_bytes(), layout.certificate.read_bytes())
    assert _box(Settings(data=layout.data), layout) == ("", waiting.name)
    assert (layout.authority.read_bytes(), layout.certificate.read_bytes()) == before
    assert not layout.waiting.exists()
    layout.certificate.unlink()
    assert served_name(layout) == ""
