"""Likely duplicates, from facts to the list of office (DOS-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from projections import duplicates
from projections.duplicates import sound
from tests.support.builders import (
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    profile_changed,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("DOS-5")


def groups(models: Projecting, **wanted: Any) -> list[tuple[str, set[UUID]]]:
    rows: list[Row] = models.ask(lambda c: duplicates.likely(c, **wanted))
    return [(row["why"], {UUID(client["id"]) for client in row["clients"]}) for row in rows]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lévesque Éloïse", "LEVEQUE Eloise"),
        ("D'Arcy-Lévesque Éloïse", "Eloïse d’Arcy Lévesque"),
        ("Tremblay Philippe", "Tremblai Filipe"),
        ("Roy Katherine", "Roi Catherine"),
        ("Œuvrard Ève", "Oeuvrard Eve"),
    ],
)
def test_near_same_names_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("Roy Léa", "Roy Luc"), ("Tremblay Anne", "Tremblay Émile")])
def test_others_do_not(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_the_same_telephone_or_near_same_names_in_one_city_are_likely_one_person(proven: Projecting) -> None:
    one, same_phone, alike, far, alone = (uuid4() for _ in range(5))
    lea: dict[str, Any] = {"last_name": "Roy", "first_name": "Léa", "city": "Laval", "telephone": None}
    proven.given(
        (one, dossier_created(one, **lea | {"telephone": "+1 450 555-0143"})),
        (same_phone, dossier_created(same_phone, last_name="Gagnon", telephone="(450) 555 0143", city=None)),
        (alike, dossier_created(alike, **lea | {"last_name": "ROI", "first_name": "Lea"})),
        (far, dossier_created(far, **lea | {"city": "Québec"})),
        (alone, dossier_created(alone, last_name="Côté", telephone="555", city=None)),
    )
    assert groups(proven) == [("name", {one, alike}), ("telephone", {one, same_phone})]
    first = proven.ask(lambda c: duplicates.likely(c, limit=1))[0]
    after = (first["why"], UUID(first["first"]))
    assert groups(proven, after=after) == [("telephone", {one, same_phone})]


def test_known_namesakes_and_those_who_left_or_changed_are_none(proven: Projecting) -> None:
    father, son, gone, back = (uuid4() for _ in range(4))
    roy: dict[str, Any] = {"last_name": "Roy", "first_name": "Luc", "city": "Laval", "telephone": None}
    proven.given(
        (father, dossier_created(father, **roy)),
        (son, dossier_created(son, **roy, namesake_of=father)),
    )
    assert groups(proven) == []
    proven.given((gone, dossier_created(gone, **roy)), (back, dossier_created(back, **roy)))
    assert groups(proven) == [("name", {father, son, gone, back})]
    proven.given((gone, dossier_erased(gone)), (back, dossier_deactivated(back)))
    assert groups(proven) == []
    proven.given((back, dossier_restored(back, city="Laval")))
    assert groups(proven) == [("name", {father, son, back})]
    moved = profile_changed(back, **roy | {"city": "Lévis"})
    proven.given((back, moved))
    assert groups(proven) == []
