"""What may happen to a client's name and addresses: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from aggregates.client.decisions import Identification
from aggregates.client.events import (
    BillingSet,
    ClientFact,
    ContactAddressRecorded,
    ContactAddressRemoved,
    CoordinatesSet,
    ProfileChanged,
)
from aggregates.client.missed_mails.decisions import trusted
from aggregates.client.policies import active
from aggregates.client.profile.policies import (
    a_namesake_is_known,
    no_email_of_their_own,
    own_login,
    reads_the_same,
)
from aggregates.client.state import Billing, Client, ContactAddress, Coordinates

Facts = Sequence[ClientFact]
_WHEREABOUTS = ("street", "city", "postal_code", "country")


def change_profile(
    client: Client,
    who: Identification,
    *,
    email_owner: UUID | None,
    namesake: UUID | None,
    namesake_reason: str | None,
    by_staff: bool,
) -> Facts:
    """Set name, address and language anew; quotes made from now on follow the country (DOS-19, CAT-2).

    `email_owner` and `namesake` are the dossiers that hold the new e-mail or the new names and postal
    code. With an own e-mail a relative's address ends (DOS-6); who moves is no longer where staff said.
    Raises NoSuchDossier, DossierNotActive, EmailTaken, AlreadyClient.
    """
    dossier = active(client)
    own_login(dossier, email_owner)
    other = None if namesake == dossier.id else namesake
    if reads_the_same(dossier, who.last_name, who.first_name, who.postal_code):
        other, reason = dossier.namesake_of, None
    else:
        a_namesake_is_known(other, reason=namesake_reason, by_staff=by_staff)
        reason = namesake_reason if other is not None and by_staff else None
    wanted = asdict(who)
    ended: list[ClientFact] = []
    if who.email is not None and dossier.contact_address is not None:
        ended.append(ContactAddressRemoved())
    if dossier.coordinates is not None and any(getattr(dossier, n) != wanted[n] for n in _WHEREABOUTS):
        ended.append(CoordinatesSet(person=dossier.id, latitude=None, longitude=None))
    if who.email not in (None, dossier.email):
        ended += trusted(dossier.mails.address_bad)
    if all(getattr(dossier, name) == value for name, value in wanted.items()):
        return ended
    changed = ProfileChanged(person=dossier.id, **wanted, namesake_of=other, namesake_reason=reason)
    return [changed, *ended]


def record_contact_address(client: Client, *, email: str, via: str) -> Facts:
    """Send the mails of a client without e-mail to somebody close to them, who may stand in several dossiers.

    It is no log-in and takes no claim (DOS-6). Raises NoSuchDossier, DossierNotActive, OwnEmail.
    """
    dossier = active(client)
    no_email_of_their_own(dossier)
    if dossier.contact_address == ContactAddress(email, via):
        return []
    recorded = ContactAddressRecorded(person=dossier.id, email=email, via=via)
    return [recorded, *trusted(dossier.mails.address_bad)]


def remove_contact_address(client: Client) -> Facts:
    """Use a relative's address no longer (DOS-6). Raises NoSuchDossier, DossierNotActive."""
    return [ContactAddressRemoved()] if active(client).contact_address is not None else []


def set_coordinates(client: Client, place: Coordinates | None) -> Facts:
    """Say where the client lives; without a place the town tells again (REQ-1).

    Raises NoSuchDossier, DossierNotActive.
    """
    dossier = active(client)
    if dossier.coordinates == place:
        return []
    if place is None:
        return [CoordinatesSet(person=dossier.id, latitude=None, longitude=None)]
    return [CoordinatesSet(person=dossier.id, latitude=place.latitude, longitude=place.longitude)]


def set_billing(client: Client, *, name: str | None, address: str | None) -> Facts:
    """Make new invoices out to somebody else, a company; without name to the client again (DOS-16).

    Raises NoSuchDossier, DossierNotActive.
    """
    dossier = active(client)
    wanted = None if name is None else Billing(name, address)
    if dossier.billing == wanted:
        return []
    return [BillingSet(person=dossier.id, name=name, address=address)]
