"""Whoever owns the database cannot change the log unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st
from psycopg import sql

from schema import notary, seals
from schema.seals import leaf_of, seal_once
from schema.verify import Verification, verify
from tests.support.write_side import school_on

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BLOCK = 7
OTHER_STREAM = "00000000-0000-4000-8000-000000000000"


@dataclass
class SealedLog:
    """A log sealed in blocks of seven, and its database's owner."""

    url: str
    owner: psycopg.Connection[Any]
    notary: Path

    def seal(self) -> int:
        """Seal all there is; answers the number of events."""
        counts = iter(lambda: seal_once(self.owner, KEY, self.notary), 0)
        return sum(counts)

    def verify(self, anchor: Path | None = None) -> Verification:
        return verify(self.url, anchor, KEY.public_key())

    def positions(self) -> list[int]:
        return [p for (p,) in self.owner.execute("select position from events order by position")]

    def tamper(self, text: str, *values: Any) -> None:
        """Change exactly what is meant: one row, or two when they are swapped."""
        with self.owner.transaction():
            self.owner.execute(text, values)

    def undo(self) -> None:
        with self.owner.transaction():
            self.owner.execute("delete from events")
            self.owner.execute("insert into events select * from untouched")


@pytest.fixture
def log(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SealedLog]:
    monkeypatch.setattr(seals, "MAX_BLOCK", BLOCK)
    with school_on(database) as school:
        activity = school.activity()
        workshop = school.workshop(activity)
        for _ in range(4):
            school.registration(school.client(), activity, workshop)
        school.registration(school.client(), activity)
    with psycopg.connect(database, autocommit=True) as owner:
        log = SealedLog(database, owner, tmp_path / "notary.log")
        assert log.seal() == len(log.positions())
        owner.execute("create table untouched as select * from events")
        yield log


def test_an_untouched_log_is_intact(log: SealedLog) -> None:
    found = log.verify(log.notary)
    count = len(log.positions())
    assert found.fault is None
    assert (found.log.rows, found.log.unsealed) == (count, 0)
    assert found.log.anchored == -(-count // BLOCK)
    assert found.log.head != seals.START


ALTERATIONS: dict[str, str] = {
    "state": "state = state || ' '",
    "topic": "topic = topic || '/2'",
    "envelope": "envelope = envelope || ' '",
    "person": f"person = case when person is null then '{OTHER_STREAM}'::uuid end",
    "identity": "identity = coalesce(identity || '\\x00'::bytea, ''::bytea)",
    "contact": "contact = coalesce(contact || '\\x00'::bytea, ''::bytea)",
    "version": "version = version + 1000",
    "stream": f"stream = '{OTHER_STREAM}'",
}


@pytest.mark.rule("T22")
@pytest.mark.rule("AUD-3")
class TestOneRowTouchedByTheDatabasesOwner:
    @pytest.mark.parametrize("column", ALTERATIONS)
    def test_altered_it_is_named(self, log: SealedLog, column: str) -> None:
        for position in log.positions():
            log.tamper(f"update events set {ALTERATIONS[column]} where position = %s", position)
            assert fault(log.verify()) == ("altered", position), column
            log.undo()

    def test_dropped_it_is_named(self, log: SealedLog) -> None:
        for position in log.positions():
            log.tamper("delete from events where position = %s", position)
            assert fault(log.verify()) == ("removed", position)
            log.undo()

    def test_inserted_it_is_named(self, log: SealedLog) -> None:
        for position in log.positions():
            forged = position - 1
            if forged in log.positions():
                continue
            log.tamper(
                "insert into events select %s, 1, %s, topic, person, state, identity, contact, envelope"
                " from events where position = %s",
                uuid4(),
                forged,
                position,
            )
            assert fault(log.verify()) == ("inserted", forged)
            log.undo()

    def test_swapped_with_its_neighbour_the_first_is_named(self, log: SealedLog) -> None:
        positions = log.positions()
        for first, second in pairwise(positions):
            log.tamper(
                "update events e set state = o.state, topic = o.topic, envelope = o.envelope"
                " from events o where e.position in (%s, %s) and o.position in (%s, %s)"
                " and o.position <> e.position",
                first,
                second,
                first,
                second,
            )
            assert fault(log.verify()) == ("altered", first)
            log.undo()

    def test_moved_to_another_position_both_places_are_wrong(self, log: SealedLog) -> None:
        first, *_, last = log.positions()
        log.tamper("update events set position = %s where position = %s", last + 1, first)
        assert fault(log.verify()) == ("removed", first)

    def test_put_back_the_log_is_intact_again(self, log: SealedLog) -> None:
        log.tamper("delete from events where position = %s", log.positions()[0])
        log.undo()
        assert log.verify(log.notary).fault is None


def fault(found: Verification) -> tuple[str, int]:
    """Kind and position of the fault."""
    assert found.fault is not None
    return found.fault.kind, int(found.fault.where.split()[1])


@pytest.mark.rule("T22")
class TestTouchedSeals:
    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ("update seals set head = sha256(head) where block = 2", "seal_altered"),
            ("update seals set leaves = set_byte(leaves, 20, 0) where block = 2", "seal_altered"),
            ("update seals set leaves = '' where block = 2", "seal_altered"),
            ("update seals set upto = upto - 1 where block = 2", "seal_altered"),
            ("delete from seals where block = 2", "seal_missing"),
        ],
    )  # fmt: skip
    def test_are_found(self, log: SealedLog, change: str, kind: str) -> None:
        log.tamper(change)
        found = log.verify().fault
        assert found is not None
        assert (found.kind, found.where) == (kind, "block 2")

    def test_events_and_seals_rewritten_together_are_found_only_with_the_anchor(self, log: SealedLog) -> None:
        kept = log.notary.rename(log.notary.with_name("kept.log"))
        log.tamper("update events set state = state || ' ' where position = %s", log.positions()[10])
        log.tamper("delete from seals")
        log.seal()
        assert log.verify().fault is None, "the control: without the anchor nothing shows"
        found = log.verify(kept).fault
        assert found is not None
        assert (found.kind, found.where) == ("anchor", f"block {10 // BLOCK + 1}")

    def test_the_newest_blocks_cut_off_are_found_only_with_the_anchor(self, log: SealedLog) -> None:
        last = log.positions()[-1]
        log.tamper("delete from events where position > (select upto from seals where block = 1)")
        log.tamper("delete from seals where block > 1")
        assert last not in log.positions()
        assert log.verify().fault is None
        found = log.verify(log.notary).fault
        assert found is not None
        assert (found.kind, found.where) == ("seal_missing", "block 2")

    def test_an_anchor_that_says_nothing_vouches_for_nothing(self, log: SealedLog, tmp_path: Path) -> None:
        empty = tmp_path / "empty.log"
        empty.touch()
        found = log.verify(empty).fault
        assert found is not None
        assert found.kind == "anchor"

    def test_a_forged_line_of_the_anchor_is_named(self, log: SealedLog) -> None:
        lines = log.notary.read_text().splitlines()
        said = json.loads(lines[1])
        lines[1] = json.dumps({**said, "head": "00" * 32})
        log.notary.write_text("\n".join(lines) + "\n")
        found = log.verify(log.notary).fault
        assert found is not None
        assert (found.kind, found.where) == ("anchor", "line 2")

    def test_an_anchor_without_its_public_key_is_refused(self, log: SealedLog) -> None:
        with pytest.raises(ValueError, match="public key"):
            verify(log.url, log.notary)


def test_versions_that_skip_are_found_even_before_they_are_sealed(log: SealedLog) -> None:
    (last,) = log.positions()[-1:]
    forge = (
        "insert into events select stream, version + {}, position + %s, topic, person, state, identity,"
        " contact, envelope from events where position = %s"
    )
    for step, kind in ((1, None), (3, "disordered")):
        log.owner.execute(sql.SQL(forge).format(sql.Literal(step)), (10_000 * step, last))
        found = log.verify()
        assert (found.fault.kind if found.fault else None) == kind
    assert found.log.unsealed == 2


def test_positions_that_fall_while_versions_rise_are_found(log: SealedLog) -> None:
    newest, older = log.owner.execute(
        "select max(position), min(position) from events where stream ="
        " (select stream from events group by stream having count(*) > 1 limit 1)"
    ).fetchone() or (0, 0)
    log.tamper("delete from seals")
    log.tamper("update events set position = %s where position = %s", older - 1, newest)
    assert fault(log.verify())[0] == "disordered"


class TestTheSealer:
    def test_tells_a_chain_that_went_on_from_an_older_backup(self, log: SealedLog) -> None:
        log.tamper("delete from events where position > (select upto from seals where block = 1)")
        log.tamper("delete from seals where block > 1")
        log.owner.execute(INSERT, (uuid4(), slow_slot(log.owner)))
        assert log.seal() == 1
        assert log.verify().fault is None
        found = log.verify(log.notary).fault
        assert found is not None
        assert (found.kind, found.where) == ("anchor", "block 2")

    def test_leaves_events_above_the_horizon_for_later(self, log: SealedLog) -> None:
        with psycopg.connect(log.url) as slow:
            slow.execute(INSERT, (uuid4(), slow_slot(slow)))
            log.owner.execute(INSERT, (uuid4(), slow_slot(log.owner)))
            assert log.seal() == 0
            found = log.verify()
            assert (found.fault, found.log.unsealed) == (None, 1)
            assert found.log.unsealed_since is not None
            slow.commit()
        assert log.seal() == 2
        assert log.verify(log.notary).log.unsealed == 0

    def test_steps_aside_while_another_one_is_at_work(self, log: SealedLog) -> None:
        log.owner.execute(INSERT, (uuid4(), slow_slot(log.owner)))
        with psycopg.connect(log.url) as other, other.transaction():
            assert seals._free_to_seal(other) is not None
            assert log.seal() == 0
        assert log.seal() == 1

    def test_keeps_a_head_that_a_crash_kept_from_the_notary(self, log: SealedLog) -> None:
        lines = log.notary.read_bytes().splitlines(keepends=True)
        log.notary.write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
        assert log.seal() == 0
        again = log.notary.read_bytes().splitlines(keepends=True)
        assert len(again) == len(lines)
        assert json.loads(again[-1])["head"] == json.loads(lines[-1])["head"]
        assert log.verify(log.notary).fault is None


INSERT = (
    "insert into events (stream, version, position, topic, state, envelope) values"
    " (%s, 1, %s, 'workshop.seat_freed', '{}', '{\"user\":null,\"role\":\"system\","
    "\"at\":\"2026-11-24T15:00:00Z\",\"command\":\"00000000-0000-4000-8000-000000000000\","
    "\"behalf\":null,\"cause\":null,\"visible\":true}')"
)  # fmt: skip


def slow_slot(connection: psycopg.Connection[Any]) -> int:
    """The position that the running, or next, transaction's first event takes."""
    row = connection.execute("select log_slot()").fetchone()
    assert row is not None
    return int(row[0])


class TestTheNotaryFile:
    def test_holds_both_kinds_of_lines_and_reads_them_back(self, tmp_path: Path) -> None:
        path = tmp_path / "outside" / "notary.log"
        book = notary.Notary(path, KEY)
        assert book.newest_head() == (0, "")
        book.append("seal", {"block": 3, "upto": "17", "head": "ab", "at": "2026-11-24T15:00:00+00:00"})
        book.append("erasure", {"person": str(uuid4()), "scopes": ["contact"], "position": "18"})
        assert book.newest_head() == (3, "ab")
        assert [line.kind for line in notary.read(path, KEY.public_key())] == ["seal", "erasure"]

    def test_another_key_signs_nothing_of_ours(self, tmp_path: Path) -> None:
        path = tmp_path / "notary.log"
        notary.Notary(path, Ed25519PrivateKey.generate()).append("seal", {"block": 1})
        with pytest.raises(notary.BadLineError, match="line 1"):
            list(notary.read(path, KEY.public_key()))


_ROWS = st.tuples(
    st.uuids(),
    st.integers(1, 9),
    st.integers(1, 2**60),
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.none() | st.uuids(),
    *[st.binary(max_size=4)] * 1,
    *[st.none() | st.binary(max_size=4)] * 2,
    st.binary(max_size=4),
)


@given(_ROWS, _ROWS)
def test_two_rows_share_a_leaf_only_when_they_are_equal(one: Any, other: Any) -> None:
    assert (leaf_of(one) == leaf_of(other)) is (one == other)


@given(_ROWS, st.sampled_from([(5, 6), (6, 7), (7, 8)]))
def test_a_byte_moved_to_the_next_column_changes_the_leaf(row: Any, columns: tuple[int, int]) -> None:
    left, right = columns
    moved = list(row)
    moved[left] = (row[left] or b"") + b"x"
    other = list(row)
    other[right] = b"x" + (row[right] or b"")
    assert leaf_of(moved) != leaf_of(other)
