"""What may happen to how a client gets in: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aggregates.client.access.events import (
    AddressConfirmed,
    EmailChangeAsked,
    LinkAsked,
    PasswordChosen,
    PolicyAccepted,
)
from aggregates.client.access.refusals import AddressInUse, NoEmailToInvite
from aggregates.client.decisions import Identification, create
from aggregates.client.events import ClientFact, DossierOrigin
from aggregates.client.policies import active
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.client.profile.decisions import change_profile
from aggregates.client.state import Client, Dossier, NoDossier, same_address
from aggregates.links import LinkOver, LinkPurpose

Facts = Sequence[ClientFact]


def sign_up(
    client: Client,
    person: UUID,
    who: Identification,
    answers: Mapping[Channel, bool],
    *,
    policy: str,
    wording: str,
) -> Facts:
    """The client opens the own dossier and says by which ways the school may write or call (DOS-1).

    A channel without answer is none: it counts as no. Nobody holds the e-mail or the names.
    """
    if not isinstance(client, NoDossier):
        return []
    created = create(
        client,
        person,
        who,
        origin=DossierOrigin.CLIENT,
        email_owner=None,
        namesake=None,
        namesake_reason=None,
    )
    chosen = [PreferenceChosen(channel=c, allowed=a, wording=wording) for c, a in answers.items()]
    return [*created, PolicyAccepted(version=policy), *chosen]


def invite(client: Client, purpose: LinkPurpose) -> Facts:
    """Staff send the way in once more (DOS-3). Raises NoSuchDossier, DossierNotActive, NoEmailToInvite."""
    if not isinstance(active(client).email, str):
        raise NoEmailToInvite
    return [LinkAsked(purpose=purpose)]


def ask_link(client: Client, purpose: LinkPurpose) -> Facts:
    """Somebody at the door asks for a link; who has no account gets none, and nobody is told (DOS-7)."""
    if not isinstance(client, Dossier) or not isinstance(client.email, str):
        return []
    if purpose is LinkPurpose.EMAIL_CHANGE:
        wanted = client.access.wanted_email
        return [EmailChangeAsked(person=client.id, email=wanted)] if isinstance(wanted, str) else []
    if purpose is LinkPurpose.VALIDATION and client.access.confirmed:
        return []
    return [LinkAsked(purpose=purpose)]


def choose_password(client: Client, purpose: LinkPurpose | None, number: int) -> Facts:
    """A password was chosen: with this link, or without one by who is logged in (DOS-7).

    Raises NoSuchDossier, DossierNotActive, LinkOver.
    """
    dossier = active(client)
    if purpose is None:
        return [PasswordChosen()]
    if not dossier.access.links.works(purpose, number):
        raise LinkOver
    read_there = [] if dossier.access.confirmed else [AddressConfirmed()]
    return [PasswordChosen(), *read_there]


def confirm_address(client: Client, number: int) -> Facts:
    """The link sent to the address was opened (DOS-1). Raises NoSuchDossier, DossierNotActive, LinkOver."""
    dossier = active(client)
    if not dossier.access.links.works(LinkPurpose.VALIDATION, number):
        raise LinkOver
    return [AddressConfirmed()]


def ask_email_change(client: Client, email: str) -> Facts:
    """Ask for another log-in address (DOS-19). Raises NoSuchDossier, DossierNotActive."""
    dossier = active(client)
    if same_address(dossier.email, email):
        return []
    return [EmailChangeAsked(person=dossier.id, email=email)]


def confirm_email_change(client: Client, number: int, *, email_owner: UUID | None) -> Facts:
    """The link sent to the new address was opened: one logs in with it from now on (DOS-19).

    Raises NoSuchDossier, DossierNotActive, LinkOver, AddressInUse.
    """
    dossier = active(client)
    wanted = dossier.access.wanted_email
    if not dossier.access.links.works(LinkPurpose.EMAIL_CHANGE, number) or not isinstance(wanted, str):
        raise LinkOver
    if email_owner not in (None, dossier.id):
        raise AddressInUse
    names = Identification.__dataclass_fields__
    who = Identification(**{name: getattr(dossier, name) for name in names} | {"email": wanted})
    changed = change_profile(
        dossier,
        who,
        email_owner=email_owner,
        namesake=None,
        namesake_reason=None,
        by_staff=False,
    )
    return [*changed, AddressConfirmed()]
