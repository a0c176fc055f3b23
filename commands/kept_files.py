"""The bytes of a dossier's documents follow what the facts say, in the same transaction (DOS-15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from aggregates.client.documents.events import DocumentAttached, DocumentFact, DocumentRemoved
from schema.files import bind_on, remove_on
from schema.keys import Keyring
from schema.store import Change, Store


def filed(changes: Sequence[Change]) -> list[DocumentFact]:
    """What these changes put into dossiers or take out of them."""
    return [fact for change in changes for fact in change.facts if isinstance(fact, DocumentFact)]


def settle(connection: psycopg.Connection[Any], facts: Sequence[DocumentFact], store: Store) -> None:
    """Put each under its client's contact key, or delete it; the transaction is open."""
    for fact in facts:
        match fact:
            case DocumentAttached(person=person, document=document):
                ring = Keyring()
                ring.add(store.log.newest_keys({person}, connection), store.vault)
                key = ring.for_writing(person, "contact")
                bind_on(connection, store.vault, [document], person, key, kept=True)
            case DocumentRemoved(document=document):
                remove_on(connection, [document])
