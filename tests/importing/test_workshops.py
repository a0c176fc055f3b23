"""Planned workshops of another system: as planned here, on the venue's clocks, each fault by column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.workshop.events import Session, WorkshopPlanned
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import SYSTEM, ForbiddenError
from commands.importing import imported_id
from commands.imports.import_workshop import ImportWorkshop
from tests.support.command_samples import sample
from tests.support.importing import WORKSHOPS, WORKSHOPS_HEAD, imported, written
from tests.support.write_side import ADMIN, ORGANISER, School, school_on

PARIS = {"name": "Salle Pleyel", "city": "Paris", "country": "FR", "region": Region.EUROPE}


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        made.now(datetime(2026, 11, 28, tzinfo=UTC))
        made.employ(ORGANISER.user)
        made.activity("Être bien")
        made.venue(**PARIS, zone="Europe/Paris")
        yield made


def workshops(folder: Path, *lines: str) -> tuple[Path, Path]:
    return written(folder, WORKSHOPS, WORKSHOPS_HEAD, lines)


def utc(day: int, hour: int) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=UTC)


@pytest.mark.rule("IMP-1", "ATE-1")
def test_a_line_is_planned_on_the_clocks_of_its_venue(school: School, tmp_path: Path) -> None:
    lines = (
        "7;etre bien;salle pleyel;27/03/2027 09:00;28/03/2027 17:00;60;5;Monique Tremblay;",
        f"8;Être bien;EN LIGNE;06/03/2027 19:00;06/03/2027 21:30;12;;{ORGANISER.user};monique tremblay",
        "9;Être bien;;06/03/2027 22:00;07/03/2027 01:00;12;0;Monique Tremblay;",
    )
    assert {row["Résultat"] for row in imported(school, workshops(tmp_path, *lines))} == {"importée"}
    there, online, late = (
        planned(school.state(WORKSHOP.at(imported_id("ancien", "workshop", k)))) for k in "789"
    )
    assert there.sessions == (
        Session(starts=utc(27, 8), ends=utc(27, 16)),
        Session(starts=utc(28, 7), ends=utc(28, 15)),
    ), "the clocks change in between"
    assert (there.zone, there.region, there.plan.retake_limit) == ("Europe/Paris", Region.EUROPE, 5)
    assert (online.venue, online.zone, online.plan.capacity) == (None, "America/Toronto", 12)
    assert online.plan.people == (ORGANISER.user, ORGANISER.user)
    assert late.sessions == (Session(starts=utc(7, 3), ends=utc(7, 6)),)
    (fact,) = school.facts(WORKSHOP.at(imported_id("ancien", "workshop", "7")))
    assert isinstance(fact, WorkshopPlanned)
    assert fact.taken_over


@pytest.mark.rule("IMP-1")
def test_the_same_file_twice_changes_nothing(school: School, tmp_path: Path) -> None:
    line = "7;Être bien;;27/03/2027 09:00;27/03/2027 17:00;60;5;Monique Tremblay;"
    for result in ("à importer", "importée", "déjà importée"):
        dry_run = result == "à importer"
        (row,) = imported(school, workshops(tmp_path, line), dry_run=dry_run)
        assert row["Résultat"] == result
        facts = school.facts(WORKSHOP.at(imported_id("ancien", "workshop", "7")))
        assert len(facts) == (0 if dry_run else 1)


@pytest.mark.rule("IMP-1", "ATE-1")
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_wrong_is_told_with_its_column(school: School, tmp_path: Path, *, dry_run: bool) -> None:
    good = ("Être bien", "", "27/03/2027 09:00", "27/03/2027 17:00", "60", "5", "Monique Tremblay", "")
    wrong = (
        (0, "Yoga", "Atelier", "IMP-1"),
        (1, "Palais des congrès", "Lieu", "IMP-1"),
        (2, "2027-03-27 09:00", "Début", "IMP-1"),
        (2, "27/03/2025 09:00", "Début", "IMP-1"),
        (3, "27/03/2027 08:00", "Fin", "ATE-1"),
        (4, "soixante", "Places", "IMP-1"),
        (5, "61", "Reprises", "ATE-1"),
        (6, "Zoé Roy", "Organise", "IMP-1"),
        (7, str(uuid4()), "Organise", "ATE-1"),
    )
    lines = [";".join(["k", *good[:at], cell, *good[at + 1 :]]) for at, cell, _, _ in wrong]
    rows = imported(
        school, workshops(tmp_path, *(f"{n}{line}" for n, line in enumerate(lines))), dry_run=dry_run
    )
    assert {row["Résultat"] for row in rows} == {"refusée"}
    assert [(row["Colonne"], row["Règle"]) for row in rows] == [
        (column, rule) for _, _, column, rule in wrong
    ]


@pytest.mark.rule("IMP-1")
def test_only_the_system_imports(school: School) -> None:
    command = sample(ImportWorkshop, activity=school.activity(), organiser=ORGANISER.user)
    with pytest.raises(ForbiddenError):
        school.send(command, ADMIN)
    assert set(school.send(command, SYSTEM).made) == {"workshop"}
