"""axe-core, which judges pages against WCAG: pinned, kept in build/axe, put into a real browser."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from tests.alone import alone

_HERE: Final = Path(__file__).parent
_BUILD: Final = _HERE.parents[2] / "build/axe"
_FILES: Final = ("package.json", "package-lock.json")
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN: Final = """async (tags) => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return found.violations.map((each) => ({
        id: each.id, help: each.help,
        nodes: each.nodes.map((node) => `${node.target.join(" ")}: ${node.any.map((one) => one.message).join("; ")}`),
    }));
}"""  # noqa: E501


def violations(page: Page) -> list[dict[str, Any]]:
    """Give what axe-core finds wrong in a page as it stands now.

    It comes in through the browser's own door for developers, past the page's policy.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    found: list[dict[str, Any]] = page.evaluate(_RUN, list(RULES))
    return found


def _script() -> str:
    """Give the script, from build/axe; npm fetches it there once."""
    texts = {name: (_HERE / name).read_bytes() for name in _FILES}
    stamp, wanted = _BUILD / "installed", b"".join(texts.values())
    with alone(_BUILD):
        if not stamp.is_file() or stamp.read_bytes() != wanted:
            _fetch(texts)
            stamp.write_bytes(wanted)
    return (_BUILD / "node_modules/axe-core/axe.min.js").read_text()


def _fetch(texts: dict[str, bytes]) -> None:
    for name, text in texts.items():
        (_BUILD / name).write_bytes(text)
    words = [_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(words, cwd=_BUILD, check=True)


def _npm() -> str:
    beside = Path(sys.executable).with_name("npm")  # as the wheel of node puts it
    return str(beside) if beside.exists() else (shutil.which("npm") or "npm")
