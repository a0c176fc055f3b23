"""A model that stumbles is parked before its event; the others go on (T10)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from aggregates.client.events import DossierCreated
from aggregates.kernel import Fact
from projections.model import Model, Rows
from projections.query import wait_for
from projections.runtime.check import check
from projections.runtime.repair import skip
from schema.envelope import Recorded
from schema.parking import resume
from service.bootstrap import MODELS
from tests.support.builders import Log, dossier_created, log_on, registered
from tests.support.projecting import Running, asking, positions, reading, seconds_until

pytestmark = pytest.mark.rule("T10")
NAMES = [model.name for model in MODELS]
EACH = [pytest.param(name, marks=[pytest.mark.long] if n % 5 else []) for n, name in enumerate(NAMES)]
"""All in the long lane: five tries of each take 2 s."""


class Stumbling(Model):
    """A model whose code can't bear one event."""

    def __init__(self, model: Model) -> None:
        self.__dict__.update(model.__dict__)
        self.poison: UUID | None = None

    def handle(self, recorded: Recorded, rows: Rows) -> None:
        if recorded.originator_id == self.poison:
            raise KeyError("Éloïse D'Arcy-Lévesque")
        if super().wants(type(recorded.fact)):
            super().handle(recorded, rows)

    def wants(self, fact_type: type[Fact]) -> bool:
        return True


@pytest.fixture
def log(database: str) -> Iterator[Log]:
    with log_on(database) as made:
        yield made


def a_dossier(log: Log, client: UUID | None = None) -> tuple[UUID, int]:
    client = client or uuid4()
    position = log.given((client, dossier_created(client)), (client, registered(uuid4(), workshop=uuid4())))
    return client, position


def parked(url: str) -> dict[str, tuple[int, str]]:
    """Model → position and error it is parked with."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select name, parked_position, parked_error from read_models where parked_since is not null"
        )
        return {name: (position, error) for name, position, error in rows}


def others_go_on(log: Log, reader: Running, *but: str) -> None:
    _, position = a_dossier(log)
    reader.wake()

    def there() -> set[str]:
        return {name for name, reached in positions(log.url).items() if reached >= position}

    lag = seconds_until(lambda: there() == set(NAMES) - set(but), 5)
    print(f"T10: the others {lag:.2f} s behind while {', '.join(but)} is parked")


def no_differences(log: Log) -> None:
    assert [c.line() for c in check(log.url, log.store, MODELS) if c.differs] == []


@pytest.mark.parametrize("name", EACH)
def test_a_model_that_stumbles_is_parked_there_and_resumes_after_the_fix(log: Log, name: str) -> None:
    models = [Stumbling(model) for model in MODELS]
    broken = next(model for model in models if model.name == name)
    with reading(log.url, log, models) as reader, psycopg.connect(log.url, autocommit=True) as hand:
        _, before = a_dossier(log)
        seconds_until(lambda: min(positions(log.url).values(), default=0) >= before, 5)
        broken.poison = uuid4()
        _, position = a_dossier(log, broken.poison)
        reader.wake()
        seconds_until(lambda: name in parked(log.url), 5)
        assert parked(log.url) == {name: (position - 1, "KeyError")}, "the first of the two events, no value"
        assert positions(log.url)[name] == before
        others_go_on(log, reader, name)
        fresh = asking(log.url, lambda c: wait_for(c, (name,), position))
        assert fresh.stale_since is not None

        broken.poison = None
        assert resume(hand, "read_models", name)
        reader.wake()
        seconds_until(lambda: len(set(positions(log.url).values())) == 1 and not parked(log.url), 5)
        no_differences(log)


def test_a_model_resumed_too_early_is_parked_again_after_five_tries(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    models = [Stumbling(model) for model in MODELS]
    models[0].poison = uuid4()
    log.given((models[0].poison, dossier_created(models[0].poison)))
    with reading(log.url, log, models) as reader, psycopg.connect(log.url, autocommit=True) as hand:
        seconds_until(lambda: bool(parked(log.url)), 5)
        assert caplog.text.count("stumbles over") == 5
        assert not resume(hand, "read_models", "no_model")
        assert resume(hand, "read_models", models[0].name)
        reader.wake()
        assert not parked(log.url)
        seconds_until(lambda: bool(parked(log.url)), 5)
        assert caplog.text.count("stumbles over") == 10


@pytest.mark.parametrize("name", ["roster", "history"])
def test_an_event_skipped_by_hand_stays_out_of_later_builds(log: Log, name: str) -> None:
    models = [Stumbling(model) for model in MODELS]
    broken = next(model for model in models if model.name == name)
    with reading(log.url, log, models) as reader, psycopg.connect(log.url, autocommit=True) as hand:
        broken.poison = uuid4()
        _, position = a_dossier(log, broken.poison)
        seconds_until(lambda: name in parked(log.url), 5)
        first = parked(log.url)[name][0]
        assert not skip(hand, name, position + 1, "office"), "not parked there"
        assert skip(hand, name, first, "office")
        reader.wake()
        seconds_until(lambda: parked(log.url).get(name, (0,))[0] == position, 5)
        assert skip(hand, name, position, "office")
        others_go_on(log, reader)
        acts = hand.execute("select name, position, who from read_model_skips order by position").fetchall()
        assert acts == [(name, first, "office"), (name, position, "office")]
        no_differences(log)


def test_a_row_that_the_database_refuses_parks_its_models_only(log: Log) -> None:
    with reading(log.url, log, MODELS) as reader:
        client = uuid4()
        log.given((client, dossier_created(client, last_name="Roy\0")))
        holding_names = {"roster", "to_schedule", "dossier"}
        seconds_until(lambda: parked(log.url).keys() == holding_names, 8)
        assert {error for _, error in parked(log.url).values()} == {"UntranslatableCharacter"}
        others_go_on(log, reader, *holding_names)


def test_damaged_bytes_park_those_who_read_them(log: Log) -> None:
    _, position = a_dossier(log)
    with psycopg.connect(log.url) as connection:
        connection.execute(
            "update events set identity = set_byte(identity, 20, 0) where identity is not null"
        )
    with reading(log.url, log, MODELS) as reader:
        readers = {model.name for model in MODELS if model.wants(DossierCreated)}
        assert {"roster", "dossier", "history", "audience"} <= readers < set(NAMES)
        seconds_until(lambda: parked(log.url).keys() == readers, 8)
        assert {error for _, error in parked(log.url).values()} == {"InvalidTag"}
        others_go_on(log, reader, *readers)
    assert position


@pytest.mark.rule("T24")
def test_a_fact_of_a_newer_release_is_never_skipped_and_read_once_that_release_reads(log: Log) -> None:
    """Written by the newer web while the older reader still leads; then the newer one takes over."""
    a_dossier(log)
    name_of_the_fact(log, DossierCreated.TOPIC, f"{DossierCreated.TOPIC}/9")
    with reading(log.url, log, MODELS):
        seconds_until(lambda: parked(log.url).keys() == set(NAMES), 8)
    assert {error for _, error in parked(log.url).values()} == {"UnknownTopicError"}
    assert set(positions(log.url).values()) == {0}

    name_of_the_fact(log, f"{DossierCreated.TOPIC}/9", DossierCreated.TOPIC)
    _, position = a_dossier(log)
    with reading(log.url, log, MODELS):
        seconds_until(lambda: set(positions(log.url).values()) == {position}, 8)
    assert not parked(log.url)
    no_differences(log)


def name_of_the_fact(log: Log, known: str, other: str) -> None:
    """A name that this release doesn't know stands for one of a later release."""
    with psycopg.connect(log.url) as connection:
        connection.execute("update events set topic = %s where topic = %s", (other, known))


def test_what_is_logged_and_kept_of_an_error_holds_no_value(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    models = [Stumbling(model) for model in MODELS]
    models[2].poison, _ = a_dossier(log)
    with reading(log.url, log, models):
        seconds_until(lambda: bool(parked(log.url)), 8)
    assert "stumbles over the event" in caplog.text
    assert "Éloïse" not in caplog.text + repr(parked(log.url))
