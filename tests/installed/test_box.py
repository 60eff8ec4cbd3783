"""The installed package in a booted Debian: it films, keeps its walls, and is replaced in peace."""

import json
from collections.abc import Callable

import pytest

from tests.installed.conftest import Installed
from tests.installed.machine import Booted

DATA = "/var/lib/vigbox"
MEDIA = "/run/vigbox-media/media.sock"
CONNECT = f"python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect('{MEDIA}')\""
SUMS = f"sha256sum {DATA}/box.json {DATA}/case.db {DATA}/recorder/signing.key"


def films(box: Booted) -> list[str]:
    return box.sh(f"ls {DATA}/recordings | grep age$ | grep mp4 || true").split()


def test_a_fresh_install_waits_for_the_set_up_and_fails_nothing(
    installed: Installed, box: Booted
) -> None:
    assert installed.told == {
        "failed": "",
        "path": "active",
        "recorder": "inactive",
        "web": "inactive",
    }
    assert box.sh("systemctl --failed --no-legend --plain") == ""


def test_the_libraries_are_compiled_even_where_processes_share_no_memory(box: Booted) -> None:
    """On a root that is only read they would be compiled anew at each start."""
    count = "find /opt/vigbox/lib -name '*.pyc' | wc -l"
    at_first = int(box.sh(count))
    assert at_first > int(box.sh("find /opt/vigbox/lib -name '*.py' | wc -l")) * 0.9
    box.sh("find /opt/vigbox -type d -name __pycache__ -prune -exec rm -rf {} +")
    box.sh(
        "unshare --mount sh -c 'mount -t tmpfs -o ro none /dev/shm && "
        "dpkg-reconfigure --frontend=noninteractive vigbox'"
    )
    assert int(box.sh(count)) >= at_first


def test_the_hardened_units_are_what_systemd_accepts(box: Booted) -> None:
    said = box.run("systemd-analyze verify /usr/lib/systemd/system/vigbox* 2>&1")
    assert (said.returncode, said.stdout) == (0, "")


def test_debian_s_nginx_is_started_again_and_leaves_no_memory_on_the_card(box: Booted) -> None:
    said = box.sh("systemctl show --property=Restart,LimitCORE,MemorySwapMax nginx").splitlines()
    assert set(said) == {"Restart=on-failure", "LimitCORE=0", "MemorySwapMax=0"}


def ask(box: Booted, page: str, *options: str) -> str:
    """Ask nginx as a tablet that trusts the box's authority and nothing else."""
    name = page.removeprefix("https://").split("/")[0]
    told = f"--cacert {DATA}/tls/authority.pem --resolve {name}:443:127.0.0.1 {' '.join(options)}"
    box.until("systemctl is-active -q nginx")
    return box.sh(f"curl -sS --max-time 20 --retry 5 --retry-connrefused {told} {page}")


def test_nginx_answers_for_the_page_with_the_box_s_own_certificate(
    shared: Booted, installed: Installed
) -> None:
    assert "<form" in ask(shared, f"{installed.page}unlock")
    sheets = shared.sh("cd /usr/share/vigbox/static && ls *.css").split()
    kind = ask(shared, f"{installed.page}static/{sheets[0]}", "-o /dev/null -w '%{content_type}'")
    assert kind == "text/css"
    assert shared.run("curl -sS --max-time 5 http://localhost:8421/unlock").returncode != 0


def test_no_program_fell_over_while_it_began(shared: Booted) -> None:
    ask(shared, "https://localhost/unlock", "--insecure")
    told = shared.sh("journalctl -u 'vigbox*' --no-pager -o cat")
    assert "ready on" in told
    assert "Traceback" not in told


def test_the_web_s_unit_has_no_network(shared: Booted) -> None:
    pid = shared.pid("vigbox-web")
    seen = shared.sh(f"nsenter -t {pid} -n cut -d: -f1 /proc/net/dev | tail -n +3")
    assert seen.split() == ["lo"]


def test_the_hardened_units_film_and_answer(box: Booted, installed: Installed) -> None:
    assert ask(box, f"{installed.page}unlock", "-o /dev/null -w '%{http_code}'") == "200"
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    (film,) = films(box)
    kept = box.sh(f"stat -c '%U %G %a' {DATA}/recordings/{film}")
    assert kept == "vigbox-rec vigbox-rec 640"
    head = box.sh(f"runuser -u vigbox-web -- head -c 18 {DATA}/recordings/{film}")
    assert head == "age-encryption.org"


@pytest.mark.parametrize(
    ("user", "command"),
    [
        ("vigbox-rec", f"ls {DATA}/identities"),
        ("vigbox-rec", f"cat {DATA}/identities/arming.age"),
        ("vigbox-rec", f"cat {DATA}/case.db"),
        ("vigbox-rec", f"cat {DATA}/web/device.key"),
        ("vigbox-rec", f"rm -f {DATA}/case.db"),
        ("vigbox-rec", f"mv {DATA}/web {DATA}/gone"),
        ("vigbox-rec", f"touch {DATA}/box.json"),
        ("vigbox-web", f"cat {DATA}/recorder/signing.key"),
        ("vigbox-web", f"touch {DATA}/recordings/film"),
        ("vigbox-web", f"rm -f {DATA}/arming/armed.json"),
        ("vigbox-web", f"touch {DATA}/arming/armed.json.tmp"),
        ("vigbox-web", f"mv {DATA}/arming {DATA}/gone"),
        ("vigbox-web", f"mv {DATA}/recordings {DATA}/gone"),
        ("vigbox-web", f"rm -f {DATA}/box.json"),
        ("vigbox-lamp", f"ls {DATA}"),
        ("www-data", f"cat {DATA}/tls/box.pem"),
        ("www-data", f"ls {DATA}"),
        ("vigbox-rec", f"cat {DATA}/tls/box.pem"),
        ("nobody", f"ls {DATA}"),
        ("nobody", "curl -sS --unix-socket /run/vigbox-web/web.sock http://localhost/"),
        ("nobody", "/opt/vigbox/bin/python /inside/until_mode.py idle"),
        ("nobody", CONNECT),
        ("www-data", CONNECT),
        ("vigbox-rec", CONNECT),
        ("vigbox-lamp", CONNECT),
    ],
)
def test_no_user_gets_at_what_is_another_s(shared: Booted, user: str, command: str) -> None:
    refused = shared.run(f"timeout 3 runuser -u {user} -- {command}")
    assert refused.returncode != 0
    assert shared.run(SUMS).returncode == 0


def test_nothing_that_the_web_leaves_in_the_shared_folder_stops_an_arming(
    box: Booted, installed: Installed
) -> None:
    names = [
        f"{each}.json{end}" for each in ("armed", "unarmed", "disarmed") for end in ("", ".tmp")
    ]
    as_web = "runuser -u vigbox-web --"
    for name in names:
        box.sh(f"{as_web} sh -c 'echo x > {DATA}/{name}'")
    # and where a recorder once proved that it can write
    box.sh(f"{as_web} sh -c 'cd {DATA} && for n in $(seq 9999); do mkdir .writable-$n.tmp; done'")
    box.sh("systemctl restart vigbox-recorder")
    box.until_active("vigbox-recorder")
    box.sh(f"{as_web} /opt/vigbox/bin/python /inside/arm.py {installed.passphrase} 2")
    box.press("press")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    assert len(films(box)) == 1


def test_the_recorder_s_unit_does_not_even_see_the_identities(shared: Booted) -> None:
    pid = shared.pid("vigbox-recorder")
    for folder in ("identities", "web", "exports", "imports", "lanes", "tls"):
        seen = shared.sh(f"nsenter -t {pid} -m ls {DATA}/{folder}")  # even root sees it empty
        assert seen == "", folder


def test_the_hardened_web_has_films_read_and_made_and_cannot_make_walls(shared: Booted) -> None:
    shared.sh(
        "sed -e 's|^ExecStart=.*|ExecStart=/opt/vigbox/bin/python /inside/foreign.py|'"
        " -e 's|^Type=.*|Type=oneshot|' -e 's|^Restart=.*|Restart=no|' -e '/^RuntimeDirectory/d'"
        " /usr/lib/systemd/system/vigbox-web.service > /run/systemd/system/proof.service"
    )
    shared.sh("systemctl daemon-reload && systemctl start proof && journalctl --sync")
    told = shared.sh("journalctl -u proof --no-pager -o cat")
    assert "pictures: 25" in told
    assert "card: 25" in told
    assert "bubblewrap: Films from elsewhere cannot be read" in told
    assert "faces: 0" in told


def a_case(box: Booted, installed: Installed) -> str:
    """Open a case whose mother agreed to filming; gives the words of a tablet at it."""
    python, name = "/opt/vigbox/bin/python", installed.page.removeprefix("https://").strip("/")
    case = box.sh(f"runuser -u vigbox-web -- {python} /inside/family.py {installed.passphrase}")
    box.until("systemctl is-active -q nginx")
    return f"{python} /inside/kept.py {name} {installed.passphrase} {case}"


def test_a_film_from_elsewhere_is_added_and_a_film_to_keep_made_of_it(
    box: Booted, installed: Installed
) -> None:
    told = box.sh(a_case(box, installed)).splitlines()
    assert told[:2] == ["import: ready ", "film: ready"]
    assert int(told[2].removeprefix("pictures: ")) > 75
    said = box.sh("journalctl -u 'vigbox-media@*' --no-pager -o cat")
    assert said.count("Started vigbox-media@") >= 3


def test_killing_the_worker_ends_no_film_and_locks_nothing(
    box: Booted, installed: Installed
) -> None:
    box.press("press")
    box.until_mode("recording")
    before = box.pid("vigbox-recorder"), box.pid("vigbox-web")
    box.sh("runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/held.py >/run/held 2>&1 &")
    box.until("grep -q begun /run/held")
    box.sh("systemctl kill -s KILL 'vigbox-media@*'")
    box.until("grep -q ended /run/held")
    assert "could not be read, or asks for more" in box.sh("cat /run/held")
    box.until_mode("recording")
    box.press("hold")
    box.until_mode("idle")
    assert len(films(box)) == 1
    told = box.sh(f"{a_case(box, installed)} kill").splitlines()
    assert told[0].startswith("import: failed The reader of this film was stopped")
    assert told[1] == "the page is open"
    assert (box.pid("vigbox-recorder"), box.pid("vigbox-web")) == before


def test_a_job_of_the_worker_can_reach_nothing(shared: Booted) -> None:
    folder = "/run/systemd/system/vigbox-media@probe.service.d"
    unit = (
        "[Service]\nStandardInput=null\nStandardOutput=journal\nBindReadOnlyPaths=/inside\n"
        "ExecStart=\nExecStart=/opt/vigbox/bin/python -B /inside/probe.py\n"
    )
    shared.sh(f"mkdir -p {folder} && printf '{unit}' >{folder}/probe.conf")
    shared.sh("systemctl daemon-reload && systemctl start --wait vigbox-media@probe")
    shared.sh(f"rm -r {folder} && systemctl daemon-reload && journalctl --sync")
    told = shared.sh("journalctl -u vigbox-media@probe --no-pager -o cat").splitlines()
    assert [each for each in told if each.startswith("could")] == []
    facts = dict(each.split(": ", 1) for each in told if ": " in each)
    assert facts["facts"] == "{'CapEff': '0000000000000000', 'NoNewPrivs': '1', 'Seccomp': '2'}"
    assert facts["reached"] == "nothing"
    users = shared.sh("cut -d: -f3 /etc/passwd").split()
    assert facts["user"] not in users


def test_a_running_job_is_another_user_s_without_a_network_and_goes_with_whoever_asked(
    shared: Booted,
) -> None:
    shared.sh(
        "runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/held.py >/run/held 2>&1 &"
        " echo $! >/run/held.pid"
    )
    shared.until("grep -q begun /run/held")
    (unit,) = shared.sh(
        "systemctl list-units 'vigbox-media@*' --state=running --plain --no-legend | cut -d' ' -f1"
    ).split()
    pid = shared.pid(unit)
    job = shared.sh(f"pgrep -P {pid}")
    seen = shared.sh(f"nsenter -t {job} -n cut -d: -f1 /proc/net/dev | tail -n +3")
    assert seen.split() == ["lo"]
    assert shared.run(f"nsenter -t {job} -m ls {DATA}").returncode != 0
    assert shared.sh(f"stat -c %U /proc/{job}") not in ("root", "vigbox-web", "vigbox-rec")
    assert shared.sh(f"cat /proc/{job}/comm") == "ffmpeg"
    score, nice = shared.sh(f"cat /proc/{job}/oom_score_adj; ps -o ni= {job}").split()
    assert (score, nice) == ("900", "19")
    shared.sh("pkill -KILL -P $(cat /run/held.pid) || kill -KILL $(cat /run/held.pid)")
    shared.until(f"! test -e /proc/{job}")


def test_root_s_own_connection_is_not_heard(shared: Booted) -> None:
    ask = (
        f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{MEDIA}'); print(s.recv(9))"
    )
    assert shared.sh(f'python3 -c "{ask}"') == "b'N'"


def test_a_job_in_the_unit_gives_the_bytes_it_gives_behind_bubblewrap(
    shared: Booted, record_property: Callable[[str, object], None]
) -> None:
    said = shared.sh("runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/measure.py 3")
    told = [json.loads(line) for line in said.splitlines()]
    for each in told:
        ratio = each["unit_s"] / each["bubblewrap_s"]
        record_property("figure", f"{each['job']}: in the unit {ratio:.2f} x bubblewrap's time")
    assert [(each["job"], each["same"]) for each in told] == [("read", True), ("make", True)]


def test_an_upgrade_goes_round_the_film_that_is_being_made(box: Booted, newest: str) -> None:
    box.press("press")
    box.until_mode("recording")
    before, sums = box.pid("vigbox-recorder"), box.sh(SUMS)
    box.install(newest)
    assert box.pid("vigbox-recorder") == before
    box.until_mode("recording")
    box.press("hold")
    box.until(f"test $(systemctl show vigbox-recorder -p MainPID --value) != {before}")
    box.until_mode("idle")
    assert len(films(box)) == 1
    assert box.sh(SUMS) == sums
    assert '"finished"' in box.sh(f"cat {DATA}/recordings/*.json")
    box.until_active("vigbox-web", "vigbox-lamp")


def test_an_upgrade_renews_an_idle_recorder_at_once(box: Booted, newest: str) -> None:
    before = box.pid("vigbox-recorder")
    box.install(newest)
    box.until(f"test $(systemctl show vigbox-recorder -p MainPID --value) != {before}")
    box.until_mode("idle")


def test_an_upgrade_leaves_no_statement_of_an_older_version_where_it_lay(
    box: Booted, newest: str
) -> None:
    box.sh(f"cp -p {DATA}/arming/armed.json {DATA}")
    box.install(newest)
    assert box.run(f"test -e {DATA}/armed.json").returncode == 1
    assert box.run(f"test -e {DATA}/arming/armed.json").returncode == 0


def test_a_removal_keeps_the_data_and_an_install_goes_on(
    box: Booted, newest: str, installed: Installed
) -> None:
    sums = box.sh(SUMS)
    box.sh("dpkg --remove vigbox")
    assert box.state("vigbox-recorder") != "active"
    assert box.sh("ls /opt; ls /usr/bin/vigbox 2>/dev/null || true") == ""
    assert box.sh("systemctl show --value --property=Restart nginx") == "no"
    assert box.sh(SUMS) == sums
    assert box.run("test -e /etc/vigbox/vigbox.toml").returncode == 0
    assert box.run("nginx -t").returncode == 0
    box.install(newest)
    box.until_active("vigbox-recorder", "vigbox-web")
    assert box.sh(SUMS) == sums
    assert "<form" in ask(box, f"{installed.page}unlock")


def test_a_purge_that_nobody_answers_keeps_the_data_and_says_where(box: Booted) -> None:
    sums = box.sh(SUMS)
    purged = box.run("dpkg --purge vigbox")
    assert purged.returncode == 0, purged.stderr
    assert f"kept in {DATA}" in purged.stderr
    assert box.run("nginx -t").returncode == 0
    assert box.sh(SUMS) == sums
    assert box.run("test -e /etc/vigbox").returncode == 1


def test_a_purge_erases_the_data_when_somebody_says_so(box: Booted) -> None:
    box.sh("echo 'vigbox vigbox/purge-data boolean true' | debconf-set-selections")
    box.sh("dpkg --purge vigbox")
    assert box.run(f"test -e {DATA}").returncode == 1
