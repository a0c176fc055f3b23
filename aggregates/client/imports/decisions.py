"""What is taken over from another system: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from aggregates.client.decisions import Identification, create
from aggregates.client.events import BalanceTakenOver, ClientFact, DossierOrigin
from aggregates.client.imports.refusals import AddressSuppressed
from aggregates.client.phases.events import Enrolled
from aggregates.client.phases.policies import not_sold_outside_the_phase, phase_is_over
from aggregates.client.policies import active
from aggregates.client.registrations.events import FollowedBeforePortal, Registered
from aggregates.client.registrations.policies import only_one_active_registration
from aggregates.client.registrations.refusals import FollowedInFuture
from aggregates.client.state import Client, NoDossier

Facts = Sequence[ClientFact]


def take_over(
    client: Client,
    person: UUID,
    who: Identification,
    *,
    email_owner: UUID | None,
    namesake: UUID | None,
    suppressed: bool,
) -> Facts:
    """Open the dossier of somebody the former system knew, marked as imported (IMP-1).

    One that is there already stays as it is, deactivated and erased ones too. `suppressed`: the address
    is on the suppression list; the rest as for `create`. Raises AddressSuppressed, EmailTaken,
    AlreadyClient.
    """
    if not isinstance(client, NoDossier):
        return []
    if suppressed:
        raise AddressSuppressed
    return create(
        client,
        person,
        who,
        origin=DossierOrigin.IMPORT,
        email_owner=email_owner,
        namesake=namesake,
        namesake_reason=None,
    )


def take_over_followed(client: Client, followed: FollowedBeforePortal, *, today: date) -> Facts:
    """A workshop followed before the portal counts like any other (IMP-1, INS-2, INS-3).

    The same activity on the same day is one. Raises NoSuchDossier, DossierNotActive, FollowedInFuture.
    """
    places = active(client).places
    if (followed.activity, followed.last_day) in {(a.activity, a.last_day) for a in places.abroad.values()}:
        return []
    if followed.last_day > today:
        raise FollowedInFuture
    return [followed]


def take_over_registration(client: Client, sold: Registered, student: Enrolled | None) -> Facts:
    """A place of another system, with its date or À PLANIFIER; with the first of a phase its student (IMP-1).

    Raises NoSuchDossier, DossierNotActive, AlreadyRegistered, AlreadyToSchedule (INS-12), PlaceInPhase
    (INS-14), AlreadyEnrolled.
    """
    places = active(client).places
    if sold.registration in places.registrations:
        return []
    only_one_active_registration(places, sold.activity)
    if student is None:
        not_sold_outside_the_phase(places, sold.activity)
        return [sold]
    if student.enrolment in places.enrolments:
        return [sold]
    phase_is_over(places, student.phase)
    return [student, sold]


def hold_balance(client: Client, invoice: UUID) -> Facts:
    """The file knows of an invoice without a place in it (DOS-8). Raises NoSuchDossier, DossierNotActive."""
    known = active(client).placeless
    return [] if invoice in known else [BalanceTakenOver(invoice=invoice)]
