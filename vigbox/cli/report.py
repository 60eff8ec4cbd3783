"""``report``: a bundle for support, with nothing personal in it."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from vigbox.cli.box import running
from vigbox.errors import VigboxError


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    report = commands.add_parser(
        "report", help="write a bundle for support that tells nothing of whom the box films"
    )
    report.add_argument("out", nargs="?", type=Path, help="default: vigbox-report.zip, here")
    report.add_argument("--settings", type=Path, help="instead of the box's own")
    report.add_argument("--data", type=Path, help="the data folder, instead of the settings'")
    report.set_defaults(command=_run)


def _run(given: argparse.Namespace) -> None:
    from vigbox.appliance.health.facts import boottime_s
    from vigbox.appliance.health.gather import gather
    from vigbox.appliance.health.machine import Machine
    from vigbox.appliance.health.report import NAME, Report, held
    from vigbox.model import TimeSource
    from vigbox.recorder.clock import TOLD, Clock
    from vigbox.store.floor import Floor

    reading, layout = running(given, "recorder", is_keeping=False)
    try:
        source = Clock(Floor(layout.floor), reading.settings.run / TOLD).read().source
    except (VigboxError, OSError):
        source = TimeSource.UNSURE
    facts = gather(Machine(data=layout.data))
    now, settings = datetime.now(UTC), reading.settings
    report = Report(facts, settings, reading.faults, source, held(layout), now, boottime_s())
    out = given.out or Path(NAME)
    out.write_bytes(report.to_zip())
    print(f"The report is in {out}. Its report.txt can be read by anybody: look before you send.")
