"""given(event).then(mails): which mails follow from which fact (COM-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import (
    ConfirmationResent,
    DateChosen,
    DateMoved,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.kernel import Fact
from processors.runtime.effects import Due, Mail, Processor, Timer
from schema.envelope import Recorded
from service.reactions import PROCESSORS
from tests.support.builders import STARTS, dossier_created, envelope, registered, seat_taken

CLIENT, REGISTRATION, OLD, NEW = (UUID(int=n) for n in range(1, 5))


def recorded(fact: Fact, version: int = 7) -> Recorded:
    return Recorded(CLIENT, version, 0, envelope().to_bytes(visible=True), fact)


def asked(processor: Processor, event: Recorded) -> list[Mail]:
    return [effect for effect in processor.react(event) if isinstance(effect, Mail)]


def at_once(processor: Processor, event: Recorded) -> list[Mail]:
    """What looking at the stream comes to, where that was asked for without delay."""
    found: list[Mail] = []
    for timer in processor.react(event):
        if isinstance(timer, Timer) and timer.due == event.envelope.at and processor.fire is not None:
            due = Due(timer.purpose, event.originator_id, timer.due)
            found += [effect for effect in processor.fire(due, [event]) if isinstance(effect, Mail)]
    return found


def mails(fact: Fact) -> list[tuple[str, str, Mail]]:
    event = recorded(fact)
    return [(p.name, m.template, m) for p in PROCESSORS for m in (*asked(p, event), *at_once(p, event))]


def date_chosen(given_up: UUID | None) -> DateChosen:
    return DateChosen(registration=REGISTRATION, workshop=NEW, starts=STARTS, given_up=given_up)


CASES: list[tuple[str, Fact, list[tuple[str, str, UUID | None]]]] = [
    (
        "a dated registration",
        registered(REGISTRATION, workshop=NEW),
        [("client", "registration_confirmed", NEW), ("organiser", "organiser_arrival", NEW)],
    ),
    ("one À PLANIFIER", registered(REGISTRATION), [("client", "registration_confirmed", None)]),
    (
        "a date chosen",
        date_chosen(None),
        [("client", "date_chosen", NEW), ("organiser", "organiser_arrival", NEW)],
    ),
    (
        "a date changed",
        date_chosen(OLD),
        [
            ("client", "date_changed", NEW),
            ("organiser", "organiser_arrival", NEW),
            ("organiser", "organiser_departure", OLD),
        ],
    ),
    (
        "a date taken off",
        RegistrationDeferred(registration=REGISTRATION, workshop=OLD),
        [("organiser", "organiser_departure", OLD)],
    ),
    (
        "a date taken off because the school cancelled the workshop",
        RegistrationDeferred(registration=REGISTRATION, workshop=OLD, by_school=True),
        [("client", "workshop_cancelled", OLD)],
    ),
    (
        "a date back because the school restored the workshop",
        RegistrationRestored(registration=REGISTRATION, workshop=OLD, starts=STARTS),
        [("client", "workshop_restored", OLD)],
    ),
    (
        "a workshop moved",
        DateMoved(
            registration=REGISTRATION,
            workshop=OLD,
            starts=STARTS,
            zone="America/Toronto",
            venue=None,
            was_starts=STARTS,
            was_zone="Europe/Paris",
            was_venue=UUID(int=9),
        ),
        [("client", "workshop_moved", OLD)],
    ),
    (
        "a cancellation",
        RegistrationCancelled(registration=REGISTRATION, workshop=OLD),
        [("organiser", "organiser_departure", OLD)],
    ),
    (
        "the small envelope",
        ConfirmationResent(registration=REGISTRATION, workshop=NEW),
        [("client", "registration_confirmed", NEW)],
    ),
    ("one without date", RegistrationCancelled(registration=REGISTRATION, workshop=None), []),
    ("a new dossier", dossier_created(CLIENT), [("client", "created_by_staff", None)]),
    ("a seat taken", seat_taken(REGISTRATION, CLIENT), []),
]


@pytest.mark.rule("COM-2")
@pytest.mark.parametrize(("fact", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_who_hears_of_what(fact: Fact, expected: list[tuple[str, str, UUID | None]]) -> None:
    found = mails(fact)
    assert [
        (mail.recipient, template, mail.params.get("workshop")) for _, template, mail in found
    ] == expected
    assert {mail.client for _, _, mail in found} <= {CLIENT}
    assert {mail.params.get("registration", REGISTRATION) for _, _, mail in found} <= {REGISTRATION}


@pytest.mark.rule("COM-3")
@pytest.mark.parametrize("fact", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_each_mail_has_a_key_of_its_own_that_is_the_same_at_every_reading(fact: Fact) -> None:
    def keys(version: int) -> list[UUID]:
        event = recorded(fact, version)
        return [p.key(event, mail) for p in PROCESSORS for mail in asked(p, event)]

    assert keys(7) == keys(7)
    assert len(set(keys(7))) == len(keys(7))
    assert not set(keys(7)) & set(keys(8)), "another event, another mail"


@pytest.mark.rule("COM-1")
@pytest.mark.parametrize("fact", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mail_asked_for_holds_ids_instants_and_fixed_words_alone(fact: Fact) -> None:
    words = {
        "registration_confirmed",
        "date_chosen",
        "date_changed",
        "organiser_arrival",
        "organiser_departure",
        "workshop_cancelled",
        "workshop_moved",
        "workshop_restored",
        "change",
        "Europe/Paris",
        "client",
        "organiser",
        "confirmation",
        "arrived",
        "left",
        "created_by_staff",
        "7",  # the fact's number in its stream
    }

    def holds(value: Any) -> bool:
        return value is None or isinstance(value, UUID | datetime) or value in words

    def is_id(word: str) -> bool:
        return str(UUID(word)) == word

    for _, _, mail in mails(fact):
        assert all(holds(word) or is_id(word) for word in mail.purpose.split("/"))
        assert holds(mail.template)
        assert holds(mail.recipient)
        assert all(holds(value) for value in mail.params.values())


def test_two_processors_never_share_a_key() -> None:
    event, mail = recorded(registered(uuid4())), Mail("x", "x", "client", CLIENT, {})
    first, second = Processor("a", lambda _: [mail]), Processor("b", lambda _: [mail])
    assert first.key(event, mail) != second.key(event, mail)
