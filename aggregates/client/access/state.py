"""How a client gets in, folded from the facts of the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregates.client.access.events import (
    AccessFact,
    AddressConfirmed,
    EmailChangeAsked,
    LinkAsked,
    PasswordChosen,
    PolicyAccepted,
)
from aggregates.kernel import Erased, replace
from aggregates.links import LETS_IN, LinkPurpose, OpenLinks


@dataclass(frozen=True)
class Access:
    """Links that work, whether the address is known to be theirs, and the one they want instead."""

    links: OpenLinks = field(default_factory=OpenLinks)
    confirmed: bool = True
    """False: the client wrote the address down and nobody has read a mail there yet (DOS-1)."""
    wanted_email: str | Erased | None = None
    policy: str | None = None
    """Version of the privacy policy that the client opened the dossier with."""

    def at_new_address(self) -> Access:
        """The address is another one: what was sent to the one before is over."""
        return replace(self, links=replace(self.links, open={}), wanted_email=None)


def evolve_access(access: Access, fact: AccessFact) -> Access:
    """After the fact. Who chose a password with a link has read a mail at the address."""
    match fact:
        case LinkAsked():
            return replace(access, links=access.links.ask(fact.purpose))
        case PasswordChosen():
            return replace(access, links=access.links.end(*LETS_IN))
        case AddressConfirmed():
            ended = access.links.end(LinkPurpose.VALIDATION, LinkPurpose.EMAIL_CHANGE)
            return replace(access, links=ended, confirmed=True, wanted_email=None)
        case EmailChangeAsked():
            links = access.links.ask(LinkPurpose.EMAIL_CHANGE)
            return replace(access, links=links, wanted_email=fact.email)
        case PolicyAccepted():
            return replace(access, policy=fact.version)
