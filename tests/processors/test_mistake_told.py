"""Confirmed by mistake and taken back: the ready e-mail goes once, to who had heard of it (INS-10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.events import Language
from commands.invoices.correct_invoice import AddedPlace, CorrectInvoice
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.tell_of_mistake import TellOfMistake
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of
from tests.processors.test_workshop_changes import to_clients
from tests.support.write_side import Sold

pytestmark = pytest.mark.rule("INS-10", "COM-3")
FIRST = datetime(2027, 3, 1, 14, tzinfo=UTC)


def sold(post: Post, **who: Any) -> Sold:
    activity = post.school.activity()
    return post.school.sold(post.school.client(**who), activity, post.school.workshop(activity, starts=FIRST))


def corrected(post: Post, client: UUID, invoice: UUID, *remove: UUID, **changes: Any) -> None:
    values = {"reason": "Inscrite par erreur.", "remove": remove} | changes
    post.school.send(CorrectInvoice(client=client, invoice=invoice, **values))


def told(post: Post, client: UUID, invoice: UUID) -> list[str | None]:
    """Staff click; what became of each such e-mail of that client since the beginning."""
    post.school.send(TellOfMistake(client=client, invoice=invoice))
    post.react_and_deliver()
    rows = post.connection.execute(
        "select state from outbox where template = 'registered_by_mistake' and person = %s order by position",
        (client,),
    ).fetchall()
    return [state for (state,) in rows]


@pytest.mark.rule("COM-2", "COM-4")
def test_one_click_tells_who_was_confirmed_and_twice_is_once(post: Post) -> None:
    post.school.now(FIRST - timedelta(days=90))
    wrong, english = sold(post, first_name="Léa"), sold(post, language=Language.EN)
    post.react_and_deliver()
    post.sink.mails.clear()
    right = post.school.activity("Bases de l’écoute")
    corrected(
        post,
        wrong.client,
        wrong.invoice,
        wrong.registration,
        add=(AddedPlace(activity=right, workshop=None),),
    )
    corrected(post, english.client, english.invoice, english.registration)
    post.react_and_deliver()
    assert [mail["Subject"] for mail in to_clients(post)] == ["Votre inscription : Bases de l’écoute"]
    post.sink.mails.clear()
    assert told(post, wrong.client, wrong.invoice) == ["sent"]
    assert told(post, wrong.client, wrong.invoice) == ["sent"], "the second click"
    assert told(post, english.client, english.invoice) == ["sent"]
    french, translated = to_clients(post)
    text = words_of(french).replace("\xa0", " ")
    assert french["Subject"] == "Une inscription confirmée par erreur"
    assert "- Écoute de soi, lundi 1er mars 2027, 09:00 (heure de l’Est)" in text
    assert "vous n’avez ni à payer ni à annuler" in text
    assert "Bases" not in text
    assert f"Facture corrigée : {post.school.issued(wrong.invoice).number}, https://" in text
    assert list(french.iter_attachments()) == []
    assert translated["Subject"] == "A registration confirmed by mistake"


def test_who_never_heard_of_it_is_told_nothing(post: Post) -> None:
    post.school.now(FIRST - timedelta(days=90))
    wrong = sold(post)
    corrected(post, wrong.client, wrong.invoice, wrong.registration)
    assert told(post, wrong.client, wrong.invoice) == ["dropped"]
    assert to_clients(post) == []


def test_of_places_confirmed_together_only_what_that_mail_said_is_taken_back(post: Post) -> None:
    """A phase is taken off whole: in time, and after its confirmation went."""
    school = post.school
    for late in (False, True):
        school.now(FIRST - timedelta(days=90 - late))
        phase, activities = school.phase(1 + late, size=2)
        date = PhaseDate(activity=activities[0], workshop=school.workshop(activities[0], starts=FIRST))
        client = school.client(first_name="Zoé")
        made = school.send(RegisterForPhase(client=client, phase=phase, dates=(date,))).made
        gone = (made["registration-1"], made["registration-2"])
        if late:
            post.react_and_deliver()
        corrected(post, client, made["invoice"], *gone)
        assert told(post, client, made["invoice"]) == (["sent"] if late else ["dropped"])
    [_, mail] = to_clients(post)
    text = words_of(mail)
    assert "- Activité 1, lundi 1er mars 2027" in text
    assert "- Activité 2\r\n" in text
