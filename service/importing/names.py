"""Files name activities as people do; commands want ids."""

from __future__ import annotations

from collections.abc import Mapping

from aggregates.catalogue.events import ActivityAdded
from aggregates.catalogue.state import ACTIVITY, Activity
from aggregates.kernel import fold
from service.bootstrap import WriteSide

_MOST = 100_000


def activities(side: WriteSide) -> Mapping[str, str]:
    """Folded name → id of every activity; a name that two have stands for none."""
    added = side.store.log.select_notifications(None, _MOST, topics=[ActivityAdded.TOPIC])
    found: dict[str, str] = {}
    twice: set[str] = set()
    for loaded in side.store.load([ACTIVITY.at(n.originator_id) for n in added]):  # type: ignore[arg-type]
        if isinstance(loaded.state, Activity):
            name = fold(loaded.state.name)
            twice |= {name} & found.keys()
            found[name] = str(loaded.id)
    return {name: id_ for name, id_ in found.items() if name not in twice}
