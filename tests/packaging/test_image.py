"""The image's recipe: what can be known without building one. docs/image.md tells the rest."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vigbox.appliance.updates.trusted import public_text, trusted_keys
from vigbox.config import Settings, load
from vigbox.seal.signing import SigningKey

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "packaging" / "image"
ASSETS = IMAGE / "image" / "vigbox"
OVERLAY = ASSETS / "device" / "rootfs-overlay"
LAYERS = (IMAGE / "layer" / "vigbox.yaml", ASSETS / "image.yaml")
BOARDS = {"pi4": "rpi4", "pi5": "rpi5", "zero2w": "rpizero2w"}
SCRIPTS = [
    each for each in sorted(IMAGE.rglob("*"))
    if each.is_file() and each.read_bytes()[:2] == b"#!"
]  # fmt: skip


def metadata(layer: Path) -> dict[str, str]:
    """The fields of a layer's head, their continued lines joined, as rpi-image-gen reads them."""
    head = layer.read_text("utf-8").partition("# METAEND")[0]
    joined = re.sub(r"\n#  +", " ", head)
    return dict(re.findall(r"^# X-Env-([\w-]+): ?(.*)$", joined, re.MULTILINE))


def body(layer: Path) -> Any:
    return yaml.safe_load(layer.read_text("utf-8"))


@pytest.mark.parametrize("path", [*LAYERS, *sorted((IMAGE / "config").iterdir())],
                         ids=lambda path: path.name)  # fmt: skip
def test_every_file_is_yaml(path: Path) -> None:
    assert isinstance(body(path), dict)


@pytest.mark.parametrize(("board", "device"), BOARDS.items())
def test_each_board_has_its_configuration(board: str, device: str) -> None:
    own = body(IMAGE / "config" / f"vigbox-{board}.yaml")
    assert own["device"]["layer"] == device
    common = body(IMAGE / "config" / own["include"]["file"])
    assert common["image"]["layer"] == metadata(LAYERS[1])["Layer-Name"]
    assert common["layer"]["app"] == metadata(LAYERS[0])["Layer-Name"]
    assert "user1pass" not in common["device"], "nobody logs in"
    assert re.fullmatch("[A-Z]{2}", common["ieee80211"]["regdom"])


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_every_variable_is_told_and_used(layer: Path) -> None:
    found = metadata(layer)
    variables = {each.split("-")[1] for each in found if each.startswith("Var-")}
    for each in variables:
        for field in ("Desc", "Required", "Valid", "Set"):
            assert f"Var-{each}-{field}" in found
    used = "".join(each.read_text("utf-8") for each in (*LAYERS, *SCRIPTS))
    for each in variables - {"rootfs_type", "assetdir"}:
        assert f"IGconf_{found['VarPrefix']}_{each}" in used


def test_ssh_and_swap_are_not_even_there() -> None:
    told = " ".join([metadata(LAYERS[0])["Layer-Requires"], *packages()])
    for each in ("ssh", "swap", "zram", "bluez", "networkd", "coredump"):
        assert each not in told


def packages() -> list[str]:
    return [each for layer in LAYERS for each in body(layer)["mmdebstrap"]["packages"]]


def test_what_the_package_depends_on_is_in_the_image() -> None:
    control = (ROOT / "packaging" / "debian" / "control").read_text("utf-8")
    lines = re.findall(r"^(?:Depends|Recommends): (.*)$", control, re.MULTILINE)
    wanted = [re.sub(r" \(.*?\)", "", each).split(" | ") for each in ", ".join(lines).split(", ")]
    # in every Debian; and what a layer of theirs brings
    brought = {"libc6", "systemd", "network-manager", "wireless-regdb", *packages()}
    missing = [each for each in wanted if not brought & set(each)]
    assert missing == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_can_be_run_and_is_sound(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    assert shutil.which("shellcheck"), "apt-get install shellcheck"
    # what rpi-image-gen and the initial RAM disk give: their variables, their functions
    done = subprocess.run(
        ["shellcheck", "--shell=sh", "--exclude=SC2154,SC1091", script],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_every_hook_is_sound(layer: Path, tmp_path: Path) -> None:
    for number, hook in enumerate(body(layer)["mmdebstrap"].get("customize-hooks", [])):
        path = tmp_path / f"hook{number}"
        path.write_text(hook)
        done = subprocess.run(
            ["shellcheck", "--shell=sh", "--exclude=SC2154", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")


def hook_with(word: str) -> str:
    hooks = body(LAYERS[0])["mmdebstrap"]["customize-hooks"]
    [found] = [each for each in hooks if word in each]
    return str(found)


def root_with(shipped: str, folder: Path, **words: str) -> Path:
    """Run the hook's own lines on a root whose settings are ``shipped``."""
    root = folder / "root"
    (root / "etc/vigbox").mkdir(parents=True)
    (root / "etc/vigbox/vigbox.toml").write_text(shipped, "utf-8")
    environ = {
        "ieee80211_regdom": "NL",
        "locale_default": "nl_NL.UTF-8",
    } | words
    subprocess.run(
        ["sh", "-c", hook_with("tell country"), "sh", root], check=True,
        env={f"IGconf_{key}": value for key, value in environ.items()} | {"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return root


def settings_with(shipped: str, folder: Path, **words: str) -> Settings:
    return load(root_with(shipped, folder, **words) / "etc/vigbox/vigbox.toml")


SHIPPED = (ROOT / "config" / "vigbox.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "line", ["", 'language = "en"', '  language="en" # so far\ncountry = "BE"']
)
@pytest.mark.parametrize(
    ("locale", "language"),
    [("nl_NL.UTF-8", "nl"), ("de_AT.UTF-8", "de"), ("en_GB.UTF-8", "en")],
)
def test_the_image_s_language_and_country_are_those_of_the_pages_and_the_radio(
    line: str, locale: str, language: str, tmp_path: Path
) -> None:
    found = settings_with(SHIPPED + line, tmp_path, locale_default=locale, ieee80211_regdom="DE")
    assert (found.language, found.country) == (language, "DE")


def test_a_language_without_pages_and_a_country_of_nobody_change_nothing(tmp_path: Path) -> None:
    found = settings_with(SHIPPED, tmp_path, locale_default="C.UTF-8", ieee80211_regdom="00")
    assert found == Settings()


def test_the_service_s_own_settings_come_before_all_others(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('update_from_stick = true\nlanguage = "de"\n  work_factor= 16\n', "utf-8")
    found = settings_with(SHIPPED, tmp_path, vigbox_settings=str(own), ieee80211_regdom="NL")
    assert found.update_from_stick
    assert (found.language, found.work_factor, found.country) == ("de", 16, "NL")


def test_the_release_keys_of_the_folder_are_those_that_the_box_believes(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    made = SigningKey.generate()
    (keys / "release.pub").write_text(public_text(made.verify_key), "ascii")
    (keys / "release").write_text("secret", "ascii")
    root = root_with(SHIPPED, tmp_path, vigbox_update_keys=str(keys))
    folder = root / "etc/vigbox/update-keys"
    assert [each.name for each in folder.iterdir()] == ["release.pub"]
    assert (folder / "release.pub").stat().st_mode & 0o777 == 0o644
    assert [each.to_text() for each in trusted_keys(folder)] == [made.verify_key.to_text()]


@pytest.mark.parametrize("which", ["vigbox_update_keys", "vigbox_settings"])
def test_a_folder_without_a_key_and_settings_that_are_not_there_end_the_build(
    which: str, tmp_path: Path
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        root_with(SHIPPED, tmp_path, **{which: str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("settings", "key", "said"),
    [
        ("", "", ""),
        ("work_factor = 99\n", "", "work_factor must be"),
        ("langage = 'nl'\n", "", "'langage' must be"),
        ("", "no key\n", "holds no release key"),
    ],
)
def test_a_mistake_in_them_ends_the_build(
    settings: str, key: str, said: str, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(settings, "utf-8")
    root = root_with(SHIPPED, tmp_path, vigbox_settings=str(own))
    if key:
        keys = root / "etc/vigbox/update-keys"
        keys.mkdir()
        (keys / "release.pub").write_text(key, "ascii")
    here = hook_with("trusted_keys").replace("'/etc/", f"'{root}/etc/")
    code = here.removeprefix('chroot "$1" /opt/vigbox/bin/python -c "').removesuffix('"')
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode == 0) == (not said), done.stderr
    assert said in done.stderr


def test_every_file_that_is_named_is_there() -> None:
    hooks = (ASSETS / "bdebstrap" / "customize20-vigbox").read_text("utf-8")
    for each in re.findall(r"\$here/(\S+?)[\"' ]", hooks):
        assert (ASSETS / "bdebstrap" / each.rstrip("/.")).resolve().exists(), each
    hook = (ASSETS / "device/initramfs-tools/hooks/vigbox").read_text("utf-8")
    for each in re.findall(r"copy_file \w+ /(\S+)", hook):
        assert (OVERLAY / each).exists(), each
    for unit in OVERLAY.rglob("*.service"):
        for each in re.findall(r"^ExecStart=-?/(usr/lib/vigbox/\S+)", unit.read_text("utf-8"),
                               re.MULTILINE):  # fmt: skip
            assert (OVERLAY / each).exists(), each


def test_the_root_is_laid_while_udev_still_tells_whose_partitions_they_are() -> None:
    scripts = ASSETS / "device/initramfs-tools/scripts"
    found = [each for each in scripts.rglob("*") if each.is_file()]
    # Debian 13 ends udev in init-bottom, before anything named later in the alphabet
    assert found == [scripts / "local-bottom" / "vigbox"]
    lines = found[0].read_text("utf-8")
    assert lines.index("wait_for_udev") < lines.index("lay-root")


def test_every_unit_of_the_image_begins_by_itself(tmp_path: Path) -> None:
    for each in ("etc/systemd/system", "boot/firmware"):
        (tmp_path / each).mkdir(parents=True)
    subprocess.run([ASSETS / "bdebstrap" / "customize20-vigbox", tmp_path], check=True)
    units = {each.name for each in OVERLAY.rglob("*.service")}
    begun = tmp_path / "etc/systemd/system/multi-user.target.wants"
    assert {each.name for each in begun.iterdir()} == units == {
        "vigbox-grow.service", "vigbox-label.service",
    }  # fmt: skip


class Boot:
    """A boot partition and a data folder, and stand-ins that note who mounted what, and when."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boot, self.data = folder / "boot", folder / "data"
        for each in (self.boot, self.data / "tls", folder / "bin", folder / "run"):
            each.mkdir(parents=True)
        (self.data / "tls/authority.pem").touch()
        self.stand_in("mount", f'echo "$2 $(ls {self.boot} | xargs)" >>{folder}/mounted')
        self.stand_in("findmnt", "echo ext4")
        self.stand_in("vigbox", '[ "$1 $2" = "setup --label" ] && printf label >"$3"')

    def stand_in(self, name: str, line: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def begin(self) -> int:
        """Run the script; systemd makes its folder anew each time."""
        (self.folder / "run/label.pdf").unlink(missing_ok=True)
        return subprocess.run(
            [OVERLAY / "usr/lib/vigbox/label-on-card", self.boot, self.data], check=False,
            env={"PATH": f"{self.folder}/bin:/usr/bin:/bin",
                 "RUNTIME_DIRECTORY": str(self.folder / "run")},
        ).returncode  # fmt: skip

    @property
    def mounted(self) -> list[str]:
        """How the boot partition was mounted, and what lay in it at that moment."""
        path = self.folder / "mounted"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def files(self) -> dict[str, str]:
        return {each.name: each.read_text() for each in self.boot.iterdir()}


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    return Boot(tmp_path)


WRITTEN = ["remount,rw ", "remount,ro vigbox-label.pdf"]


def test_the_label_is_on_the_card_once_and_gone_when_the_box_is_set_up(boot: Boot) -> None:
    assert boot.begin() == 0
    assert boot.files == {"vigbox-label.pdf": "label"}
    assert boot.mounted == WRITTEN
    assert boot.begin() == 0
    assert boot.mounted == WRITTEN, "nothing is written twice"
    (boot.data / "box.json").touch()
    assert boot.begin() == 0
    assert boot.files == {}
    assert boot.mounted[2:] == ["remount,rw vigbox-label.pdf", "remount,ro "]
    assert boot.begin() == 0
    assert len(boot.mounted) == 4, "a box that is set up mounts nothing"


def test_a_cut_leaves_no_half_of_a_label_and_no_whole_one_behind_the_set_up(boot: Boot) -> None:
    (boot.boot / "vigbox-label.new").write_text("la")
    assert boot.begin() == 0
    assert boot.files == {"vigbox-label.pdf": "label"}
    (boot.boot / "vigbox-label.pdf").rename(boot.boot / "vigbox-label.new")
    (boot.data / "box.json").touch()
    assert boot.begin() == 0
    assert boot.files == {}


def test_a_full_boot_partition_is_only_read_again(boot: Boot) -> None:
    boot.stand_in("cp", "exit 1")
    assert boot.begin() != 0
    assert boot.files == {}
    assert [each.strip() for each in boot.mounted] == ["remount,rw", "remount,ro"]


def test_no_label_is_written_of_what_the_next_start_does_not_know(boot: Boot) -> None:
    boot.stand_in("findmnt", "echo tmpfs")
    assert boot.begin() != 0
    boot.stand_in("findmnt", "echo ext4")
    (boot.data / "tls/authority.pem").unlink()
    assert boot.begin() != 0
    (boot.data / "tls/authority.pem").touch()
    boot.stand_in("vigbox", "exit 1")
    assert boot.begin() != 0
    assert (boot.files, boot.mounted) == ({}, [])


def test_the_label_comes_after_what_it_tells_and_never_stops_a_boot() -> None:
    unit = (OVERLAY / "etc/systemd/system/vigbox-label.service").read_text("utf-8")
    after = re.findall("^After=(.*)$", unit, re.MULTILINE)[0].split()
    assert {"boot-firmware.mount", "vigbox-net-setup.service", "vigbox-setup.service"} == set(after)
    assert "ConditionPathIsMountPoint=/boot/firmware" in unit
    assert "ExecStart=-/" in unit
    assert "TimeoutStartSec=" in unit
    # a name space of its own would keep the mount to itself
    assert not re.search("^(Private|Protect|ReadOnly|Inaccessible|DynamicUser)", unit, re.MULTILINE)


def test_a_drop_in_is_for_a_unit_that_the_package_has() -> None:
    for folder in OVERLAY.rglob("*.service.d"):
        assert (ROOT / "systemd" / folder.name.removesuffix(".d")).exists(), folder.name


def test_the_partitions_of_the_plan_are_those_that_the_rules_name() -> None:
    plan = (ASSETS / "genimage.cfg.in").read_text("utf-8")
    labels = set(re.findall(r'label = "(\w+)"', plan))
    rules = (OVERLAY / "etc/udev/rules.d/99-rpi-05-image.rules").read_text("utf-8")
    assert set(re.findall(r'ID_FS_LABEL}=="(\w+)"', rules)) == labels == {"BOOT", "ROOT", "DATA"}
    assert rules.count('ENV{RPI_ONBOOTDEV}=="1"') == 3, "a stick with such a label is no part of it"
    last = re.findall(r"partition (\w+) {", plan)[-1]
    assert last == "data", "only the last one can grow"


def test_every_partition_s_image_has_a_sparse_one() -> None:
    """Theirs refuses one without, and reads the plan line by line."""
    plan = (ASSETS / "genimage.cfg.in").read_text("utf-8")
    images = re.findall(r"partition \w+ {[^}]*\n *image = (\S+)\n", plan)
    sparse = re.findall(r"image (\S+) {\n *android-sparse {\n *image = (\S+)\n *}\n}\n", plan)
    assert len(images) == 3
    assert sorted(sparse) == sorted((f"{each}.sparse", each) for each in images)


def test_the_grown_card_is_not_lost_to_tables_of_inodes(tmp_path: Path) -> None:
    plan = (ASSETS / "genimage.cfg.in").read_text("utf-8")
    words = re.findall('extraargs = "(.*)"', plan[plan.index("image data.ext4 {") :])[0].split()
    card = tmp_path / "card"
    card.touch()
    size = metadata(LAYERS[1])["Var-data_part_size"]
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(
        ["mke2fs", "-n", "-t", "ext4", *words, card, size],
        check=True, capture_output=True, text=True, env=environ,
    )  # fmt: skip
    found = re.findall(r"with (\d+) 4k blocks and (\d+) inodes", done.stdout)
    blocks, inodes = map(int, found[0])
    # each is 256 bytes; growing keeps the ratio
    assert inodes * 256 / (blocks * 4096) < 0.01
    assert inodes >= 4096, "enough for settings and lists even if it never grows"


def test_the_plan_is_filled_by_the_script_that_writes_it(tmp_path: Path) -> None:
    names = ("name", "suffix", "boot_part_size", "root_part_size", "data_part_size")
    environ = {f"IGconf_image_{each}": f"the-{each}" for each in names}
    subprocess.run(
        [ASSETS / "pre-image.sh", tmp_path, tmp_path], check=True,
        env=environ | {"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    plan = (tmp_path / "genimage.cfg").read_text("utf-8")
    assert "<" not in plan
    assert all(value in plan for value in environ.values())
    assert f"'{ASSETS}/setup.sh' ROOT" in plan


def test_the_root_is_read_only_in_the_table_and_on_the_kernel_s_line(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for which in ("ROOT", "BOOT"):
        subprocess.run(
            [ASSETS / "setup.sh", which], check=True,
            env={"IMAGEMOUNTPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    table = [each.split() for each in (tmp_path / "etc/fstab").read_text("utf-8").splitlines()]
    options = {each[1]: each[3].split(",") for each in table}
    assert "ro" in options["/"]
    assert "ro" in options["/boot/firmware"]
    assert all(each[0] == "tmpfs" for each in table if each[1].startswith("/var"))
    line = (tmp_path / "cmdline.txt").read_text("utf-8")
    assert " ro " in line
    assert " fsck.repair=yes " in line, "nobody sits there to be asked"
    assert line.count("\n") == 1
    assert "serial" not in line
    assert "cgroup_enable=memory" in line, "else MemoryMax and MemoryLow do nothing on a Pi"


def test_the_board_s_lines_come_after_what_the_firmware_s_own_hook_wrote(tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text("kernel=kernel_2712.img", "utf-8")
    subprocess.run(
        [ASSETS / "setup.sh", "BOOT"], check=True,
        env={"IMAGEMOUNTPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    own = (ASSETS / "device" / "config.txt").read_text("utf-8")
    assert own.startswith("\n"), "their last line may be without an end"
    assert (tmp_path / "config.txt").read_text("utf-8") == "kernel=kernel_2712.img" + own
    too_soon = (ASSETS / "bdebstrap" / "customize20-vigbox").read_text("utf-8")
    assert "config.txt" not in too_soon


@pytest.mark.parametrize(
    ("wish", "done"),
    [("none", "ROOT env SUDO_FORCE_REMOVE=yes dpkg --purge sudo\n"), ("passwd", "")],
)
def test_sudo_goes_though_root_has_no_password(wish: str, done: str, tmp_path: Path) -> None:
    said = tmp_path / "said"
    said.touch()
    (tmp_path / "chroot").write_text(f'#!/bin/sh\necho "$*" >>{said}\n')
    (tmp_path / "chroot").chmod(0o755)
    subprocess.run(
        ["sh", "-c", hook_with("purge sudo"), "sh", "ROOT"], check=True,
        env={"IGconf_device_user1sudo": wish, "PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert said.read_text() == done


def test_what_the_board_is_told_and_what_the_system_is_told() -> None:
    config = (ASSETS / "device" / "config.txt").read_text("utf-8")
    assert "dtparam=strict_gpiod" in config
    said = {each.name: each.read_text("utf-8") for each in OVERLAY.rglob("etc/systemd/*.conf.d/*")}
    assert said, "the files are read"
    together = "".join(each.read_text("utf-8") for each in OVERLAY.rglob("*") if each.is_file())
    for line in ("RuntimeWatchdogSec=14s", "DumpCore=no", "Storage=volatile",
                 "kernel.core_pattern = |/bin/false"):  # fmt: skip
        assert line in together


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("setup.sh", "cgroup_enable=memory"),
        ("device/config.txt", "dtparam=strict_gpiod"),
        ("device/config.txt", "dtparam=watchdog=on"),
        (
            "device/rootfs-overlay/etc/systemd/system.conf.d/50-vigbox.conf",
            "RuntimeWatchdogSec=14s",
        ),
    ],
)
def test_what_is_to_be_done_by_hand_on_raspberry_pi_os_is_what_the_image_does(
    path: str, said: str
) -> None:
    by_hand = (
        (ROOT / "docs" / "packaging.md").read_text("utf-8").partition("On Raspberry Pi OS\n")[2]
    )
    assert f"`{said}`" in by_hand
    assert said in (ASSETS / path).read_text("utf-8")
