"""Facts of how a client gets in; passwords, links and codes themselves are no facts."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact
from aggregates.links import LinkPurpose


class LinkAsked(Fact):
    """A link is sent to the client's own address (DOS-3, DOS-7)."""

    TOPIC: ClassVar[str] = "client.link_asked"

    purpose: LinkPurpose


class PasswordChosen(Fact):
    """The client chose a password, with a link or in the own account (DOS-7)."""

    TOPIC: ClassVar[str] = "client.password_chosen"


class AddressConfirmed(Fact):
    """The client's address is theirs: they opened a link that was sent there (DOS-1)."""

    TOPIC: ClassVar[str] = "client.address_confirmed"


class EmailChangeAsked(Fact):
    """The client wants another log-in address; it holds once it is confirmed (DOS-19)."""

    TOPIC: ClassVar[str] = "client.email_change_asked"

    person: UUID
    email: Contact[str]


class PolicyAccepted(Fact):
    """The client opened the dossier with the privacy policy as it was then (DOS-1)."""

    TOPIC: ClassVar[str] = "client.policy_accepted"

    version: str


AccessFact = LinkAsked | PasswordChosen | AddressConfirmed | EmailChangeAsked | PolicyAccepted
