"""Past registrations of another system: they count as followed, and each reason of a refusal is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from aggregates.client.policies import active
from aggregates.client.registrations.events import FollowedBeforePortal
from aggregates.client.registrations.policies import followed_before
from aggregates.client.state import CLIENT
from commands.access import ForbiddenError
from commands.importing import imported_id
from commands.imports.import_followed import ImportFollowed
from tests.support.importing import (
    CLIENTS,
    CLIENTS_HEAD,
    FOLLOWED,
    FOLLOWED_HEAD,
    imported,
    many,
    written,
)
from tests.support.write_side import ADMIN, School, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def followed(school: School, folder: Path, *lines: str) -> tuple[Path, Path]:
    """The files, about a client 0 who is imported."""
    imported(school, written(folder / "clients", CLIENTS, CLIENTS_HEAD, many(1)))
    return written(folder / "followed", FOLLOWED, FOLLOWED_HEAD, lines)


@pytest.mark.rule("IMP-1", "INS-3")
def test_a_past_registration_counts_as_followed_and_makes_the_next_one_a_retake(
    school: School, tmp_path: Path
) -> None:
    activity, sold = school.activity("Être bien"), school.activity("Écoute de soi")
    paths = followed(school, tmp_path, "a;0;ETRE-BIEN;03/02/2019", "b;0;Ancien nom;04/05/2020")
    paths[0].write_text(FOLLOWED.replace("ID", str(sold)), "utf-8")
    assert [row["Résultat"] for row in imported(school, paths)] == ["importée"] * 2
    client = CLIENT.at(imported_id("ancien", "client", "0"))
    places = active(school.state(client)).places
    before = followed_before(places, activity)
    assert before is not None
    assert before.last_day.isoformat() == "2019-02-03"
    assert not places.none_ever
    registration = school.registration(client.id, sold)
    assert active(school.state(client)).registrations[registration].sale.retake


@pytest.mark.rule("IMP-1")
def test_the_same_file_twice_changes_nothing(school: School, tmp_path: Path) -> None:
    school.activity("Être bien")
    paths = followed(school, tmp_path, "a;0;Être bien;03/02/2019", "b;0;Être bien;03/02/2019")
    for result in ("importée", "déjà importée"):
        assert [row["Résultat"] for row in imported(school, paths)] == [result] * 2
        facts = school.facts(CLIENT.at(imported_id("ancien", "client", "0")))
        assert [isinstance(fact, FollowedBeforePortal) for fact in facts] == [False, True]


@pytest.mark.rule("IMP-1")
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_wrong_is_told_with_its_column(school: School, tmp_path: Path, *, dry_run: bool) -> None:
    for name in ("Être bien", "Double", "Double"):
        school.activity(name)
    lines = ("a;9;Être bien;03/02/2019", "b;0;Yoga;03/02/2019", "c;0;Être bien;2019-02-03")
    more = (f"d;0;{uuid4()};03/02/2019", "e;0;Être bien;03/02/2999", "f;0;Double;03/02/2019", "g;0;;")
    rows = imported(school, followed(school, tmp_path, *lines, *more), dry_run=dry_run)
    assert {row["Résultat"] for row in rows} == {"refusée"}
    assert [(row["Clé"], row["Colonne"], row["Règle"]) for row in rows] == [
        ("a", "Client", "DOS-17"),
        ("b", "Atelier", "IMP-1"),
        ("c", "Date", "IMP-1"),
        ("d", "Atelier", "CAT-1"),
        ("e", "Date", "ATE-8"),
        ("f", "Atelier", "IMP-1"),
        ("g", "Atelier", "IMP-1"),
        ("g", "Date", "IMP-1"),
    ]


@pytest.mark.rule("IMP-1")
def test_only_the_system_imports(school: School) -> None:
    activity = school.activity()
    day = "2019-02-03"
    command = ImportFollowed.model_validate_strings(
        {"source": "ancien", "key": "a", "client": "0", "activity": str(activity), "last_day": day}
    )
    with pytest.raises(ForbiddenError):
        school.send(command, ADMIN)
