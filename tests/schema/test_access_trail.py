"""Nobody changes the access trail unseen, the database's owner included."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from aggregates.kernel import Role
from schema import access_trail, seals
from schema.access_trail import TRAIL, Access, Reading
from schema.seals import seal_once
from schema.verify import Verification, verify

pytestmark = [pytest.mark.rule("AUD-4"), pytest.mark.rule("AUD-3")]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SOMEBODY = UUID("00000000-0000-4000-8000-000000000001")
BLOCK = 3
ROWS = 8


def written(url: str, *accesses: Access) -> None:
    async def run() -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for access in accesses:
                await access_trail.write(connection, access)

    asyncio.run(run())


def access(n: int, **changes: Any) -> Access:
    at = datetime(2026, 11, 24, 15, tzinfo=UTC) + timedelta(minutes=n)
    values: dict[str, Any] = {
        "at": at,
        "who": SOMEBODY,
        "role": Role.AUDITOR,
        "behalf": None,
        "kind": Reading.HISTORY,
        "subject": UUID(int=n),
        "persons": 1,
    }
    return Access(**values | changes)


@dataclass
class SealedTrail:
    """A trail of eight rows in blocks of three, and its database's owner."""

    url: str
    owner: psycopg.Connection[Any]
    notary: Path

    def seal(self) -> int:
        counts = iter(lambda: seal_once(self.owner, KEY, self.notary, TRAIL), 0)
        return sum(counts)

    def verify(self, anchor: Path | None = None) -> Verification:
        return verify(self.url, anchor, KEY.public_key())

    def positions(self) -> list[int]:
        return [p for (p,) in self.owner.execute("select position from access_trail order by 1")]

    def fault(self, anchor: Path | None = None) -> tuple[str, str]:
        found = self.verify(anchor).fault
        assert found is not None
        assert found.trail
        return found.kind, found.where


@pytest.fixture
def trail(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SealedTrail]:
    monkeypatch.setattr(seals, "MAX_BLOCK", BLOCK)
    asked = (None, '{"form":"csv"}')
    written(
        database,
        *[access(n, subject=UUID(int=n) if n % 2 else None, asked=asked[n % 2]) for n in range(ROWS)],
    )
    with psycopg.connect(database, autocommit=True) as owner:
        made = SealedTrail(database, owner, tmp_path / "notary.log")
        assert made.seal() == ROWS
        yield made


def test_an_untouched_trail_is_intact_and_says_what_waits_for_its_seal(trail: SealedTrail) -> None:
    found = trail.verify(trail.notary)
    assert found.fault is None
    assert (found.trail.rows, found.trail.unsealed, found.trail.anchored) == (ROWS, 0, 3)
    assert found.trail.head != found.log.head == seals.START
    written(trail.url, access(ROWS))
    found = trail.verify(trail.notary)
    assert (found.fault, found.trail.rows, found.trail.unsealed) == (None, ROWS + 1, 1)
    assert found.trail.unsealed_since == access(ROWS).at
    assert trail.seal() == 1


ALTERATIONS = {
    "at": "at = at + interval '1 microsecond'",
    "who": "who = null",
    "role": "role = 'admin'",
    "behalf": f"behalf = '{SOMEBODY}'",
    "kind": "kind = 'past'",
    "subject": f"subject = case when subject is null then '{SOMEBODY}'::uuid end",
    "persons": "persons = persons + 1",
    "asked": "asked = case when asked is null then '{}' end",
}


@pytest.mark.parametrize("place", [4, 5])
@pytest.mark.parametrize("column", ALTERATIONS)
def test_an_altered_row_is_named_whichever_column_it_was(trail: SealedTrail, column: str, place: int) -> None:
    position = trail.positions()[place]
    change = sql.SQL("update access_trail set {} where position = %s").format(sql.SQL(ALTERATIONS[column]))
    trail.owner.execute(change, (position,))
    assert trail.fault() == ("altered", f"position {position}")


def test_every_column_is_under_the_seal(trail: SealedTrail) -> None:
    columns = trail.owner.execute(
        "select column_name from information_schema.columns where table_name = 'access_trail'"
    ).fetchall()
    assert {name for (name,) in columns} == {*ALTERATIONS, "position"}


def test_a_removed_and_an_inserted_row_are_named(trail: SealedTrail) -> None:
    position = trail.positions()[5]
    trail.owner.execute("create table kept as select * from access_trail where position = %s", (position,))
    trail.owner.execute("delete from access_trail where position = %s", (position,))
    assert trail.fault() == ("removed", f"position {position}")
    trail.owner.execute("insert into access_trail select * from kept")
    assert trail.verify(trail.notary).fault is None
    trail.owner.execute("update kept set position = position + 1")
    trail.owner.execute("insert into access_trail select * from kept")
    assert trail.fault() == ("inserted", f"position {position + 1}")


def test_rows_and_seals_rewritten_together_are_found_only_with_the_anchor(trail: SealedTrail) -> None:
    kept = trail.notary.rename(trail.notary.with_name("kept.log"))
    trail.owner.execute("delete from access_trail where position = %s", (trail.positions()[4],))
    trail.owner.execute("delete from access_seals")
    assert trail.seal() == ROWS - 1
    assert trail.verify().fault is None, "the control: without the anchor nothing shows"
    assert trail.fault(kept) == ("anchor", "block 2")


def test_a_missing_seal_is_named(trail: SealedTrail) -> None:
    trail.owner.execute("delete from access_seals where block = 2")
    assert trail.fault() == ("seal_missing", "block 2")


def test_a_row_without_a_filter_hashes_as_before_there_were_filters() -> None:
    row = (1, access(0).at, SOMEBODY, "auditor", None, "history", UUID(int=0), 1)
    assert (
        TRAIL.leaf_of((*row, None)).digest.hex()
        == "f47b97e24eea267cc608edd5d62f73eb0c35d22d61be2713db92a0e2416b0173"
    )
