"""What a password must be (DOS-7): long rather than odd, and none that is guessed early."""

from __future__ import annotations

from zxcvbn import zxcvbn

from portal.language import say

SHORTEST, LONGEST = 10, 200
_LOOKED_AT = 64
"""Characters that are judged; the rest makes it no weaker."""
_FEWEST_GUESSES = 10**10
_SCHOOL = ("portail", "ecole", "école", "atelier", "ateliers", "motdepasse", "bonjour")
"""Words that everybody here has in mind."""


def weakness(password: str, *about: str | None) -> str | None:
    """What to do better, None when it will do.

    `about`: what others know of the person, such as name and address; it makes no password stronger.
    """
    if len(password) < SHORTEST:
        return say("Au moins %(count)s caractères. Une courte phrase se retient bien.", count=SHORTEST)
    if len(password) > LONGEST:
        return say("Au plus %(count)s caractères.", count=LONGEST)
    known = [word for words in about if words for word in (words, *words.replace("@", " ").split())]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=[*_SCHOOL, *known])["guesses"] < _FEWEST_GUESSES:
        return say(
            "Ce mot de passe est parmi ceux qu’on essaie en premier. Une courte phrase se retient mieux."
        )
    return None
