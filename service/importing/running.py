"""Imports a file line by line: each line is a command of its own, so that none stops or undoes another.

They are carried out many at a time: a broken run ends between two batches.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from aggregates.kernel import Refused
from commands.access import SYSTEM
from commands.dispatch import StreamClashError, fingerprint
from commands.importing import imported_id
from commands.in_batches import Batches, Wish
from commands.reading_ahead import Decided
from read_api.exports import harmless
from schema.labels import label, refusal_sentence
from service.bootstrap import WriteSide
from service.importing.mapping import FileMapping
from service.importing.names import names_for
from service.importing.reading import Line, lines

_HEAD = ("Ligne", "Clé", "Résultat", "Colonne", "Raison", "Règle", "Dossier")
_BATCH = 200
_FIELD_OF: Mapping[str, str] = {
    "email_taken": "email",
    "address_suppressed": "email",
    "already_client": "last_name",
    "no_such_dossier": "client",
    "dossier_not_active": "client",
    "dossier_is_merged": "client",
    "no_such_activity": "activity",
    "followed_in_future": "last_day",
    "no_such_venue": "venue",
    "unknown_zone": "zone",
    "not_staff": "organiser",
    "sessions_unordered": "ends",
    "workshop_over": "starts",
    "retake_limit_above_capacity": "retake_limit",
    "no_such_workshop": "workshop",
    "workshop_cancelled": "workshop",
    "workshop_closed": "workshop",
    "roster_handed_over": "workshop",
    "workshop_full": "workshop",
    "retakes_full": "workshop",
    "already_on_roster": "workshop",
    "other_activity": "activity",
    "already_registered": "activity",
    "already_to_schedule": "activity",
    "place_in_phase": "activity",
    "no_such_phase": "phase",
    "not_in_phase": "phase",
    "already_enrolled": "phase",
    "already_taken_over": "invoice",
    "invoiced_in_future": "invoiced_on",
    "other_currency": "currency",
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
    batches, decided = Batches(side.dispatcher, SYSTEM), Decided() if dry_run else None
    writer = csv.writer(report, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEAD)
    counted: Counter[ImportOutcome] = Counter()
    names = names_for(side, mapping.command.model_fields)
    read = lines(path, mapping, names)
    while batch := list(islice(read, _BATCH)):
        for line, (outcome, reasons) in zip(batch, _found(batches, decided, batch, mapping), strict=True):
            counted[outcome] += 1
            for reason in reasons or [(None, "", "", None)]:
                writer.writerow(_row(line, outcome, reason, mapping))
        progress(batch[-1].share)
    return counted


def _found(
    batches: Batches, decided: Decided | None, batch: Sequence[Line], mapping: FileMapping
) -> Iterator[Found]:
    """What became of each line."""
    asked = mapping.command.verb_noun()
    wishes = {
        n: Wish(line.command, imported_id(mapping.source, asked, line.key))
        for n, line in enumerate(batch)
        if line.command is not None
    }
    ordered = list(wishes.values())
    carried_out = batches.dispatch(ordered) if decided is None else batches.rehearse(ordered, decided)
    outcomes = dict(zip(wishes, carried_out, strict=True))
    vault, rule = batches.dispatcher.store.vault, mapping.command.RULES[0]
    for n, line in enumerate(batch):
        outcome = outcomes.get(n)
        if outcome is None or line.command is None:
            yield ImportOutcome.REFUSED, [(f.field, f.sentence, rule, None) for f in line.faults]
        elif outcome.refused is not None:
            yield ImportOutcome.REFUSED, [_reason(outcome.refused, rule)]
        elif outcome.before is not None:
            same = outcome.before == fingerprint(line.command, vault)
            yield (ImportOutcome.KNOWN if same else ImportOutcome.CHANGED), []
        else:
            yield (ImportOutcome.IMPORTED if decided is None else ImportOutcome.IMPORTABLE), []


def _reason(refused: Refused | StreamClashError, rule: str) -> tuple[str | None, str, str, UUID | None]:
    """Field, sentence, rule, and the dossier it is about."""
    if not isinstance(refused, Refused):
        return None, refusal_sentence("fr", "stream_clash", {}), rule, None
    sentence = refusal_sentence("fr", refused.code, refused.fields)
    return _FIELD_OF.get(refused.code), sentence, refused.rule, refused.fields.get("dossier")


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
