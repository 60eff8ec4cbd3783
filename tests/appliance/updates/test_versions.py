"""Which of two versions is newer, as dpkg says."""

import random
import subprocess

from vigbox.appliance.updates.versions import is_newer


def test_versions_are_in_dpkg_s_own_order() -> None:
    chance = random.Random(10)
    made = ["0.1.0", "0.1.0~rc1", "0.10.0", "0.9.0", "1.0", "1.0-1", "1.0+b1", "1.0a", "1.0.0"]
    made += ["1" + "".join(chance.choices("019ab.+~", k=chance.randrange(6))) for _ in range(60)]
    for _ in range(200):
        one, other = chance.choice(made), chance.choice(made)
        told = subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False)
        assert is_newer(one, other) == (told.returncode == 0), (one, other)
