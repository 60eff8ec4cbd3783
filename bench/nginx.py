"""The shipped ``config/nginx/vigbox.conf`` in Debian's own nginx.conf, at other places."""

import re
from dataclasses import dataclass
from pathlib import Path

from bench.wire import ROOT

_DEBIANS = Path("/etc/nginx/nginx.conf")


@dataclass(frozen=True)
class Site:
    """Where the box's folder and the web's socket are, and on which addresses nginx listens."""

    data: Path
    sock: Path
    listens: dict[int, str]

    def text(self) -> str:
        """Give the shipped file with these places."""
        text = (ROOT / "config" / "nginx" / "vigbox.conf").read_text()
        for shipped, ours in (
            ("/var/lib/vigbox/", f"{self.data}/"),
            ("/run/vigbox-web/web.sock", str(self.sock)),
            ("/usr/share/vigbox/static/", f"{ROOT}/vigbox/web/static/"),
        ):
            text = text.replace(shipped, ours)
        return re.sub(r"listen (\d+)", lambda found: f"listen {self.listens[int(found[1])]}", text)

    def config(self, folder: Path) -> Path:
        """Write the whole configuration; gives its path. What nginx writes goes to the folder."""
        (folder / "site.conf").write_text(self.text())
        whole = folder / "nginx.conf"
        whole.write_text(_whole(folder))
        return whole


def _whole(folder: Path) -> str:
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    told = _DEBIANS.read_text()
    for is_there, ours in (
        (r"user .*;", "user root; daemon off;"),
        (r"pid .*;", f"pid {folder}/pid;"),
        (r"error_log .*;", f"error_log {folder}/error.log warn;"),
        (r"access_log .*;", f"access_log {folder}/access.log;\n{places}"),
        (r"include /etc/nginx/modules-enabled/\*.conf;", ""),
        (r"include /etc/nginx/sites-enabled/\*;", f"include {folder}/site.conf;"),
    ):
        told, found = re.subn(rf"(?m)^(\s*){is_there}", rf"\g<1>{ours}", told)
        if found != 1:
            raise ValueError(f"Debian's nginx.conf is not as it was: {is_there}")
    return told
