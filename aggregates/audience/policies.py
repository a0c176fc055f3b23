"""Small predicates over queries, one per rule."""

from __future__ import annotations

from uuid import UUID

from aggregates.audience.conditions import (
    AllOf,
    AnyOf,
    Group,
    InCountry,
    Interested,
    Leaf,
    Near,
    PostalPrefix,
    ToSchedule,
)
from aggregates.audience.refusals import AudienceTooBroad, NoJointAnnouncement, NoSuchQuery, NotYourQuery
from aggregates.audience.state import Saved, SavedQuery
from aggregates.catalogue.settings import Category


def narrow_enough(condition: Group | Leaf) -> None:
    """Whoever is found lives near, or has an interest or a place À PLANIFIER (REQ-2).

    Raises AudienceTooBroad.
    """
    if not _narrows(condition):
        raise AudienceTooBroad


def _narrows(condition: Group | Leaf) -> bool:
    match condition:
        case Near() | PostalPrefix() | Interested() | ToSchedule():
            return True
        case AllOf():
            return any(_narrows(inner) for inner in condition.conditions)
        case AnyOf():
            return all(_narrows(inner) for inner in condition.conditions)
        case _:
            return False


def a_joint_announcement(condition: Group | Leaf, category: Category) -> None:
    """Of a complementary workshop, to a country (REQ-2). Raises NoJointAnnouncement."""
    if category is not Category.COMPLEMENTARY or not _of_a_country(condition):
        raise NoJointAnnouncement


def _of_a_country(condition: Group | Leaf) -> bool:
    match condition:
        case InCountry() | PostalPrefix():
            return True
        case AllOf():
            return any(_of_a_country(inner) for inner in condition.conditions)
        case _:
            return False


def known_query(saved: Saved) -> SavedQuery:
    """A query that can be run. Raises NoSuchQuery."""
    if not isinstance(saved, SavedQuery):
        raise NoSuchQuery
    return saved


def own_query(owner: UUID, by: UUID | None, *, others_too: bool) -> None:
    """Changed by who saved it, or by those who may change anybody's (REQ-4). Raises NotYourQuery."""
    if owner != by and not others_too:
        raise NotYourQuery
