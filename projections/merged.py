"""Which dossiers are one by now: where a merged one leads to, and what a surviving one is made of (DOS-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from projections.query import Reads

FILES_OF = "array(select m.client from read.dossier_person m where m.client = {0} or m.merged_into = {0})"
"""SQL for a dossier and those that became part of it."""


async def survivor(connection: Reads, client: UUID) -> UUID:
    """The dossier that this one is part of: itself, where it was not merged."""
    cursor = await connection.execute(
        "select coalesce(merged_into, client) from read.dossier_person where client = %s", (client,)
    )
    row = await cursor.fetchone()
    return client if row is None else cast("UUID", row[0])


async def survivors(connection: Reads, clients: Sequence[UUID]) -> list[UUID]:
    """The dossiers that these became part of, where they were merged."""
    cursor = await connection.execute(
        "select distinct merged_into from read.dossier_person"
        " where client = any(%s) and merged_into is not null",
        (list(clients),),
    )
    return [client for (client,) in await cursor.fetchall()]


async def files_of(connection: Reads, clients: Sequence[UUID]) -> list[UUID]:
    """These dossiers and those that became part of them."""
    cursor = await connection.execute(
        "select client from read.dossier_person where merged_into = any(%s)", (list(clients),)
    )
    return [*clients, *[client for (client,) in await cursor.fetchall()]]
