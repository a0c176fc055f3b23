"""Mailings on their page: approved, paused, resumed, cancelled by who may (COM-7, COM-8)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.kernel import Role
from aggregates.mailing.state import MAILING, AwaitingApproval, CancelledMailing, Paused, Queued
from commands.mailing.compose_mailing import ComposeMailing, Roster
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ORGANISER, School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def waiting(school: School, models: Projecting) -> UUID:
    """An organiser's mail to a roster."""
    activity = school.activity()
    workshop = school.workshop(activity)
    seat = school.registration(school.client(), activity, workshop)
    roster = Roster(workshop=workshop, registrations=(seat,), reason="La salle change.")
    wish = ComposeMailing(subject="Autre salle <b>", text="{cher}, salle 2.", roster=roster)
    made = school.send(wish, ORGANISER).made["mailing"]
    models.catch_up()
    return made


@pytest.mark.rule("COM-7")
@pytest.mark.rule("COM-8")
def test_the_office_approves_pauses_resumes_and_cancels(
    door: Door, school: School, models: Projecting
) -> None:
    mailing = waiting(school, models)
    path = f"/envois/{mailing}"
    assert "Autre salle &lt;b&gt;" in Page(door, "/envois?etat=awaiting_approval", Role.OFFICE).text
    assert isinstance(school.state(MAILING.at(mailing)), AwaitingApproval)
    for act, state in (
        ("approve", Queued),
        ("pause", Paused),
        ("resume", Queued),
        ("cancel", CancelledMailing),
    ):
        page = Page(door, path, Role.OFFICE)
        assert page.send(path, {"act": act, "reason": "Une erreur."}).status_code == 303
        assert isinstance(school.state(MAILING.at(mailing)), state)
        models.catch_up()
    assert "Annulé" in Page(door, path, Role.OFFICE).text


@pytest.mark.rule("COM-7")
def test_another_organiser_does_not_find_it(door: Door, school: School, models: Projecting) -> None:
    mailing = waiting(school, models)
    assert "salle 2" not in Page(door, f"/envois/{mailing}", Role.ORGANISER).text
