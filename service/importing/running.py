"""Imports a file line by line: each line is a command of its own, so that none stops or undoes another."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from aggregates.kernel import Refused
from commands.access import SYSTEM
from commands.dispatch import StreamClashError, fingerprint
from commands.importing import imported_id
from commands.message import Command
from read_api.exports import harmless
from schema.labels import label, refusal_sentence
from service.bootstrap import WriteSide
from service.importing.mapping import FileMapping
from service.importing.names import activities
from service.importing.reading import Line, lines
from service.importing.rehearsal import Rehearsal

_HEAD = ("Ligne", "Clé", "Résultat", "Colonne", "Raison", "Règle", "Dossier")
_FIELD_OF: Mapping[str, str] = {
    "email_taken": "email",
    "address_suppressed": "email",
    "already_client": "last_name",
    "no_such_dossier": "client",
    "dossier_not_active": "client",
    "no_such_activity": "activity",
    "followed_in_future": "last_day",
}
"""Refusal → the field that it is about."""


class ImportOutcome(StrEnum):
    """What became of a line."""

    IMPORTED = "imported"
    IMPORTABLE = "importable"
    """In a dry run."""
    KNOWN = "known"
    CHANGED = "changed"
    """Known, and the line reads otherwise today: nothing was changed."""
    REFUSED = "refused"


Found = tuple[ImportOutcome, Sequence[tuple[str | None, str, str, UUID | None]]]
"""The outcome and, per reason, field, sentence, rule and the dossier it is about."""


def import_file(
    side: WriteSide,
    mapping: FileMapping,
    path: Path,
    report: TextIO,
    *,
    dry_run: bool,
    progress: Callable[[float], None] = lambda _: None,
) -> Counter[ImportOutcome]:
    """Import what can be, and write a report with a row per line and reason; answers how many of each.

    The same file again changes nothing, and takes up what a broken run left. Raises ImportFileError,
    OperationalError.
    """
    rehearsal = Rehearsal(side) if dry_run else None
    writer = csv.writer(report, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEAD)
    counted: Counter[ImportOutcome] = Counter()
    for line in lines(path, mapping, activities(side)):
        outcome, reasons = _outcome(side, rehearsal, line, mapping)
        counted[outcome] += 1
        for reason in reasons or [(None, "", "", None)]:
            writer.writerow(_row(line, outcome, reason, mapping))
        progress(line.share)
    return counted


def _outcome(side: WriteSide, rehearsal: Rehearsal | None, line: Line, mapping: FileMapping) -> Found:
    command, rule = line.command, mapping.command.RULES[0]
    if command is None:
        return ImportOutcome.REFUSED, [(fault.field, fault.sentence, rule, None) for fault in line.faults]
    command_id = imported_id(mapping.source, mapping.command.verb_noun(), line.key)
    before = _done(side, rehearsal, command_id)
    if before is not None:
        same = before == fingerprint(command, side.store.vault)
        return (ImportOutcome.KNOWN if same else ImportOutcome.CHANGED), []
    try:
        return _carried_out(side, rehearsal, command, command_id), []
    except Refused as refused:
        sentence = refusal_sentence("fr", refused.code, refused.fields)
        about = refused.fields.get("dossier")
        return ImportOutcome.REFUSED, [(_FIELD_OF.get(refused.code), sentence, refused.rule, about)]
    except StreamClashError:
        return ImportOutcome.REFUSED, [(None, refusal_sentence("fr", "stream_clash", {}), rule, None)]


def _done(side: WriteSide, rehearsal: Rehearsal | None, command_id: UUID) -> bytes | None:
    """The fingerprint of what was imported under this id."""
    found = side.store.log.command(command_id)
    if found is not None:
        return found[0]
    return None if rehearsal is None else rehearsal.done(command_id)


def _carried_out(
    side: WriteSide, rehearsal: Rehearsal | None, command: Command, command_id: UUID
) -> ImportOutcome:
    if rehearsal is not None:
        rehearsal.dispatch(command, command_id)
        return ImportOutcome.IMPORTABLE
    side.dispatcher.dispatch(command, SYSTEM, command_id)
    return ImportOutcome.IMPORTED


def _row(
    line: Line,
    outcome: ImportOutcome,
    reason: tuple[str | None, str, str, UUID | None],
    mapping: FileMapping,
) -> Sequence[Any]:
    field, sentence, rule, about = reason
    column = "" if field is None else mapping.columns.get(field, field)
    return (
        line.number,
        harmless(line.key),
        label("fr", "import_outcome", outcome),
        column,
        sentence,
        rule,
        about or "",
    )
