"""Links of mails that let one person in, once: what asks for them and what ends them (DOS-3, STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from aggregates.kernel import Refused, replace


class LinkPurpose(StrEnum):
    """What a link in a mail is good for."""

    ACTIVATION = "activation"
    """Choose the first password."""
    INVITATION = "invitation"
    """The same, sent again by staff."""
    VALIDATION = "validation"
    """Confirm the address of a dossier that the client opened (DOS-1)."""
    PASSWORD = "password"  # noqa: S105  # the name of a purpose
    """Choose another password (DOS-7)."""
    EMAIL_CHANGE = "email_change"
    """Confirm the new address (DOS-19)."""


LETS_IN = frozenset({LinkPurpose.ACTIVATION, LinkPurpose.INVITATION, LinkPurpose.PASSWORD})
"""With these one chooses a password."""
_FIRST = frozenset({LinkPurpose.ACTIVATION, LinkPurpose.INVITATION})
"""One replaces the other."""


class LinkOver(Refused):
    """The link was used, or a newer one took its place, or the address is another one now."""

    code: ClassVar[str] = "link_over"
    rule: ClassVar[str] = "DOS-3"


@dataclass(frozen=True)
class OpenLinks:
    """The links that work as far as their time goes: purpose → which one it is, counted in the stream.

    No secret stands here, nor how long they last: the link itself says that, signed (decision 0052).
    """

    asked: int = 0
    open: Mapping[LinkPurpose, int] = field(default_factory=dict)

    def ask(self, purpose: LinkPurpose) -> OpenLinks:
        """A new one; older ones of the purpose work no longer."""
        number = self.asked + 1
        gone = _FIRST if purpose in _FIRST else {purpose}
        kept = {p: n for p, n in self.open.items() if p not in gone}
        return OpenLinks(number, {**kept, purpose: number})

    def end(self, *purposes: LinkPurpose) -> OpenLinks:
        """Those of these purposes work no longer."""
        return replace(self, open={p: n for p, n in self.open.items() if p not in purposes})

    def works(self, purpose: LinkPurpose, number: int) -> bool:
        """Whether this is the one that works; its time apart."""
        return self.open.get(purpose) == number
