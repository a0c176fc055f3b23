"""Whose to-dos are shown to whom: by role, by responsibility, by own workshops (Roles, LIS-4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import SettingsChanged
from aggregates.catalogue.settings import Region, Responsibility, SchoolSettings
from aggregates.catalogue.state import SETTINGS_ID
from aggregates.kernel import Role
from projections.waiting_work import ToDoKind
from read_api.to_dos import FOR
from tests.read_api.conftest import School
from tests.support.builders import NOW


def shown(school: School, *roles: Role, user: UUID | None = None, **params: Any) -> list[dict[str, Any]]:
    answer = school.get("to-dos", *roles, user=user, **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.rule("FAC-4", "INS-8")
def test_cases_are_for_accounting_and_for_who_holds_the_responsibility(school: School) -> None:
    holder = uuid4()
    for role in (Role.ACCOUNTING, Role.OFFICE):
        [row] = shown(school, role, kind="decide_case")
        assert (row["label"], row["invoice"]) == ("annulation à décider", str(school.invoice))
        assert row["responsible"]["roles"] == ["accounting", "office"], "given to nobody: the office's"
    assert shown(school, Role.ADMIN, kind="decide_case") == []
    assert len(shown(school, Role.ADMIN, kind="decide_case", everybody="true")) == 1
    assert shown(school, Role.ORGANISER, kind="decide_case", everybody="true", user=holder) == []
    given = SchoolSettings(responsibilities={Responsibility.CANCELLATION_CASES: holder})
    school.models.given((SETTINGS_ID, SettingsChanged(settings=given)))
    [row] = shown(school, Role.ORGANISER, kind="decide_case", user=holder)
    assert (row["responsible"]["user"], row["responsible"]["roles"]) == (str(holder), ["accounting"])
    assert shown(school, Role.OFFICE, kind="decide_case") == []


@pytest.mark.rule("LIS-4", "STF-1")
def test_organisers_see_those_of_their_own_workshops(school: School) -> None:
    # Eleven days before the start: the clock goes on to within the week.
    clock: Any = school.written.side.clock
    clock.set(NOW.replace(day=30))
    try:
        own = shown(school, Role.ORGANISER, user=school.organiser, kind="missing_email")
        assert [row["client"]["last_name"] for row in own] == ["Roy"]
        assert own[0]["responsible"] == {
            "responsibility": None,
            "roles": [],
            "user": str(school.organiser),
            "name": "Monique Tremblay",
        }
        assert shown(school, Role.ORGANISER, kind="missing_email") == [], "of another's workshops"
        canada, europe = (school.given_regions(r) for r in (Region.CANADA, Region.EUROPE))
        near = shown(school, Role.ORGANISER, user=canada, kind="missing_email")
        assert [row["responsible"]["name"] for row in near] == ["Monique Tremblay"], "still hers to do"
        assert len(shown(school, Role.ORGANISER, user=europe, kind="missing_email")) == 1
        assert shown(school, Role.TRAINER, user=canada, kind="missing_email") == []
        assert len(shown(school, Role.OFFICE, kind="missing_email", everybody="true")) == 2
        cut = school.get("to-dos", Role.OFFICE, kind="missing_email", everybody="true", limit=1).json()
        assert (len(cut["items"]), cut["more"]) == (1, ["missing_email"])
    finally:
        clock.set(NOW)


def test_every_kind_is_somebodys() -> None:
    assert set(FOR) == set(ToDoKind)
    assert all(whose.responsibility or whose.roles or whose.owner for whose in FOR.values())
