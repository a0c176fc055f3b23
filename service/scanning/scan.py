"""One scan: the operator's values against every piece, and where each was found (T14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from service.scanning.places import LEFT_OUT, Piece
from service.scanning.readings import LEAST, Value, found_in

Found = Mapping[tuple[int, str], int]
"""How many pieces of a place hold the value of a line."""


class ValuesError(Exception):
    """The file of values can't be used; the text has one line, French then English."""


def read_values(file: Path) -> list[Value]:
    """One value a line; empty lines are passed over. Raises ValuesError."""
    values = []
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValuesError(f"{file} : illisible. / Unreadable ({type(error).__name__}).") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                values.append(Value.of(number, line))
            except ValueError:
                raise ValuesError(
                    f"Ligne {number} : moins de {LEAST} lettres ou chiffres. / Line {number}: too short."
                ) from None
    if not values:
        raise ValuesError("Aucune valeur à chercher. / No value to look for.")
    return values


def scan(pieces: Iterable[Piece], values: list[Value]) -> Found:
    """Where each value stands; a piece that holds it many times counts once."""
    found: Counter[tuple[int, str]] = Counter()
    for piece in pieces:
        for number in found_in(piece.data, values):
            found[number, piece.place] += 1
    return found


def report(found: Found, values: list[Value]) -> Iterator[str]:
    """What is printed: numbers of lines, never a value."""
    for (number, place), count in sorted(found.items()):
        yield f"ligne {number:<5} {place} ({count})"
    for name, why in LEFT_OUT.items():
        yield f"pas lu     {name} : {why}"
    lines = {number for number, _ in found}
    yield f"{len(lines)} des {len(values)} valeurs trouvées"
