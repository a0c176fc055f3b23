"""The list of participants, from facts to rows."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.events import ContactAddressRecorded, ContactAddressRemoved, NoteKind, NoteWritten
from aggregates.client.registrations.events import (
    DateChosen,
    FollowedUndone,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.invoice.payments.events import (
    Move,
    PaymentBounced,
    PaymentDeposited,
    PaymentDescribed,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
)
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from projections import participants
from tests.support.builders import (
    STARTS,
    cad,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    envelope,
    eur,
    invoice_issued,
    invoice_line,
    profile_changed,
    registered,
    seat_taken,
    staff_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("LIS-1")


def listed(models: Projecting, workshop: UUID, *, see_money: bool = True) -> list[Row]:
    return models.ask(lambda c: participants.participants(c, workshop, see_money=see_money))


def test_a_registration_is_a_row_with_name_price_and_balance(proven: Projecting) -> None:
    client, other, registration, workshop, invoice = (uuid4() for _ in range(5))
    proven.given(
        (client, dossier_created(client)),
        (client, registered(registration, workshop=workshop, invoice=invoice, price=eur(37_500))),
        (
            invoice,
            invoice_issued(client, "EU-2026-0031", invoice_line(eur(37_500), registration=registration)),
        ),
    )
    proven.given((other, dossier_created(other)), (other, registered(uuid4(), workshop=uuid4())))

    assert listed(proven, workshop) == [
        {
            "registration": str(registration),
            "client": str(client),
            "last_name": "D'Arcy-Lévesque",
            "first_name": "Éloïse",
            "state": "scheduled",
            "student": False,
            "retake": False,
            "has_email": True,
            "via_relative": False,
            "telephone": "+1 450 555-0143",
            "trainer_note": None,
            "finishes_phase": None,
            "given_up": [],
            "red_flag": False,
            "price": {"minor": 37_500, "currency": "EUR"},
            "regular": None,
            "balance": {"minor": 37_500, "currency": "EUR"},
            "payments": {
                "paid": {"minor": 0, "currency": "EUR"},
                "noted": {"minor": 0, "currency": "EUR"},
                "by_method": {
                    method: {"minor": 0, "currency": "EUR"}
                    for method in ("card", "cheque", "cash", "transfer", "credit", "taken_over")
                },
            },
            "comments": [],
            "proof": None,
            "invoice": str(invoice),
        }
    ]


@pytest.mark.rule("INS-13")
def test_marks_states_and_places_follow_the_registration(proven: Projecting) -> None:
    client, first, second, third = (uuid4() for _ in range(4))
    student, retake, ticked, moved, late, gone = (uuid4() for _ in range(6))
    proven.given(
        (client, dossier_created(client)),
        *((w, workshop_planned()) for w in (first, second, third)),
        (client, registered(student, workshop=first, phase=uuid4())),
        (client, registered(retake, workshop=first, retake=True)),
        (client, registered(ticked, workshop=first)),
        (client, registered(moved, workshop=first)),
        (client, registered(late)),
        (client, registered(gone, workshop=first)),
    )
    proven.given((client, RegistrationFollowed(registration=student, workshop=first)))
    proven.given((client, RegistrationFollowed(registration=ticked, workshop=first)))
    proven.given((client, FollowedUndone(registration=ticked, workshop=first)))
    proven.given(
        (client, DateChosen(registration=moved, workshop=third, starts=STARTS, given_up=first)),
        (client, DateChosen(registration=late, workshop=second, starts=STARTS, given_up=None)),
        (client, RegistrationCancelled(registration=gone, workshop=first)),
    )
    proven.given((client, RegistrationDeferred(registration=moved, workshop=third)))
    proven.given((client, DateChosen(registration=moved, workshop=second, starts=STARTS, given_up=None)))

    def marks(workshop: UUID) -> dict[str, tuple[str, bool, bool, list[str]]]:
        return {
            row["registration"]: (row["state"], row["student"], row["retake"], row["given_up"])
            for row in listed(proven, workshop)
        }

    start = "2026-12-05T14:00:00Z"
    assert marks(first) == {
        str(student): ("followed", True, False, []),
        str(retake): ("scheduled", False, True, []),
        str(ticked): ("scheduled", False, False, []),
    }
    assert marks(second) == {
        str(moved): ("scheduled", False, False, [start, start]),
        str(late): ("scheduled", False, False, []),
    }
    assert marks(third) == {}


@pytest.mark.rule("ATE-4", "ATE-5")
def test_of_a_cancelled_workshop_those_stand_there_who_were_on_it(proven: Projecting) -> None:
    client, gone, other = (uuid4() for _ in range(3))
    later, moved_on, back = (uuid4() for _ in range(3))
    proven.given(
        (client, dossier_created(client)),
        *((w, workshop_planned()) for w in (gone, other)),
        *((client, registered(r, workshop=gone)) for r in (later, moved_on, back)),
        *((gone, seat_taken(r, client)) for r in (later, moved_on, back)),
    )
    everybody = (later, moved_on, back)
    proven.given(
        (gone, WorkshopCancelled(reason="Eau", registrations=everybody, waiting=())),
        *((client, RegistrationDeferred(registration=r, workshop=gone, by_school=True)) for r in everybody),
    )
    proven.given(
        (client, DateChosen(registration=moved_on, workshop=other, starts=STARTS, given_up=None)),
        (other, seat_taken(moved_on, client)),
    )

    def on(workshop: UUID) -> dict[str, str]:
        return {row["registration"]: row["state"] for row in listed(proven, workshop)}

    assert on(gone) == {str(later): "to_schedule", str(moved_on): "scheduled", str(back): "to_schedule"}
    assert on(other) == {str(moved_on): "scheduled"}
    proven.given(
        (gone, WorkshopRestored(back=(back,), moved_on=(moved_on,), no_seat=(later,))),
        (client, RegistrationRestored(registration=back, workshop=gone, starts=STARTS)),
    )
    assert on(gone) == {str(back): "scheduled"}


def test_names_stand_in_french_order_and_money_is_not_for_everybody(proven: Projecting) -> None:
    workshop = uuid4()
    for last, first in [("Zola", "Ève"), ("Étienne", "Zoé"), ("Etienne", "Anne"), ("Œuvrard", "Bo")]:
        client = uuid4()
        proven.given(
            (client, dossier_created(client, last_name=last, first_name=first, email=None)),
            (client, registered(uuid4(), workshop=workshop)),
        )
    rows = listed(proven, workshop, see_money=False)
    assert [f"{row['last_name']} {row['first_name']}" for row in rows] == [
        "Etienne Anne",
        "Étienne Zoé",
        "Œuvrard Bo",
        "Zola Ève",
    ]
    assert {(row["price"], row["balance"], row["invoice"], row["has_email"]) for row in rows} == {
        (None, None, None, False)
    }


@pytest.mark.rule("DOS-19")
def test_a_changed_profile_is_shown_in_its_new_place(proven: Projecting) -> None:
    workshop, client, other = (uuid4() for _ in range(3))
    for person in (client, other):
        proven.given((person, dossier_created(person)), (person, registered(uuid4(), workshop=workshop)))
    changes = {"last_name": "Zola", "first_name": "Ève", "telephone": "+33 1 00 00", "email": None}
    proven.given((client, profile_changed(client, **changes)))
    shown = ("last_name", "first_name", "telephone", "has_email")
    assert [[row[name] for name in shown] for row in listed(proven, workshop)] == [
        ["D'Arcy-Lévesque", "Éloïse", "+1 450 555-0143", True],
        ["Zola", "Ève", "+33 1 00 00", False],
    ]


@pytest.mark.rule("DOS-8")
def test_who_left_keeps_the_name_on_old_rosters_and_loses_the_rest(proven: Projecting) -> None:
    workshop, client, other, erased = (uuid4() for _ in range(4))
    for person in (client, other, erased):
        proven.given((person, dossier_created(person)), (person, registered(uuid4(), workshop=workshop)))
    proven.given((client, dossier_deactivated(client)))
    proven.given((erased, dossier_erased(erased)))
    rows = {row["client"]: row for row in listed(proven, workshop)}
    kept = ("last_name", "first_name", "has_email", "telephone")
    assert [rows[str(client)][name] for name in kept] == ["D'Arcy-Lévesque", "Éloïse", False, None]
    assert [rows[str(other)][name] for name in kept][2:] == [True, "+1 450 555-0143"]
    assert [rows[str(erased)][name] for name in kept] == ["[effacé]", "", False, None]
    proven.given((client, dossier_restored(client)))
    rows = {row["client"]: row for row in listed(proven, workshop)}
    assert [rows[str(client)][name] for name in kept][2:] == [True, None]


class TestPayments:
    """Columns by method, what awaits its deposit, and comments (LIS-1, FAC-2)."""

    def paid(self, line: UUID, minor: int, method: PaymentMethod, payment: UUID) -> PaymentReceived:
        into = Pocket(kind=PocketKind.LINE, id=line)
        return PaymentReceived(
            payment=payment,
            method=method,
            amount=cad(minor),
            moves=(Move(payment=payment, amount=cad(minor), target=into),),
        )

    def sold(self, models: Projecting, client: UUID, workshop: UUID) -> tuple[UUID, UUID, UUID]:
        registration, invoice = uuid4(), uuid4()
        line = invoice_line(registration=registration)
        models.given(
            (client, dossier_created(client)),
            (client, registered(registration, workshop=workshop, invoice=invoice, line=line.id)),
            (invoice, invoice_issued(client, f"CA-2026-{registration}", line)),
        )
        return registration, invoice, line.id

    @pytest.mark.rule("FAC-2")
    def test_money_stands_under_how_it_came_in(self, proven: Projecting) -> None:
        client, other, workshop = uuid4(), uuid4(), uuid4()
        proven.given((workshop, workshop_planned()))
        registration, invoice, line = self.sold(proven, client, workshop)
        self.sold(proven, other, workshop)
        first, second, card, back = (uuid4() for _ in range(4))
        proven.given(
            (invoice, self.paid(line, 4_000, PaymentMethod.CHEQUE, first)),
            (invoice, self.paid(line, 1_000, PaymentMethod.CHEQUE, second)),
            (invoice, self.paid(line, 2_500, PaymentMethod.CASH, uuid4())),
            (invoice, self.paid(line, 3_000, PaymentMethod.CARD, card)),
            (invoice, self.paid(line, 9_000, PaymentMethod.TRANSFER, back)),
        )
        proven.given(
            (invoice, PaymentDeposited(payment=first)),
            (invoice, PaymentDeposited(payment=back)),
            (invoice, PaymentBounced(payment=back)),
        )
        rows = {row["registration"]: row for row in listed(proven, workshop)}
        mine = rows.pop(str(registration))
        shown = {name: amount["minor"] for name, amount in mine["payments"]["by_method"].items()}
        none = dict.fromkeys(("transfer", "credit", "taken_over"), 0)
        assert shown == {"cheque": 5_000, "cash": 2_500, "card": 3_000, **none}
        assert mine["payments"]["paid"] == cad(10_500).model_dump(mode="json")
        assert mine["payments"]["noted"]["minor"] == 3_500, "the second cheque and the cash"
        assert mine["balance"]["minor"] == 37_500 - 10_500
        assert [row["payments"]["paid"]["minor"] for row in rows.values()] == [0]
        hidden = next(r for r in listed(proven, workshop, see_money=False) if r["client"] == str(client))
        assert (hidden["payments"], hidden["comments"]) == (None, [])

    @pytest.mark.rule("DOS-8", "DOS-11")
    def test_what_was_written_about_a_cheque_stands_beside_it_until_its_client_leaves(
        self, proven: Projecting
    ) -> None:
        client, other, workshop = uuid4(), uuid4(), uuid4()
        proven.given((workshop, workshop_planned()))
        for person in (client, other):
            _, invoice, line = self.sold(proven, person, workshop)
            said, silent = uuid4(), uuid4()
            about = {"number": "0412", "drawer": "Zoé D'Arcy", "comment": "À déposer en janvier"}
            nothing = dict.fromkeys(about, None)
            proven.given(
                (invoice, self.paid(line, 4_000, PaymentMethod.CHEQUE, said)),
                (invoice, PaymentDescribed(person=person, payment=said, explained=True, **about)),
                (invoice, self.paid(line, 1_000, PaymentMethod.CHEQUE, silent)),
                (invoice, PaymentDescribed(person=person, payment=silent, explained=False, **nothing)),
            )
            [row] = [r for r in listed(proven, workshop) if r["client"] == str(person)]
            assert row["comments"] == [about | {"payment": str(said), "method": "cheque"}]
        masked = proven.ask(
            lambda c: participants.participants(c, workshop, see_money=True, see_contact=False)
        )
        assert {c["comment"] for row in masked for c in row["comments"]} == {"[masqué]"}
        proven.given((client, dossier_deactivated(client)))
        comments = {row["client"]: row["comments"] for row in listed(proven, workshop)}
        assert comments[str(client)] == []
        assert comments[str(other)][0]["drawer"] == "Zoé D'Arcy"


@pytest.mark.rule("DOS-13", "INS-13")
def test_the_trainer_note_and_the_red_flag_are_marks_of_the_row(proven: Projecting) -> None:
    workshop, staff, client, other = (uuid4() for _ in range(4))
    proven.given((staff, staff_added(staff, "Marc Ouellet")))
    for person in (client, other):
        proven.given((person, dossier_created(person)), (person, registered(uuid4(), workshop=workshop)))

    def marks(**asked: bool) -> dict[str, tuple[str | None, bool]]:
        rows = proven.ask(lambda c: participants.participants(c, workshop, **{"see_money": True} | asked))
        return {
            row["client"]: (row["trainer_note"] and row["trainer_note"]["text"], row["red_flag"])
            for row in rows
        }

    def note(kind: NoteKind, text: str | None) -> tuple[UUID, NoteWritten]:
        return client, NoteWritten(person=client, kind=kind, text=text)

    proven.given(
        note(NoteKind.TRAINER, "Porte un appareil auditif"),
        note(NoteKind.ACCOUNTING, "Solde de 2024"),
        note(NoteKind.GENERAL, "Rappeler en mars"),
        around=envelope(user=staff),
    )
    assert marks() == {str(client): ("Porte un appareil auditif", True), str(other): (None, False)}
    assert marks(see_money=False)[str(client)] == ("Porte un appareil auditif", False)
    assert marks(see_contact=False)[str(client)] == ("[masqué]", True)
    [told] = [row["trainer_note"] for row in listed(proven, workshop) if row["trainer_note"]]
    assert (told["by"], told["at"]) == ("Marc Ouellet", "2026-11-24T15:00:00Z")
    proven.given(note(NoteKind.TRAINER, None), note(NoteKind.ACCOUNTING, None))
    assert marks()[str(client)] == (None, False)
    proven.given(note(NoteKind.TRAINER, "Entend mieux"), note(NoteKind.ACCOUNTING, "Encore"))
    proven.given((client, dossier_deactivated(client)))
    assert marks()[str(client)] == (None, False)


@pytest.mark.rule("DOS-6")
def test_a_relatives_address_makes_a_person_reachable(proven: Projecting) -> None:
    workshop, client, other = (uuid4() for _ in range(3))
    for person in (client, other):
        proven.given(
            (person, dossier_created(person, email=None)), (person, registered(uuid4(), workshop=workshop))
        )

    def reached(person: UUID = client) -> tuple[bool, bool]:
        [row] = [r for r in listed(proven, workshop) if r["client"] == str(person)]
        return row["has_email"], row["via_relative"]

    recorded = ContactAddressRecorded(person=client, email="zoe@example.com", via="sa fille Zoé")
    assert reached() == (False, False)
    proven.given((client, recorded))
    assert reached() == (True, True)
    proven.given((client, profile_changed(client, email="eloise@example.com")))
    proven.given((client, ContactAddressRemoved()))
    assert reached() == (True, False)
    proven.given((client, profile_changed(client, email=None)), (client, recorded))
    proven.given((client, dossier_deactivated(client)))
    assert reached() == reached(other) == (False, False)
