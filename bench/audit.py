"""as_of_dossier, history_page: a dossier of 300 events as it was, and pages of its history, over HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

from aggregates.kernel import Role
from bench.harness import Figure, median, p99
from bench.http import Client
from bench.portal import BenchPortal, caught_up, open_registrations
from commands.access import Principal
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from schema.clock import machine_time

_EVENTS = 300
_ASKED = 200


def audits(portal: BenchPortal) -> dict[str, Figure]:
    """Milliseconds per answer, one asked after the other."""
    client = _long_dossier(portal)
    api = Client(portal.port, {"Authorization": f"Bearer {portal.token}"})
    at = machine_time().isoformat().replace("+00:00", "Z")
    past = list(_times(api, itertools.repeat(f"/api/clients/{client}/as-of?at={at}", _ASKED)))
    live = list(_times(api, itertools.repeat(f"/api/clients/{client}", _ASKED)))
    newest = f"/api/clients/{client}/history?limit=50"
    pages = list(_times(api, itertools.repeat(newest, _ASKED)))
    return {
        "as_of_dossier": Figure(
            median(past), None, None, "ms", 50.0, f"p99 {p99(past):.0f}; the live dossier {median(live):.1f}"
        ),
        "history_page": Figure(p99(pages), None, None, "ms p99", 50.0, f"median {median(pages):.1f}"),
    }


def _long_dossier(portal: BenchPortal) -> UUID:
    """A client with 300 events: a date taken off and chosen again, over and over."""
    office = Principal(uuid4(), frozenset({Role.OFFICE}), Role.OFFICE)
    client, registration, workshop = open_registrations(portal.side)[0]
    away = DeferRegistration(client=client, registration=registration)
    back = ChooseDate(client=client, registration=registration, workshop=workshop)
    for _ in range(_EVENTS // 2):
        for command in (away, back):
            portal.side.dispatcher.dispatch(command, office, uuid4())
    caught_up(portal.side)
    return client


def _times(api: Client, paths: Iterator[str]) -> Iterator[float]:
    for path in paths:
        begun = time.perf_counter()
        api.ask("GET", path)
        yield (time.perf_counter() - begun) * 1e3
