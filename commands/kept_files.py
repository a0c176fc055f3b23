"""The bytes of documents follow what the facts say, in the same transaction (DOS-15, ATE-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from aggregates.client.documents.events import DocumentAttached, DocumentFact, DocumentRemoved
from aggregates.workshop.closing.events import ExpenseUploaded
from schema.files import bind_on, keep_on, remove_on
from schema.keys import Keyring
from schema.store import Change, Store

FiledFact = DocumentFact | ExpenseUploaded


def filed(changes: Sequence[Change]) -> list[FiledFact]:
    """What these changes put into dossiers, take out of them, or hand in with a workshop."""
    return [fact for change in changes for fact in change.facts if isinstance(fact, FiledFact)]


def settle(connection: psycopg.Connection[Any], facts: Sequence[FiledFact], store: Store) -> None:
    """Put each under its client's contact key, keep it, or delete it; the transaction is open."""
    for fact in facts:
        match fact:
            case DocumentAttached(person=person, document=document):
                ring = Keyring()
                ring.add(store.log.newest_keys({person}, connection), store.vault)
                key = ring.for_writing(person, "contact")
                bind_on(connection, store.vault, [document], person, key, kept=True)
            case DocumentRemoved(document=document):
                remove_on(connection, [document])
            case ExpenseUploaded(document=UUID() as document):
                keep_on(connection, [document])
