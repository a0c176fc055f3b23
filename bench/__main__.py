"""`make bench`: every figure beside its baseline, printed as a table and written to bench/report.json."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.appends import appends
from bench.audiences import audiences
from bench.harness import Figure
from bench.http import command_http, rosters
from bench.lag import lags
from bench.ledger import ledger
from bench.loads import loads
from bench.pages import pages
from bench.portal import bench_portal
from bench.schools import SIZES, growth, schools
from schema.migrate import migrate
from service.embedded import Servers
from service.settling import settle

REPORT = Path(__file__).with_name("report.json")
_ROOM = {"max_connections": "200"}
_SLOW = _ROOM | {"commit_delay": "2000", "commit_siblings": "0"}


def measure(figures: dict[str, Figure], rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """All figures, into `figures` as they come, on servers of their own with fsync on."""
    folder = Path(tempfile.mkdtemp(prefix="portail-bench-", dir="/var/tmp"))
    try:
        with (
            Servers(folder / "quick", extra=_ROOM) as quick,
            Servers(folder / "slow", extra=_SLOW) as slow,
        ):
            for servers in (quick, slow):
                migrate(servers.database_url)
            say("appends")
            figures |= appends(quick.database_url, slow.database_url, rounds, seconds)
            say("loads")
            figures |= loads(quick.database_url, rounds, seconds)
            say("ledger")
            figures |= ledger(quick.database_url, rounds)
        with Servers(folder / "audiences", extra=_ROOM) as servers:
            migrate(servers.database_url)
            say("audiences")
            figures |= audiences(servers.database_url, rounds, seconds)
        with Servers(folder / "portal", extra=_ROOM) as servers:
            say("portal")
            with bench_portal(servers, folder / "var") as portal:
                figures |= command_http(portal, rounds, seconds)
                figures |= rosters(portal, rounds, seconds)
                say("pages")
                figures |= pages(portal, rounds)
                figures |= lags(portal, min(rounds, 3), max(3.0, seconds))
        figures |= schools(folder, rounds, seconds, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(figures: Mapping[str, Figure]) -> Table:
    """The report for people."""
    made = Table("figure", "value", "baseline", "ratio", "floor", "", "beside")
    for name, figure in figures.items():
        made.add_row(
            name,
            f"{figure.value:,.1f} {figure.unit}",
            "" if figure.baseline is None else f"{figure.baseline:,.1f}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            _bound(figure),
            {None: "", True: "met", False: "missed"}[figure.met],
            figure.beside,
        )
    return made


def _bound(figure: Figure) -> str:
    if figure.at_least is not None:
        return f"≥ {figure.at_least:g}"
    return "" if figure.floor is None else f"{figure.floor:g}"


def growth_table(figures: Mapping[str, Figure]) -> Table:
    """What was measured at both sizes, side by side."""
    made = Table("growth", *(f"{size} clients" for size in SIZES), "times", "unit")
    for name, (small, large) in growth(figures).items():
        values = (f"{small.value:,.1f}", f"{large.value:,.1f}", f"{large.value / small.value:.2f}")
        made.add_row(name, *values, small.unit)
    return made


def write_report(figures: Mapping[str, Figure], path: Path) -> None:
    """The report for tools: one object per figure, by name."""
    path.write_text(json.dumps({name: figure.row() for name, figure in figures.items()}, indent=1) + "\n")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    asked = parser.parse_args()
    console = Console(width=130)
    settle()
    figures: dict[str, Figure] = {}
    try:
        measure(figures, asked.rounds, asked.seconds, lambda what: console.print(f"… {what}"))
    finally:  # what was measured before something failed took its time too
        console.print(table(figures))
        console.print(growth_table(figures))
        write_report(figures, REPORT)
        console.print(f"{REPORT.name} written")


if __name__ == "__main__":
    main()
