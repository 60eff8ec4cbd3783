"""``vigbox setup --page``: who may run it, and what it serves of a box that is not new."""

import os
from pathlib import Path

import pytest

from vigbox.appliance.waiting import prepare, served_name
from vigbox.appliance.wifi_state import read_state
from vigbox.cli.setup_page import RightsError, _box, create_app, serve
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


def test_they_ask_the_network_helper_whether_the_wi_fi_is_up(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", run=tmp_path)
    layout = Layout(settings.data)
    layout.create()
    app = create_app(settings, layout)
    assert app.extensions["vigbox-set-up"].wifi is read_state
    name = app.config["TRUSTED_HOSTS"][0]
    headers = {"Host": name, "X-Vigbox-Address": "192.0.2.7"}
    assert "A new box" in app.test_client().get("/", headers=headers).text
