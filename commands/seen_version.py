"""Overwriting commands name the version they saw; a newer change of the same field stops them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from aggregates.kernel import Refused


class ChangedMeanwhile(Refused):
    """Somebody else changed the same field. Fields `changed`: name → theirs and yours."""

    code: ClassVar[str] = "changed_meanwhile"
    rule: ClassVar[str] = "AUD-1"


def nothing_changed_meanwhile(
    seen: Mapping[str, Any], current: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    """Compare field by field what was seen, what stands and what is wanted. Raises ChangedMeanwhile."""
    clashes = {
        name: {"theirs": current[name], "yours": wanted[name]}
        for name in wanted
        if current[name] != seen[name] and wanted[name] not in (seen[name], current[name])
    }
    if clashes:
        raise ChangedMeanwhile(changed=clashes)
