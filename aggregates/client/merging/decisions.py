"""How two dossiers of one person become one: values in, facts or a refusal out (DOS-5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.client.decisions import ask_price_adjustment
from aggregates.client.events import (
    BillingSet,
    CardGranted,
    ClientFact,
    ContactAddressRecorded,
    DossierMatch,
    NoteKind,
    NoteWritten,
    SecondDossierAttempted,
)
from aggregates.client.impersonation.events import ImpersonationEnded
from aggregates.client.merging.events import DossierAbsorbed, DossierMerged, TakenDocument, TakenMail
from aggregates.client.merging.policies import in_the_way, rivals, stricter
from aggregates.client.merging.refusals import BothHoldAPlace, SameDossier
from aggregates.client.merging.values import taken_elsewhere, taken_enrolments, taken_places
from aggregates.client.policies import active
from aggregates.client.preferences.events import InterestAdded, PreferenceRecorded
from aggregates.client.registrations.decisions import cancel
from aggregates.client.registrations.events import CancelReason, RegistrationFact
from aggregates.client.registrations.state import Places, Registration, evolve_places
from aggregates.client.state import Client, Dossier, MergedDossier, Note
from aggregates.kernel import Erased

Facts = Sequence[ClientFact]


@dataclass(frozen=True)
class Merger:
    """What happens in the two files; `ended` are the places that give way, each with its dossier."""

    survivor: Facts
    other: Facts
    ended: Sequence[Registration]
    """In the order of the surviving dossier's, then of the other's."""


def merge(
    survivor: Client,
    other: Client,
    *,
    ids: tuple[UUID, UUID],
    keep: Collection[UUID],
    subjects: Mapping[UUID, InterestAdded],
    source: str,
    now: datetime,
) -> Merger:
    """Make the other dossier a part of the surviving one (DOS-5).

    Of two rival places the one in `keep` stays; the other ends without fee. `subjects`: the other's
    interests, as they were noted; `source`: how the school knows of the stricter answers. Raises
    SameDossier, NoSuchDossier, DossierNotActive, MergeNeedsRestoration, DossierIsMerged,
    DeletionIsProposed, BothHoldAPlace, FollowedStays.
    """
    if ids[0] == ids[1]:
        raise SameDossier
    for id_, client in zip(ids, (survivor, other), strict=True):
        for refused in in_the_way(id_, client):
            raise refused
    mine, theirs = active(survivor), active(other)
    ended = ended_places(mine.places, theirs.places, keep)
    my_end = _cancelled(mine, ended, now)
    their_end = _cancelled(theirs, ended, now)
    left = theirs.places
    for fact in their_end:
        left = evolve_places(left, fact)
    return Merger(
        [
            *my_end,
            _absorbed(theirs, left),
            *_stricter(mine, theirs, source),
            *_brought(mine, theirs),
            *(
                InterestAdded(person=mine.id, activity=noted.activity, phase=noted.phase)
                for subject, noted in subjects.items()
                if subject in theirs.wishes.interests - mine.wishes.interests
            ),
        ],
        [
            *their_end,
            *(ImpersonationEnded(impersonation=id_) for id_ in sorted(theirs.looked_at_as)),
            DossierMerged(
                into=mine.id,
                registrations=tuple(left.registrations),
                invoices=tuple(sorted(theirs.invoices)),
            ),
        ],
        [
            registration
            for places in (mine.places, theirs.places)
            for id_, registration in places.registrations.items()
            if id_ in ended
        ],
    )


def follow_on(client: Client, into: UUID) -> Facts:
    """A dossier that was merged before goes along with the one it is part of."""
    if not isinstance(client, MergedDossier) or client.into == into:
        return []
    return [DossierMerged(into=into)]


def ended_places(one: Places, other: Places, keep: Collection[UUID]) -> frozenset[UUID]:
    """The places that give way, each where one of its rivals is to be kept.

    Raises BothHoldAPlace, FollowedStays.
    """
    found = rivals(one, other)
    try:
        return frozenset(pair.ends(keep) for pair in found)
    except BothHoldAPlace as refused:
        raise BothHoldAPlace(**refused.fields, count=len(found)) from None


def _cancelled(dossier: Dossier, ended: Collection[UUID], now: datetime) -> list[RegistrationFact]:
    return [
        fact
        for registration in dossier.registrations
        if registration in ended
        for fact in cancel(dossier, registration, now=now, by_staff=True, why=CancelReason.MERGED)
    ]


def _absorbed(other: Dossier, left: Places) -> DossierAbsorbed:
    mails = other.mails
    return DossierAbsorbed(
        other=other.id,
        earlier=other.merged,
        taken=taken_places(left),
        enrolments=taken_enrolments(left),
        elsewhere=taken_elsewhere(left),
        placeless=tuple(sorted(other.placeless)),
        waiting_in=tuple(sorted(other.waiting_in)),
        documents=tuple(TakenDocument(document=id_, kind=kind) for id_, kind in other.documents.items()),
        missed=tuple(TakenMail(mail=mail, reason=why) for mail, why in mails.missed.items()),
        resent=tuple(sorted(mails.resent)),
        set_aside=tuple(sorted(mails.set_aside)),
    )


def _stricter(mine: Dossier, theirs: Dossier, source: str) -> list[ClientFact]:
    return [
        PreferenceRecorded(person=mine.id, channel=channel, allowed=False, source=source, proof=None)
        for channel in stricter(mine.wishes, theirs.wishes)
    ]


def _brought(mine: Dossier, theirs: Dossier) -> list[ClientFact]:
    """What the surviving dossier takes over where it has nothing of its own; notes are joined."""
    brought: list[ClientFact] = []
    if mine.card is None and theirs.card is not None:
        brought.append(CardGranted(valid_from=theirs.card.valid_from, valid_until=theirs.card.valid_until))
    if mine.billing is None and theirs.billing is not None and isinstance(theirs.billing.name, str):
        brought.append(
            BillingSet(person=mine.id, name=theirs.billing.name, address=_clear(theirs.billing.address))
        )
    near = theirs.contact_address
    if mine.email is None and mine.contact_address is None and near is not None:
        email, via = _clear(near.email), _clear(near.via)
        if email is not None and via is not None:
            brought.append(ContactAddressRecorded(person=mine.id, email=email, via=via))
    if theirs.signed_up_anew and not mine.signed_up_anew:
        brought.append(SecondDossierAttempted(match=DossierMatch.PERSON))
    for kind in NoteKind:
        brought += _note(mine, kind, theirs.notes.get(kind))
    for activity, reason in theirs.adjustments_asked.items():
        if isinstance(reason, str) and activity not in mine.adjustments_asked:
            brought += ask_price_adjustment(mine, activity, reason=reason)
    return brought


def _note(mine: Dossier, kind: NoteKind, theirs: Note | None) -> list[ClientFact]:
    """Both texts, the surviving dossier's first; a flag of either stays."""
    own = mine.notes.get(kind)
    text = None if theirs is None else _clear(theirs.text)
    if theirs is None or text is None:
        return []
    before = None if own is None else _clear(own.text)
    whole = text if before is None or before == text else f"{before}\n\n{text}"
    flagged = theirs.no_online_registration or (own is not None and own.no_online_registration)
    if own == Note(whole, flagged):
        return []
    return [NoteWritten(person=mine.id, kind=kind, text=whole, no_online_registration=flagged)]


def _clear(value: str | Erased | None) -> str | None:
    return value if isinstance(value, str) else None
