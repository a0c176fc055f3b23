"""Files name activities, places and people as people do; commands want ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aggregates.catalogue.events import ActivityAdded, PhaseAdded, VenueAdded
from aggregates.catalogue.state import ACTIVITY, PHASE, VENUE
from aggregates.kernel import Aggregate, Fact, fold
from aggregates.staff.events import StaffAdded
from aggregates.staff.state import STAFF, StaffUser
from service.bootstrap import WriteSide

_MOST = 100_000
Names = Mapping[str, Mapping[str, str]]
"""Field → folded name → id; a name that two have stands for none."""


@dataclass(frozen=True)
class _Kind:
    """What a field names: streams of this kind, by these names of each."""

    aggregate: Aggregate[Any]
    added: type[Fact]
    names: Callable[[Any], Iterator[str]]


def _name(state: Any) -> Iterator[str]:
    if isinstance(name := getattr(state, "name", None), str):
        yield name


def _person(state: Any) -> Iterator[str]:
    """Staff users go by name or address; who left is none any more."""
    if isinstance(state, StaffUser):
        yield from (text for text in (state.name, state.email) if isinstance(text, str))


_STAFF = _Kind(STAFF, StaffAdded, _person)
_KINDS: Mapping[str, _Kind] = {
    "activity": _Kind(ACTIVITY, ActivityAdded, _name),
    "phase": _Kind(PHASE, PhaseAdded, _name),
    "venue": _Kind(VENUE, VenueAdded, _name),
    "organiser": _STAFF,
    "trainer": _STAFF,
    "second_trainer": _STAFF,
}
"""Fields of all commands that a file fills with names."""


def names_for(side: WriteSide, fields: Mapping[str, Any]) -> Names:
    """Names for those of these fields that hold ids of the catalogue or of staff."""
    kinds = {field: kind for field, kind in _KINDS.items() if field in fields}
    known = {id(kind): _known(side, kind) for kind in kinds.values()}
    return {field: known[id(kind)] for field, kind in kinds.items()}


def _known(side: WriteSide, kind: _Kind) -> Mapping[str, str]:
    added = side.store.log.select_notifications(None, _MOST, topics=[kind.added.TOPIC])
    found: dict[str, str] = {}
    twice: set[str] = set()
    for loaded in side.store.load([kind.aggregate.at(n.originator_id) for n in added]):  # type: ignore[arg-type]
        for name in {fold(text) for text in kind.names(loaded.state)}:
            twice |= {name} & found.keys()
            found[name] = str(loaded.id)
    return {name: id_ for name, id_ in found.items() if name not in twice}
