"""The command line `portail`; the script's entry is `main`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_WHERE: Mapping[str, str] = {
    "run": "running",
    "servers": "running",
    "migrate": "migrate",
    "verify": "verify",
    "serve": "serve",
    "project": "project",
    "clock": "clock",
    "work": "work",
    "mailbox": "mailbox",
    "provider": "provider",
    "rebuild": "views",
    "resume": "views",
    "status": "status",
    "demo": "demo",
    "import": "importing",
    "adopt": "privacy",
    "scan-erased": "privacy",
    "invite-admin": "staff",
    "token": "staff",
    "totp": "staff",
}
"""The file of service/command_line/ that holds each command."""


class _OnlyWhatIsAsked(TyperGroup):
    """`portail run` starts nine processes on one machine: each loads its own command's parts alone."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_WHERE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _WHERE:
            return None
        held = import_module(f"service.command_line.{_WHERE[cmd_name]}")
        return get_group(held.app).commands[cmd_name]


app = typer.Typer(
    cls=_OnlyWhatIsAsked, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def portail() -> None:
    """Le portail de l'école."""


def main() -> None:
    """Run the command line; what an operator can mend is said in one line, without a traceback."""
    try:
        app()
    except _mendable() as error:
        typer.echo(error, err=True)
        sys.exit(1)


def _mendable() -> tuple[type[Exception], ...]:
    """Asked once something went wrong: before that nobody waits for these parts."""
    from projections.runtime.check import LaggingError
    from schema.database_roles import RolesMissingError
    from schema.migrate import PositionsAheadError
    from service.demo.in_bulk import LogNotEmptyError
    from service.embedded import ServerError
    from service.importing.mapping import ImportFileError
    from service.keyfiles import KeyFileMissingError
    from service.ports import PortError
    from service.replaying import LedgerError
    from service.run import StepFailedError
    from service.scanning.scan import ValuesError
    from service.settings import SettingsError

    return (
        SettingsError,
        ServerError,
        PortError,
        KeyFileMissingError,
        RolesMissingError,
        PositionsAheadError,
        LaggingError,
        LogNotEmptyError,
        ImportFileError,
        ValuesError,
        LedgerError,
        StepFailedError,
    )
