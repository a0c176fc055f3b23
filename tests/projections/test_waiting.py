"""Who just sent a command waits until the models show it, 2 s at most (read your writes)."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest

from projections.query import freshness, wait_for
from tests.support.builders import dossier_created
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("T7")


def test_the_wait_ends_as_soon_as_all_models_are_there(models: Projecting) -> None:
    client = uuid4()
    position = models.log.given((client, dossier_created(client)))
    timer = threading.Timer(0.3, models.catch_up)
    begun = time.monotonic()
    timer.start()
    fresh = models.ask(lambda c: wait_for(c, ("roster", "dossier"), position))
    took = time.monotonic() - begun
    timer.join()
    assert fresh.position == position
    assert fresh.stale_since is None
    assert 0.3 <= took < 1.5


def test_nobody_waits_for_what_is_shown_or_without_a_token(models: Projecting) -> None:
    client = uuid4()
    position = models.given((client, dossier_created(client)))
    begun = time.monotonic()
    for token in (position, position - 1, None):
        assert models.ask(lambda c, token=token: wait_for(c, ("roster",), token)).position == position  # type: ignore[misc]
    assert time.monotonic() - begun < 1


def test_the_wait_is_given_up_after_two_seconds(models: Projecting) -> None:
    begun = time.monotonic()
    fresh = models.ask(lambda c: wait_for(c, ("roster",), 2**60))
    assert 1.9 <= time.monotonic() - begun < 3.5
    assert fresh.position < 2**60


def test_events_that_change_nothing_in_a_model_move_it_too(models: Projecting) -> None:
    client = uuid4()
    position = models.given((client, dossier_created(client)))
    assert models.position("catalogue") == position


def test_a_parked_model_answers_at_once_and_says_since_when_it_is_stale(models: Projecting) -> None:
    models.connection.execute(
        "update read_models set parked_position = 1, parked_error = 'KeyError',"
        " parked_since = '2026-11-24 15:00:00+00' where name = 'roster'"
    )
    begun = time.monotonic()
    fresh = models.ask(lambda c: wait_for(c, ("roster", "dossier"), 2**60))
    assert time.monotonic() - begun < 1
    assert fresh.stale_since == "2026-11-24T15:00:00Z"
    assert models.ask(lambda c: freshness(c, ("dossier",))).stale_since is None
