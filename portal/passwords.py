"""What a password must be (DOS-7): long rather than odd; nobody is made to change a good one."""

from __future__ import annotations

SHORTEST, LONGEST = 10, 200
_LETTERS = 5


def weakness(password: str) -> str | None:
    """What to do better, None when it will do."""
    if len(password) < SHORTEST:
        return f"Au moins {SHORTEST} caractères. Une courte phrase se retient bien."
    if len(password) > LONGEST:
        return f"Au plus {LONGEST} caractères."
    if len(set(password)) < _LETTERS:
        return "Trop de fois les mêmes caractères."
    return None
