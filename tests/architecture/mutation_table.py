"""What `make mutate` found: a row per file, then what no test noticed, from `mutmut results --all true`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator

_RESULT = re.compile(r"\s+(?P<module>[\w.]+)\.(?P<change>x\w+__mutmut_\d+): (?P<status>[\w ]+)")
_NOTICED = {"killed", "timeout"}
_LEFT_OUT = "not checked"


def summary(results: Iterable[str]) -> Iterator[str]:
    """Killed, survived and percentage per file and in all; then the survivors, for `mutmut show`."""
    killed, survived, names = Counter[str](), Counter[str](), list[str]()
    for match in filter(None, map(_RESULT.match, results)):
        if match["status"] == _LEFT_OUT:
            continue
        file = match["module"].replace(".", "/") + ".py"
        if match["status"] in _NOTICED:
            killed[file] += 1
        else:
            survived[file] += 1
            names.append(f"{match['module']}.{match['change']}: {match['status']}")
    yield f"{'file':<44} {'killed':>7} {'survived':>9} {'share':>7}"
    for file in sorted(killed | survived):
        yield _row(file, killed[file], survived[file])
    if killed or survived:
        yield _row("all", killed.total(), survived.total())
    yield from names


def _row(name: str, killed: int, survived: int) -> str:
    return f"{name:<44} {killed:>7} {survived:>9} {killed / (killed + survived):>7.1%}"


if __name__ == "__main__":
    print("\n".join(summary(sys.stdin)))
