"""The rows of a long log are written by a process beside the one that decodes it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from uuid import uuid4

import psycopg
import pytest

from aggregates.client.events import DossierCreated
from projections.model import Model, Rows, Table
from projections.runtime import rebuild as rebuilding
from projections.runtime.check import check
from projections.runtime.feeding import Seen, decoded
from schema.envelope import Recorded
from schema.mapper import StoredFact
from schema.store import Store
from service.bootstrap import MODELS
from tests.support.builders import dossier_created
from tests.support.crowd import Crowd
from tests.support.projecting import Projecting


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """From so many events on the log counts as long."""
    monkeypatch.setattr(rebuilding, "_LONG", request.param)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "_LONG", 0)


def writers() -> list[multiprocessing.process.BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.daemon]


@pytest.mark.usefixtures("beside")
def test_a_long_log_comes_to_the_same_rows(models: Projecting, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd, met = Crowd(seed=5), list[int]()
    models.given(*crowd.opening())
    for _ in range(120):
        models.given(*crowd.next())
    before = models.everything()
    monkeypatch.setattr(rebuilding, "_EVENTS", 50)
    failed = rebuilding.rebuild(
        models.log.url, models.log.store, MODELS, lambda _done, _all: met.append(len(writers()))
    )
    assert failed == {}
    assert len(met) > 3, "several batches"
    assert set(met) == {1}, "one process wrote them"
    assert writers() == [], "it ended"
    assert models.everything() == before
    assert [c.line() for c in check(models.log.url, models.log.store, MODELS) if c.differs] == []


class Narrow(Model):
    """A model whose column does not hold what its handler puts there."""

    def __init__(self) -> None:
        super().__init__("narrow", 1, [Table("person", {"client": "uuid", "age": "smallint"})])
        self.on(DossierCreated)(_with_an_age)


def _with_an_age(recorded: Recorded, fact: DossierCreated, rows: Rows) -> None:
    rows.put("person", client=fact.person, age=70_000)


@pytest.mark.parametrize("long", [10**9, 0], ids=["here", "beside"], indirect=True)
@pytest.mark.usefixtures("long")
def test_rows_that_a_table_cannot_hold_leave_out_their_model_only(models: Projecting) -> None:
    client = uuid4()
    position = models.given((client, dossier_created(client)))
    before = models.everything()
    failed = rebuilding.rebuild(models.log.url, models.log.store, [Narrow(), *MODELS])
    assert failed == {"narrow": (position, "NumericValueOutOfRange")}
    assert models.everything() == before


@pytest.mark.usefixtures("beside")
def test_a_writer_that_ends_too_early_changes_nothing(
    models: Projecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = uuid4()
    models.given((client, dossier_created(client)))
    before = models.everything()

    def kill(store: Store, batch: Iterable[StoredFact]) -> list[Seen]:
        for writer in writers():
            writer.kill()
            writer.join()
        return decoded(store, batch)

    monkeypatch.setattr("projections.runtime.rebuild.decoded", kill)
    with pytest.raises(psycopg.OperationalError):
        models.rebuild()
    assert models.everything() == before
    monkeypatch.undo()
    assert models.rebuild() == {}
    assert models.everything() == before
