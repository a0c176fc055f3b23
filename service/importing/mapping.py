"""The mapping file: which column is which field, and how the file writes dates and amounts."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from commands.imports.import_balance import ImportBalance
from commands.imports.import_client import ImportClient
from commands.imports.import_followed import ImportFollowed
from commands.imports.import_registration import ImportRegistration
from commands.imports.import_workshop import ImportWorkshop
from commands.message import Command, Name

KINDS: Mapping[str, type[Command]] = {
    "clients": ImportClient,
    "followed": ImportFollowed,
    "workshops": ImportWorkshop,
    "registrations": ImportRegistration,
    "balances": ImportBalance,
}
"""What a line of each kind of file becomes."""


class ImportFileError(Exception):
    """The mapping or the file as a whole can't be used; the message says why, in French."""


class FileMapping(BaseModel):
    """How one file is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name
    """Name of the other system: with the line's key it tells what was imported already."""
    kind: Literal["clients", "followed", "workshops", "registrations", "balances"]
    encoding: str = "utf-8-sig"
    separator: str = Field(";", min_length=1, max_length=1)
    dates: str = "%Y-%m-%d"
    """As `strptime` reads them."""
    times: str = "%Y-%m-%d %H:%M"
    """The same for days with an hour."""
    decimal: Literal[",", "."] = ","
    """What stands before the cents."""
    columns: Mapping[str, str]
    """Field → head of its column."""
    values: Mapping[str, Mapping[str, str]] = {}
    """Field → what the file writes → what is meant."""
    defaults: Mapping[str, str] = {}
    """Field → what is meant where the file has no column, or nothing in it."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            raise ValueError("unknown encoding") from None

    @property
    def command(self) -> type[Command]:
        """What a line becomes."""
        return KINDS[self.kind]


def read_mapping(path: Path) -> FileMapping:
    """Raises ImportFileError."""
    try:
        mapping = FileMapping.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImportFileError(f"{path} : illisible ({error})") from None
    except ValidationError as error:
        wrong = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise ImportFileError(f"{path} : à corriger : {', '.join(wrong)}") from None
    fields = mapping.command.model_fields
    named = {*mapping.columns, *mapping.values, *mapping.defaults}
    known = fields.keys() - {"source"}
    missing = {n for n in known if fields[n].is_required()} - mapping.columns.keys() - mapping.defaults.keys()
    if unknown := sorted(named - known):
        raise ImportFileError(f"{path} : champs inconnus : {', '.join(unknown)} ({', '.join(sorted(known))})")
    if missing:
        raise ImportFileError(f"{path} : sans colonne : {', '.join(sorted(missing))}")
    return mapping
