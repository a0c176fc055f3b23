"""Overwriting commands name the version they saw; a newer change of the same field stops them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aggregates.kernel import Refused


class ChangedMeanwhile(Refused):
    """Somebody else changed the same field. Fields `changed`: name → theirs and yours."""

    code: ClassVar[str] = "changed_meanwhile"
    rule: ClassVar[str] = "AUD-1"


def parts(source: object, names: Iterable[str]) -> dict[str, Any]:
    """What a state or a command says under these names."""
    return {name: getattr(source, name) for name in names}


def unchanged(seen: Mapping[str, Any], current: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Each is given as a whole: one left as it was seen is said anew, and a newer one is looked at first.

    Raises ChangedMeanwhile when what stands is neither what was seen nor what is wanted.
    """
    clashes = {
        name: {"theirs": current[name], "yours": value}
        for name, value in wanted.items()
        if current[name] not in (seen[name], value)
    }
    if clashes:
        raise ChangedMeanwhile(changed=clashes)


def merged(seen: Mapping[str, Any], current: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What was changed put over what stands: a field left as it was seen keeps a newer value.

    Raises ChangedMeanwhile when somebody else changed the same field to something else.
    """
    yours = {name: value for name, value in wanted.items() if value != seen[name]}
    clashes = {
        name: {"theirs": current[name], "yours": value}
        for name, value in yours.items()
        if current[name] not in (seen[name], value)
    }
    if clashes:
        raise ChangedMeanwhile(changed=clashes)
    return {**current, **yours}
