"""The small acts on a dossier at command height: who may, what stays, what goes with the keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.catalogue.refusals import NoSuchActivity, NoSuchPhase
from aggregates.client.events import FormOfAddress, Language, NoteKind
from aggregates.client.marks.refusals import CardEndsBeforeItBegins
from aggregates.client.policies import holds_card
from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.preferences.refusals import YesNeedsProof
from aggregates.client.profile.refusals import OwnEmail
from aggregates.client.refusals import AlreadyClient, DossierNotActive, EmailTaken, NoSuchDossier
from aggregates.client.state import CLIENT
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import ERASED, Currency, Role
from aggregates.workshop.refusals import NoSuchWorkshop
from commands.access import ForbiddenError, Principal
from commands.clients.add_interest import AddInterest
from commands.clients.change_profile import ChangeProfile
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.grant_card import GrantCard
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.remove_contact_address import RemoveContactAddress
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.set_billing import SetBilling
from commands.clients.withdraw_card import WithdrawCard
from commands.clients.withdraw_interest import WithdrawInterest
from commands.clients.write_note import WriteNote
from commands.invoices.address_invoice import AddressInvoice
from commands.message import Command
from commands.registrations.register_client import RegisterClient
from commands.seen_version import ChangedMeanwhile
from commands.workshops.tick_attendance import TickAttendance
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, principal, school_on

TRAINER = principal(Role.TRAINER)
TODAY = datetime.now(UTC).date()
LUC: dict[str, Any] = {"last_name": "Lebœuf", "first_name": "Luc", "postal_code": "H2X 1Y4"}


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def loaded(school: School, client: UUID) -> Any:
    return school.side.store.load([CLIENT.at(client)])[0]


def state(school: School, client: UUID) -> Any:
    return loaded(school, client).state


def oneself(client: UUID) -> Principal:
    return principal(Role.CLIENT, user=client)


def only(school: School, command: Command, *roles: Role) -> None:
    """These roles may send it on any dossier, a client at most on their own."""
    for role in set(Role) - {*roles, Role.SYSTEM}:
        with pytest.raises(NoSuchDossier if role in command.ALLOWED else ForbiddenError):
            school.send(command, principal(role))


def note(client: UUID, kind: NoteKind, text: str | None, seen_version: int = 1, **more: Any) -> WriteNote:
    return WriteNote(client=client, kind=kind, text=text, seen_version=seen_version, **more)


class TestNotes:
    @pytest.mark.rule("DOS-13", "COM-11")
    def test_each_change_is_dated_and_has_its_author(self, school: School) -> None:
        client = school.client()
        position = school.send(note(client, NoteKind.GENERAL, "Vient de Laval."), ORGANISER).position
        (event,) = school.side.store.read_at([position])
        assert (event.envelope.user, event.envelope.role) == (ORGANISER.user, Role.ORGANISER)
        assert abs(event.envelope.at - datetime.now(UTC)) < timedelta(minutes=1)
        assert not event.envelope.visible

    @pytest.mark.rule("DOS-13")
    @pytest.mark.parametrize(
        ("kind", "writers"),
        [
            (NoteKind.ACCOUNTING, {Role.ACCOUNTING, Role.OFFICE}),
            (NoteKind.TRAINER, {Role.ORGANISER, Role.OFFICE}),
            (NoteKind.GENERAL, {Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING}),
        ],
    )
    def test_each_kind_has_its_writers(self, school: School, kind: NoteKind, writers: set[Role]) -> None:
        client = school.client()
        for role in set(Role) - {Role.TRAINER, Role.SYSTEM}:
            wish = note(client, kind, f"Écrit par {role}.", loaded(school, client).version)
            if role in writers:
                school.send(wish, principal(role))
                assert state(school, client).notes[kind].text == f"Écrit par {role}."
            else:
                with pytest.raises(ForbiddenError):
                    school.send(wish, principal(role))

    @pytest.mark.rule("DOS-13")
    def test_a_trainer_writes_of_those_on_their_own_rosters(self, school: School) -> None:
        client, stranger, activity = school.client(), school.client(), school.activity()
        assert TRAINER.user is not None
        own = school.workshop(activity, trainers=(TRAINER.user,))
        foreign = school.workshop(activity)
        school.registration(client, activity, own)
        school.registration(stranger, activity, foreign)

        def wish(client: UUID, workshop: UUID | None, kind: NoteKind = NoteKind.TRAINER) -> WriteNote:
            return note(client, kind, "Pose des questions.", workshop=workshop)

        for refused, command in (
            (NoSuchDossier, wish(stranger, own)),
            (NoSuchDossier, wish(client, None)),
            (NoSuchWorkshop, wish(stranger, foreign)),
            (ForbiddenError, wish(client, own, NoteKind.GENERAL)),
            (ForbiddenError, wish(client, own, NoteKind.ACCOUNTING)),
        ):
            with pytest.raises(refused):
                school.send(command, TRAINER)
        school.send(wish(client, own), TRAINER)
        assert state(school, client).notes[NoteKind.TRAINER].text == "Pose des questions."

    @pytest.mark.rule("DOS-13")
    def test_another_role_does_not_widen_a_trainers_reach(self, school: School) -> None:
        assert TRAINER.user is not None
        both = principal(Role.ACCOUNTING, Role.TRAINER, user=TRAINER.user)
        client, activity = school.client(), school.activity()
        foreign = school.workshop(activity)
        school.registration(client, activity, foreign)
        for workshop, refused in ((None, NoSuchDossier), (foreign, NoSuchWorkshop)):
            with pytest.raises(refused):
                school.send(note(client, NoteKind.TRAINER, "?", workshop=workshop), both)

    @pytest.mark.rule("DOS-13")
    def test_a_newer_text_is_shown_not_overwritten(self, school: School) -> None:
        client = school.client()
        school.send(note(client, NoteKind.GENERAL, "Vient de Laval."))
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(note(client, NoteKind.GENERAL, "Vient de Lyon."))
        assert caught.value.fields["changed"] == {
            "text": {"theirs": "Vient de Laval.", "yours": "Vient de Lyon."}
        }
        school.send(note(client, NoteKind.TRAINER, "Bavard."))
        school.send(note(client, NoteKind.GENERAL, "Vient de Lyon.", seen_version=2))
        assert {k: n.text for k, n in state(school, client).notes.items()} == {
            NoteKind.TRAINER: "Bavard.",
            NoteKind.GENERAL: "Vient de Lyon.",
        }

    @pytest.mark.rule("DOS-13")
    @pytest.mark.parametrize(("kind", "text"), [(NoteKind.GENERAL, "?"), (NoteKind.ACCOUNTING, None)])
    def test_only_a_red_flag_stops_online_registration(self, kind: NoteKind, text: str | None) -> None:
        with pytest.raises(ValidationError, match="red flag"):
            note(uuid4(), kind, text, no_online_registration=True)


class TestCard:
    @pytest.mark.rule("DOS-20")
    def test_it_makes_retakes_free_while_valid_and_changes_no_finished_invoice(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        past = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=3))
        followed = school.late_registration(client, activity, past)
        school.send(TickAttendance(workshop=past, registrations=(followed,)))

        def retake() -> int:
            made = school.send(RegisterClient(client=client, activity=activity, workshop=None)).made
            registration = made["registration"]
            price: int = state(school, client).registrations[registration].sale.price.minor
            invoices.append((made["invoice"], price))
            school.cancelled(client, registration)
            return price

        invoices: list[tuple[UUID, int]] = []
        assert retake() == 18_750
        school.send(GrantCard(client=client, valid_from=TODAY - timedelta(days=1)), ACCOUNTING)
        assert retake() == 0
        school.send(GrantCard(client=client, valid_from=TODAY + timedelta(days=2)), ACCOUNTING)
        assert retake() == 18_750, "not yet"
        school.send(GrantCard(client=client, valid_from=date(2020, 1, 1), valid_until=date(2020, 12, 31)))
        assert retake() == 18_750, "no longer"
        school.send(GrantCard(client=client, valid_from=TODAY - timedelta(days=1)))
        school.send(WithdrawCard(client=client))
        assert retake() == 18_750
        for invoice, price in invoices:
            issued = school.side.store.load([INVOICE.at(invoice)])[0].state
            assert isinstance(issued, Issued)
            assert [line.price.minor for line in issued.lines] == [price]

    @pytest.mark.rule("DOS-20")
    def test_office_or_accounting_alone(self, school: School) -> None:
        client = school.client()
        grant, withdraw = GrantCard(client=client, valid_from=TODAY), WithdrawCard(client=client)
        for command in (grant, withdraw):
            only(school, command, Role.OFFICE, Role.ACCOUNTING)
        for who in (OFFICE, ACCOUNTING):
            school.send(grant, who)
            assert holds_card(state(school, client), TODAY)
            school.send(withdraw, who)
            assert not holds_card(state(school, client), TODAY)
        with pytest.raises(CardEndsBeforeItBegins):
            school.send(GrantCard(client=client, valid_from=TODAY, valid_until=TODAY - timedelta(days=1)))


class TestPreferences:
    @pytest.mark.rule("DOS-2", "DOS-18")
    def test_the_client_alone_chooses_and_the_answers_hold_at_once(self, school: School) -> None:
        client, other = school.client(), school.client()
        chosen = ChoosePreferences(client=client, telephone=False, post=True, email=True, wording="2026-11")
        for role in set(Role) - {Role.CLIENT, Role.SYSTEM}:
            with pytest.raises(ForbiddenError):
                school.send(chosen, principal(role))
        with pytest.raises(NoSuchDossier):
            school.send(chosen, oneself(other))
        assert not any(consents(state(school, client), channel) for channel in Channel)
        position = school.send(chosen, oneself(client)).position
        assert [c for c in Channel if consents(state(school, client), c)] == [Channel.POST, Channel.EMAIL]
        (event,) = school.side.store.read_at([position])
        assert (event.envelope.user, event.fact.wording) == (client, "2026-11")  # type: ignore[attr-defined]
        assert not any(consents(state(school, other), channel) for channel in Channel)

    @pytest.mark.rule("DOS-18")
    def test_staff_note_a_no_and_a_yes_only_with_its_proof(self, school: School) -> None:
        client = school.client()
        school.send(
            ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="2026-11"),
            oneself(client),
        )

        def noted(*, allowed: bool, proof: UUID | None = None) -> RecordPreference:
            return RecordPreference(
                client=client, channel=Channel.EMAIL, allowed=allowed, source="Au téléphone.", proof=proof
            )

        only(school, noted(allowed=False), Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
        school.send(noted(allowed=False), ORGANISER)
        assert not consents(state(school, client), Channel.EMAIL)
        with pytest.raises(YesNeedsProof):
            school.send(noted(allowed=True), ORGANISER)
        school.send(noted(allowed=True, proof=uuid4()), ORGANISER)
        assert consents(state(school, client), Channel.EMAIL)

    @pytest.mark.rule("DOS-18")
    def test_each_channel_is_answered_and_a_no_has_a_source(self) -> None:
        for lacking in ("telephone", "post", "email", "wording"):
            answers: dict[str, Any] = {"telephone": True, "post": True, "email": True, "wording": "2026-11"}
            with pytest.raises(ValidationError, match=lacking):
                ChoosePreferences(client=uuid4(), **{k: v for k, v in answers.items() if k != lacking})
        with pytest.raises(ValidationError, match="source"):
            RecordPreference(client=uuid4(), channel=Channel.POST, allowed=False)  # type: ignore[call-arg]


class TestInterests:
    @pytest.mark.rule("DOS-14", "COM-11")
    def test_a_client_and_staff_note_and_withdraw_them(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        phase, _ = school.phase(size=2)
        school.send(AddInterest(client=client, activity=activity), oneself(client))
        position = school.send(AddInterest(client=client, phase=phase), ORGANISER).position
        assert state(school, client).wishes.interests == {activity, phase}
        (event,) = school.side.store.read_at([position])
        assert event.envelope.user == ORGANISER.user
        version = loaded(school, client).version
        school.send(AddInterest(client=client, activity=activity), ORGANISER)
        assert loaded(school, client).version == version, "twice is once"
        school.send(WithdrawInterest(client=client, activity=activity), ORGANISER)
        school.send(WithdrawInterest(client=client, phase=phase), oneself(client))
        assert state(school, client).wishes.interests == frozenset()

    @pytest.mark.rule("DOS-14")
    def test_only_in_what_the_school_teaches(self, school: School) -> None:
        client = school.client()
        with pytest.raises(NoSuchActivity):
            school.send(AddInterest(client=client, activity=client))
        with pytest.raises(NoSuchPhase):
            school.send(AddInterest(client=client, phase=school.activity()))
        for command in (AddInterest, WithdrawInterest):
            with pytest.raises(ValidationError, match="an activity or a phase"):
                command(client=client)
            with pytest.raises(ValidationError, match="an activity or a phase"):
                command(client=client, activity=uuid4(), phase=uuid4())

    @pytest.mark.rule("DOS-14")
    def test_nobody_in_anothers_file(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        for command in (
            AddInterest(client=client, activity=activity),
            WithdrawInterest(client=client, activity=activity),
        ):
            only(school, command, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)


class TestContactAddress:
    @pytest.mark.rule("DOS-6")
    def test_it_may_stand_in_several_dossiers_and_is_no_log_in(self, school: School) -> None:
        people = [school.client(email=None) for _ in range(2)]
        zoe = school.client(email="zoe@example.com")
        for client in people:
            wish = RecordContactAddress(client=client, email="Zoe@example.com", via="sa fille Zoé")
            only(school, wish, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
            school.send(wish, ORGANISER)
            assert state(school, client).contact_address.via == "sa fille Zoé"
        assert state(school, zoe).email == "zoe@example.com"
        school.send(RemoveContactAddress(client=people[0]))
        assert state(school, people[0]).contact_address is None
        assert state(school, people[1]).contact_address is not None
        only(school, RemoveContactAddress(client=people[1]), Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)

    @pytest.mark.rule("DOS-6", "DOS-4")
    def test_it_takes_no_claim_and_ends_with_an_address_of_ones_own(self, school: School) -> None:
        client = school.client(email=None)
        school.send(RecordContactAddress(client=client, email="zoe@example.com", via="sa fille Zoé"))
        school.client(email="zoe@example.com")
        school.send(changing(school, client, email="eloise@example.com"))
        assert state(school, client).contact_address is None
        with pytest.raises(OwnEmail):
            school.send(RecordContactAddress(client=client, email="zoe@example.com", via="sa fille Zoé"))


PROFILE = (
    "last_name",
    "first_name",
    "form_of_address",
    "email",
    "telephone",
    "street",
    "postal_code",
    "city",
    "country",
    "language",
)


def changing(school: School, client: UUID, seen_version: int | None = None, **changes: Any) -> ChangeProfile:
    """The profile as it stands, with these changes."""
    now = loaded(school, client)
    values = {name: getattr(now.state, name) for name in PROFILE}
    return ChangeProfile(client=client, seen_version=seen_version or now.version, **values | changes)


class TestProfile:
    @pytest.mark.rule("DOS-19")
    def test_staff_change_all_of_it_and_the_log_in_follows(self, school: School) -> None:
        client = school.client(**LUC, email="luc@example.com")
        anew: dict[str, Any] = {
            "last_name": "Roy",
            "first_name": "Lucie",
            "form_of_address": FormOfAddress.MADAM,
            "email": "lucie@example.com",
            "telephone": "+33 4 72 00 00 00",
            "street": "3, quai de Saône",
            "postal_code": "69002",
            "city": "Lyon",
            "country": "FR",
            "language": Language.EN,
        }
        school.send(changing(school, client, **anew), ORGANISER)
        assert {name: getattr(state(school, client), name) for name in PROFILE} == anew
        with pytest.raises(EmailTaken):
            school.client(email="Lucie@example.com")
        with pytest.raises(AlreadyClient):
            school.client(last_name="ROY", first_name="lucie", postal_code="69 002")
        school.client(**LUC, email="luc@example.com")

    @pytest.mark.rule("DOS-4")
    def test_anothers_login_is_refused(self, school: School) -> None:
        client, other = school.client(), school.client(email="luc@example.com")
        with pytest.raises(EmailTaken) as caught:
            school.send(changing(school, client, email="LUC@example.com"))
        assert caught.value.fields == {"dossier": other}

    @pytest.mark.rule("DOS-4")
    def test_becoming_a_namesake_takes_a_reason(self, school: School) -> None:
        father, son = school.client(**LUC), school.client()
        wish = changing(school, son, **LUC)
        with pytest.raises(AlreadyClient) as caught:
            school.send(wish)
        assert caught.value.fields == {"dossier": father}
        school.send(wish.model_copy(update={"namesake_reason": "Le fils."}))
        assert state(school, son).namesake_of == father
        school.send(changing(school, son, city="Laval"))
        assert state(school, son).namesake_of == father, "no reason is asked again"

    @pytest.mark.rule("CAT-2")
    def test_another_country_changes_new_quotes_alone(self, school: School) -> None:
        client = school.client(country="CA")
        activity, other = school.activity(), school.activity("Autonomie")
        before = school.send(RegisterClient(client=client, activity=activity, workshop=None)).made
        school.send(changing(school, client, country="FR"))
        after = school.send(RegisterClient(client=client, activity=other, workshop=None)).made
        old, new = school.side.store.load([INVOICE.at(before["invoice"]), INVOICE.at(after["invoice"])])
        assert old.version == 1
        assert (old.state.currency, new.state.currency) == (Currency.CAD, Currency.EUR)

    @pytest.mark.rule("DOS-19")
    def test_a_client_changes_the_own_address_but_not_name_and_email(self, school: School) -> None:
        client, other = school.client(), school.client()
        mine: dict[str, Any] = {
            "street": "3, quai de Saône",
            "postal_code": "69002",
            "city": "Lyon",
            "country": "FR",
            "telephone": "+33 4 72 00 00 00",
            "language": Language.EN,
            "form_of_address": FormOfAddress.SIR,
        }
        school.send(changing(school, client, **mine), oneself(client))
        assert {name: getattr(state(school, client), name) for name in mine} == mine
        changes: list[dict[str, Any]] = [
            {"last_name": "Roy"},
            {"first_name": "Ève"},
            {"email": "eve@example.com"},
        ]
        for change in changes:
            with pytest.raises(ForbiddenError):
                school.send(changing(school, client, **change), oneself(client))
        only(school, changing(school, other, city="Lyon"), Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)

    @pytest.mark.rule("DOS-4")
    def test_a_client_who_moves_to_a_namesake_learns_nothing(self, school: School) -> None:
        father, son = school.client(**LUC), school.client(**LUC | {"postal_code": "H7N 1A1"})
        school.send(changing(school, son, postal_code="H2X1Y4"), oneself(son))
        assert state(school, son).namesake_of == father

    @pytest.mark.rule("DOS-19")
    def test_two_who_change_different_fields_both_get_them(self, school: School) -> None:
        client = school.client()
        one, other = changing(school, client, city="Laval"), changing(school, client, street="1, rue du Port")
        school.send(one)
        school.send(other)
        assert (state(school, client).city, state(school, client).street) == ("Laval", "1, rue du Port")
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(changing(school, client, seen_version=1, city="Lyon", street="1, rue du Port"))
        assert caught.value.fields["changed"] == {"city": {"theirs": "Laval", "yours": "Lyon"}}


class TestBilling:
    @pytest.mark.rule("DOS-16")
    def test_new_invoices_are_made_out_to_the_company_old_ones_are_not(self, school: School) -> None:
        client = school.client(**LUC)

        def invoiced() -> Any:
            wish = RegisterClient(client=client, activity=school.activity(), workshop=None)
            return school.side.store.load([INVOICE.at(school.send(wish).made["invoice"])])[0].facts[0]

        own = invoiced()
        company = SetBilling(client=client, name="Roy inc.", address="1, rue du Port\nLaval")
        school.send(company, oneself(client))
        made_out = invoiced()
        school.send(SetBilling(client=client, name=None), ORGANISER)
        assert [(i.billing_name, i.billing_address) for i in (own, made_out, invoiced())] == [
            ("Luc Lebœuf", None),
            ("Roy inc.", "1, rue du Port\nLaval"),
            ("Luc Lebœuf", None),
        ]

    @pytest.mark.rule("DOS-16")
    def test_staff_and_the_client_alone_and_no_address_without_a_name(self, school: School) -> None:
        wish = SetBilling(client=school.client(), name="Roy inc.")
        only(school, wish, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
        with pytest.raises(ValidationError, match="an address without a name"):
            SetBilling(client=uuid4(), name=None, address="1, rue du Port")

    @pytest.mark.rule("DOS-16", "FAC-9")
    def test_an_issued_invoice_is_made_out_anew_without_touching_an_amount(self, school: School) -> None:
        client, other = school.client(), school.client()
        registered = RegisterClient(client=client, activity=school.activity(), workshop=None)
        invoice = school.send(registered).made["invoice"]
        before = school.side.store.load([INVOICE.at(invoice)])[0].state
        wish = AddressInvoice(client=client, invoice=invoice, name="Roy inc.", address="1, rue du Port")
        only(school, wish, Role.OFFICE, Role.ACCOUNTING)
        for who in (OFFICE, ACCOUNTING):
            school.send(wish, who)
        after = school.side.store.load([INVOICE.at(invoice)])[0]
        assert after.version == 2, "the same again is nothing new"
        assert after.state == replace(before, billing_name="Roy inc.", billing_address="1, rue du Port")
        assert state(school, client).billing is None, "the next one is the client's own"
        for elsewhere in ({"client": other}, {"invoice": uuid4()}):
            with pytest.raises(NoSuchInvoice):
                school.send(wish.model_copy(update=elsewhere))

    @pytest.mark.rule("DOS-16", "DOS-11")
    def test_of_a_deactivated_dossier_the_name_stays_and_the_address_goes(self, school: School) -> None:
        client = school.client()
        made = school.send(RegisterClient(client=client, activity=school.activity(), workshop=None)).made
        wish = AddressInvoice(
            client=client, invoice=made["invoice"], name="Roy inc.", address="1, rue du Port"
        )
        school.send(wish)
        school.cancelled(client, made["registration"])
        school.send(RemoveDossier(client=client))
        invoice = school.side.store.load([INVOICE.at(made["invoice"])])[0].state
        assert isinstance(invoice, Issued)
        assert (invoice.billing_name, invoice.billing_address) == ("Roy inc.", ERASED)
        with pytest.raises(DossierNotActive):
            school.send(wish.model_copy(update={"name": "Roy et Filles"}))
