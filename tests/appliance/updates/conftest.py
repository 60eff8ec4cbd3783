"""A box that takes updates in, and one in the middle of an update."""

from pathlib import Path

import pytest

from tests.appliance.updates.made import TRUSTED, Pretended, a_package
from tests.appliance.updates.twin import UNITS, Twin
from vigbox.appliance.updates.place import Place
from vigbox.appliance.updates.staging import Staging
from vigbox.appliance.updates.steps import Journal, Update


@pytest.fixture
def installed(tmp_path: Path) -> Pretended:
    root = tmp_path / "root"
    for name in ("etc", "opt", "usr", "info"):
        (root / name).mkdir(parents=True)
    (root / "etc/kept").write_text("as it came")
    (root / "etc/changed").write_text("by somebody")
    (root / "opt/tool").write_text("#!/bin/sh\n")
    (root / "opt/tool").chmod(0o755)
    (root / "opt/link").symlink_to("tool")
    (root / "info/postinst").write_text("#!/bin/sh\n")
    (root / "info/postinst").chmod(0o755)
    (root / "info/conffiles").write_text("/etc/kept\n/etc/changed\n")
    return Pretended(root)


@pytest.fixture
def staging(installed: Pretended, tmp_path: Path) -> Staging:
    data = tmp_path / "data"
    (data / "web/update").mkdir(parents=True)
    return Staging(
        Place(data, tmp_path / "hint"),
        TRUSTED,
        Twin(data),
        package=installed,
        root=installed.root,
        check=a_package,
    )


@pytest.fixture
def update(tmp_path: Path) -> Update:
    folder = tmp_path / "updates"
    folder.mkdir()
    (folder / "next.deb").write_text("2")
    (folder / "before.deb").write_text("1")
    (tmp_path / "case.db").write_text("as it was")
    (tmp_path / "case.schema").write_text("0008")
    update = Update(folder, Twin(tmp_path), lambda _: None)
    update.write(Journal("waiting", "2", "1", "0008", UNITS, host="box"))
    return update
