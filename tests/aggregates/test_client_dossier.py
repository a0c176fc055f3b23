"""A dossier's life: opened once per person, removed in four ways, restored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as generated, strategies as st

from aggregates.client.decisions import Identification, NewAddress, create, remove, restore
from aggregates.client.events import (
    BillingSet,
    CardGranted,
    DossierDeactivated,
    DossierErased,
    DossierOrigin,
    DossierRestored,
    FormOfAddress,
    Language,
    NoteKind,
    NoteWritten,
    PriceAdjustmentAsked,
)
from aggregates.client.refusals import (
    AlreadyClient,
    BalanceNotZero,
    EmailTaken,
    NoSuchDossier,
    NotDeactivated,
    RegistrationsOpen,
)
from aggregates.client.registrations.events import RegistrationCancelled, RegistrationFollowed
from aggregates.client.state import CLIENT, Card, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import ERASED, Fact, fold, fold_email
from tests.aggregates.given import (
    CLIENT_ID,
    NOW,
    OTHER_ACTIVITY,
    OTHER_CLIENT,
    REGISTRATION,
    WORKSHOP_ID,
    dossier,
    given,
    registered,
    uid,
    without_date,
)

WHO = Identification(
    last_name="D'Arcy-Lévesque",
    first_name="Éloïse",
    form_of_address=FormOfAddress.MADAM,
    email="eloise@example.com",
    telephone="+1 514 555 0101",
    street="12, rue du Parc",
    postal_code="H2X 1Y4",
    city="Montréal",
    country="CA",
    language=Language.FR,
)
NOBODY: dict[str, Any] = {
    "origin": DossierOrigin.STAFF,
    "email_owner": None,
    "namesake": None,
    "namesake_reason": None,
}
FOLLOWED = RegistrationFollowed(registration=REGISTRATION, workshop=WORKSHOP_ID)
CANCELLED = RegistrationCancelled(registration=REGISTRATION, workshop=WORKSHOP_ID)
DEACTIVATED = DossierDeactivated(person=CLIENT_ID)
ERASED_WHOLE = DossierErased(person=CLIENT_ID)


class TestOpening:
    @pytest.mark.rule("DOS-2")
    def test_staff_open_a_dossier_with_what_was_typed(self) -> None:
        after = given(CLIENT).when(create, CLIENT_ID, WHO, **NOBODY).then(dossier())
        assert isinstance(after, Dossier)
        assert after.id == CLIENT_ID

    def test_the_same_dossier_again_is_nothing_new(self) -> None:
        given(CLIENT, dossier()).when(create, CLIENT_ID, WHO, **NOBODY).then_nothing()

    @pytest.mark.rule("DOS-4")
    def test_the_same_email_is_refused_and_names_the_dossier(self) -> None:
        taken = NOBODY | {"email_owner": OTHER_CLIENT, "namesake_reason": "Père et fils."}
        given(CLIENT).when(create, CLIENT_ID, WHO, **taken).then_refused(EmailTaken, dossier=OTHER_CLIENT)

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize("reason", [None, ""])
    def test_a_namesake_is_refused_without_reason_and_named(self, reason: str | None) -> None:
        taken = NOBODY | {"namesake": OTHER_CLIENT, "namesake_reason": reason}
        given(CLIENT).when(create, CLIENT_ID, WHO, **taken).then_refused(AlreadyClient, dossier=OTHER_CLIENT)

    @pytest.mark.rule("DOS-4")
    def test_father_and_son_pass_with_a_reason_which_is_kept(self) -> None:
        father = NOBODY | {"namesake": OTHER_CLIENT, "namesake_reason": "Père et fils."}
        given(CLIENT).when(create, CLIENT_ID, WHO, **father).then(
            dossier(namesake_of=OTHER_CLIENT, namesake_reason="Père et fils.")
        )

    @pytest.mark.rule("DOS-4")
    def test_a_reason_without_namesake_is_not_kept(self) -> None:
        given(CLIENT).when(create, CLIENT_ID, WHO, **NOBODY | {"namesake_reason": "?"}).then(dossier())


class TestComparingNames:
    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize(
        "written",
        [
            "D'Arcy-Lévesque",
            "d’arcy lévesque",
            "DARCY LEVESQUE",
            "D'Arcy-Le\u0301vesque",
            "D\u02bcArcy levesque",
        ],
    )
    def test_accents_case_hyphens_spaces_and_apostrophes_do_not_count(self, written: str) -> None:
        assert fold(written) == "darcylevesque"

    @pytest.mark.rule("DOS-4")
    def test_ligatures_are_their_letters(self) -> None:
        assert fold("Lebœuf") == fold("LEBOEUF")
        assert fold("Lætitia") == fold("Laetitia")
        assert fold("Weiß") == fold("Weiss")

    @pytest.mark.rule("DOS-4")
    def test_a_postal_code_with_and_without_its_space_is_one(self) -> None:
        assert fold("H2X 1Y4") == fold("h2x1y4")

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize(
        ("one", "other"), [("Иванов", "Петров"), ("王", "李"), ("Lukas", "Łukasz"), ("Bjorn", "B")]
    )
    def test_different_names_stay_different_in_every_script(self, one: str, other: str) -> None:
        assert fold(one)
        assert fold(one) != fold(other)

    @pytest.mark.rule("DOS-4")
    def test_emails_are_compared_without_case_and_a_plus_part_counts(self) -> None:
        assert fold_email(" Éloïse@Example.COM ") == fold_email("éloïse@example.com")
        assert fold_email("a+b@example.com") != fold_email("a@example.com")


class TestRemoving:
    @pytest.mark.rule("DOS-8")
    def test_without_registration_ever_the_whole_dossier_is_erased(self) -> None:
        after = given(CLIENT, dossier()).when(remove, money_open=False).then(ERASED_WHOLE)
        assert after == ErasedDossier()

    @pytest.mark.rule("DOS-8")
    @pytest.mark.parametrize("past", [FOLLOWED, CANCELLED], ids=["followed", "cancelled"])
    def test_with_ended_registrations_it_is_deactivated(self, past: Fact) -> None:
        after = given(CLIENT, dossier(), registered(), past).when(remove, money_open=False).then(DEACTIVATED)
        assert isinstance(after, DeactivatedDossier)
        assert (after.last_name, after.first_name, after.postal_code) == (
            "D'Arcy-Lévesque",
            "Éloïse",
            "H2X 1Y4",
        )
        assert list(after.registrations) == [REGISTRATION]

    @pytest.mark.rule("DOS-8")
    def test_open_registrations_are_counted_and_refused(self) -> None:
        second = without_date(registration=uid("second"), activity=OTHER_ACTIVITY)
        given(CLIENT, dossier(), registered(), second).when(remove, money_open=False).then_refused(
            RegistrationsOpen, count=2
        )

    @pytest.mark.rule("DOS-8")
    def test_open_money_is_told_before_open_registrations(self) -> None:
        given(CLIENT, dossier(), registered()).when(remove, money_open=True).then_refused(BalanceNotZero)
        given(CLIENT, dossier()).when(remove, money_open=True).then_refused(BalanceNotZero)

    @pytest.mark.rule("DOS-8")
    def test_removing_twice_is_removing_once(self) -> None:
        deactivated = given(CLIENT, dossier(), registered(), FOLLOWED, DEACTIVATED)
        deactivated.when(remove, money_open=False).then_nothing()
        given(CLIENT, dossier(), ERASED_WHOLE).when(remove, money_open=False).then_nothing()

    def test_an_unknown_dossier_is_missing(self) -> None:
        given(CLIENT).when(remove, money_open=False).then_refused(NoSuchDossier)


ADDRESS = NewAddress(
    form_of_address=FormOfAddress.MADAM,
    email="nouvelle@example.com",
    telephone="+33 4 72 00 00 00",
    street="3, quai de Saône",
    city="Lyon",
    country="FR",
)
RESTORED = DossierRestored(
    person=CLIENT_ID,
    form_of_address=FormOfAddress.MADAM,
    email="nouvelle@example.com",
    telephone="+33 4 72 00 00 00",
    street="3, quai de Saône",
    city="Lyon",
    country="FR",
)


class TestRestoring:
    @pytest.mark.rule("DOS-9")
    def test_a_deactivated_dossier_comes_back_with_name_history_and_new_address(self) -> None:
        after = (
            given(CLIENT, dossier(), registered(), FOLLOWED, DEACTIVATED)
            .when(restore, ADDRESS, email_owner=None)
            .then(RESTORED)
        )
        assert isinstance(after, Dossier)
        assert (after.last_name, after.email, after.country) == (
            "D'Arcy-Lévesque",
            "nouvelle@example.com",
            "FR",
        )
        assert list(after.registrations) == [REGISTRATION]

    @pytest.mark.rule("DOS-9")
    def test_notes_company_and_requests_do_not_come_back_but_the_card_does(self) -> None:
        kept = CardGranted(valid_from=NOW.date(), valid_until=None)
        gone = [
            NoteWritten(person=CLIENT_ID, kind=NoteKind.ACCOUNTING, text="Doit 375 $."),
            BillingSet(person=CLIENT_ID, name="Roy inc.", address=None),
            PriceAdjustmentAsked(person=CLIENT_ID, activity=OTHER_ACTIVITY, reason="Chômage."),
        ]
        past = [dossier(), kept, registered(), FOLLOWED]
        without = given(CLIENT, *past, DEACTIVATED, RESTORED).state
        assert given(CLIENT, *past, *gone, DEACTIVATED, RESTORED).state == without
        assert isinstance(without, Dossier)
        assert (without.notes, without.billing, without.adjustments_asked) == ({}, None, {})
        assert without.card == Card(NOW.date(), None)

    @pytest.mark.rule("DOS-9")
    @pytest.mark.parametrize("past", [(), (ERASED_WHOLE,)], ids=["active", "erased"])
    def test_only_a_deactivated_one_can_be_restored(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, dossier(), *past).when(restore, ADDRESS, email_owner=None).then_refused(NotDeactivated)

    @pytest.mark.rule("DOS-9")
    def test_an_email_of_another_dossier_is_refused(self) -> None:
        past = given(CLIENT, dossier(), registered(), FOLLOWED, DEACTIVATED)
        past.when(restore, ADDRESS, email_owner=OTHER_CLIENT).then_refused(EmailTaken, dossier=OTHER_CLIENT)

    def test_an_unknown_dossier_is_missing(self) -> None:
        given(CLIENT).when(restore, ADDRESS, email_owner=None).then_refused(NoSuchDossier)

    @pytest.mark.rule("DOS-11")
    def test_erased_values_fold_like_any_other(self) -> None:
        faded = dossier(last_name=ERASED, first_name=ERASED, postal_code=ERASED, email=ERASED, country=ERASED)
        after = given(CLIENT, faded).state
        assert isinstance(after, Dossier)
        assert str(after.last_name) == "[effacé]"


@generated(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_email(fold_email(text)) == fold_email(text)
