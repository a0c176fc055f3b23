"""A client's name and addresses: changed without becoming somebody else, a relative's, a company's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.decisions import Identification
from aggregates.client.events import (
    BillingSet,
    ContactAddressRecorded,
    ContactAddressRemoved,
    FormOfAddress,
    Language,
    ProfileChanged,
)
from aggregates.client.profile.decisions import (
    change_profile,
    record_contact_address,
    remove_contact_address,
    set_billing,
)
from aggregates.client.profile.refusals import OwnEmail
from aggregates.client.refusals import AlreadyClient, DossierNotActive, EmailTaken, NoSuchDossier
from aggregates.client.state import CLIENT, Billing, ContactAddress, DeactivatedDossier, Dossier
from aggregates.kernel import Fact
from tests.aggregates.given import CLIENT_ID, OTHER_CLIENT, dossier, given, registered
from tests.aggregates.test_client_dossier import CANCELLED, DEACTIVATED, RESTORED, WHO

NOBODY: dict[str, Any] = {
    "email_owner": None,
    "namesake": None,
    "namesake_reason": None,
    "by_staff": True,
}
VIA = ContactAddressRecorded(person=CLIENT_ID, email="zoe@example.com", via="sa fille Zoé")


def changed(
    who: Identification, namesake_of: UUID | None = None, namesake_reason: str | None = None
) -> ProfileChanged:
    return ProfileChanged(
        person=CLIENT_ID, **vars(who), namesake_of=namesake_of, namesake_reason=namesake_reason
    )


class TestChanging:
    @pytest.mark.rule("DOS-19")
    @pytest.mark.parametrize(
        "changes",
        [
            {"last_name": "Roy"},
            {"first_name": "Ève"},
            {"form_of_address": None},
            {"form_of_address": FormOfAddress.SIR},
            {"email": "eloise.roy@example.com"},
            {"email": None},
            {"telephone": "+1 514 555 0199"},
            {"street": None},
            {"postal_code": "H7N 1A1"},
            {"city": "Laval"},
            {"country": "FR"},
            {"language": Language.EN},
            {"street": "3, quai de Saône", "city": "Lyon", "postal_code": "69002", "country": "FR"},
        ],
    )
    def test_what_changes_is_set_and_the_rest_stays(self, changes: dict[str, Any]) -> None:
        who = replace(WHO, **changes)
        after = given(CLIENT, dossier()).when(change_profile, who, **NOBODY).then(changed(who))
        assert isinstance(after, Dossier)
        assert {name: getattr(after, name) for name in vars(who)} == vars(who)

    @pytest.mark.rule("DOS-4")
    def test_without_postal_code_too_only_another_name_is_compared_anew(self) -> None:
        who = replace(WHO, postal_code=None, city="Laval")
        alike = NOBODY | {"namesake": OTHER_CLIENT}
        past = given(CLIENT, dossier(postal_code=None))
        past.when(change_profile, who, **alike).then(changed(who))
        past.when(change_profile, replace(who, first_name="Ève"), **alike).then_refused(
            AlreadyClient, dossier=OTHER_CLIENT
        )

    def test_the_same_again_is_nothing_new(self) -> None:
        given(CLIENT, dossier()).when(change_profile, WHO, **NOBODY).then_nothing()
        who = replace(WHO, city="Laval")
        given(CLIENT, dossier(), changed(who)).when(change_profile, who, **NOBODY).then_nothing()

    @pytest.mark.rule("DOS-19")
    def test_registrations_and_all_else_stay(self) -> None:
        who = replace(WHO, last_name="Roy")
        before = given(CLIENT, dossier(), registered(), VIA.model_copy()).state
        after = given(CLIENT, dossier(), registered(), VIA.model_copy(), changed(who)).state
        assert isinstance(before, Dossier)
        assert after == replace(before, last_name="Roy")

    @pytest.mark.rule("DOS-4")
    def test_anothers_login_is_refused_ones_own_is_not(self) -> None:
        who = replace(WHO, email="ELOISE@example.com")
        asked = given(CLIENT, dossier())
        asked.when(change_profile, who, **NOBODY | {"email_owner": OTHER_CLIENT}).then_refused(
            EmailTaken, dossier=OTHER_CLIENT
        )
        asked.when(change_profile, who, **NOBODY | {"email_owner": CLIENT_ID}).then(changed(who))

    def test_there_must_be_an_active_dossier(self) -> None:
        given(CLIENT).when(change_profile, WHO, **NOBODY).then_refused(NoSuchDossier)
        gone = given(CLIENT, dossier(), registered(), CANCELLED, DEACTIVATED)
        gone.when(change_profile, WHO, **NOBODY).then_refused(DossierNotActive)

    @pytest.mark.rule("DOS-9")
    def test_a_restored_dossier_has_the_changed_name(self) -> None:
        who = replace(WHO, last_name="Roy", postal_code="H7N 1A1")
        past = [dossier(), registered(), CANCELLED, changed(who), DEACTIVATED]
        gone = given(CLIENT, *past).state
        assert isinstance(gone, DeactivatedDossier)
        after = given(CLIENT, *past, RESTORED).state
        assert isinstance(after, Dossier)
        for state in (gone, after):
            assert (state.last_name, state.postal_code) == ("Roy", "H7N 1A1")
        assert (after.street, after.city, after.telephone) == (RESTORED.street, "Lyon", RESTORED.telephone)


class TestNamesakes:
    @pytest.mark.rule("DOS-4")
    def test_becoming_a_namesake_needs_a_reason_which_is_kept(self) -> None:
        who, other = replace(WHO, first_name="Luc"), NOBODY | {"namesake": OTHER_CLIENT}
        asked = given(CLIENT, dossier())
        asked.when(change_profile, who, **other).then_refused(AlreadyClient, dossier=OTHER_CLIENT)
        asked.when(change_profile, who, **other | {"namesake_reason": ""}).then_refused(
            AlreadyClient, dossier=OTHER_CLIENT
        )
        asked.when(change_profile, who, **other | {"namesake_reason": "Le fils."}).then(
            changed(who, OTHER_CLIENT, "Le fils.")
        )

    @pytest.mark.rule("DOS-4")
    def test_a_reason_without_namesake_is_not_kept(self) -> None:
        who = replace(WHO, first_name="Luc")
        given(CLIENT, dossier()).when(change_profile, who, **NOBODY | {"namesake_reason": "?"}).then(
            changed(who)
        )

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize("holder", [None, CLIENT_ID])
    def test_who_is_a_namesake_stays_one_until_name_or_postal_code_change(self, holder: UUID | None) -> None:
        son = dossier(namesake_of=OTHER_CLIENT, namesake_reason="Le fils.")
        city = replace(WHO, city="Laval", last_name="D’ARCY LÉVESQUE")
        taken = NOBODY | {"namesake": OTHER_CLIENT}
        given(CLIENT, son).when(change_profile, city, **taken).then(changed(city, OTHER_CLIENT))
        moved = replace(WHO, postal_code="H7N 1A1")
        given(CLIENT, son).when(change_profile, moved, **NOBODY | {"namesake": holder}).then(changed(moved))

    @pytest.mark.rule("DOS-4")
    def test_a_client_who_moves_is_not_stopped_and_learns_nothing(self) -> None:
        moved = replace(WHO, postal_code="H7N 1A1")
        own = NOBODY | {"namesake": OTHER_CLIENT, "by_staff": False, "namesake_reason": "?"}
        given(CLIENT, dossier()).when(change_profile, moved, **own).then(changed(moved, OTHER_CLIENT))


class TestContactAddress:
    @pytest.mark.rule("DOS-6")
    def test_a_relatives_address_serves_who_has_none(self) -> None:
        after = (
            given(CLIENT, dossier(email=None))
            .when(record_contact_address, email="zoe@example.com", via="sa fille Zoé")
            .then(VIA)
        )
        assert isinstance(after, Dossier)
        assert after.contact_address == ContactAddress("zoe@example.com", "sa fille Zoé")
        assert after.email is None, "it is no log-in"

    @pytest.mark.rule("DOS-6")
    def test_who_has_an_address_needs_no_relatives(self) -> None:
        given(CLIENT, dossier()).when(
            record_contact_address, email="zoe@example.com", via="sa fille Zoé"
        ).then_refused(OwnEmail)

    @pytest.mark.rule("DOS-6")
    def test_it_is_changed_and_removed(self) -> None:
        noted = given(CLIENT, dossier(email=None), VIA)
        noted.when(record_contact_address, email="zoe@example.com", via="sa fille Zoé").then_nothing()
        noted.when(record_contact_address, email="zoe@example.com", via="sa nièce").then(
            VIA.model_copy(update={"via": "sa nièce"})
        )
        after = noted.when(remove_contact_address).then(ContactAddressRemoved())
        assert isinstance(after, Dossier)
        assert after.contact_address is None
        given(CLIENT, dossier()).when(remove_contact_address).then_nothing()

    @pytest.mark.rule("DOS-6")
    def test_it_ends_with_an_address_of_ones_own(self) -> None:
        before = replace(WHO, email=None)
        noted = given(CLIENT, dossier(email=None), VIA)
        noted.when(change_profile, WHO, **NOBODY).then(changed(WHO), ContactAddressRemoved())
        elsewhere = replace(before, city="Laval")
        noted.when(change_profile, elsewhere, **NOBODY).then(changed(elsewhere))

    @pytest.mark.rule("DOS-9")
    def test_it_does_not_come_back_with_a_restored_dossier(self) -> None:
        past = [dossier(email=None), registered(), CANCELLED, VIA, DEACTIVATED, RESTORED]
        after = given(CLIENT, *past).state
        assert isinstance(after, Dossier)
        assert after.contact_address is None


class TestBilling:
    COMPANY = BillingSet(person=CLIENT_ID, name="Roy & Filles inc.", address="1, rue du Port\nLaval")

    @pytest.mark.rule("DOS-16")
    def test_invoices_are_made_out_to_a_company_and_to_the_client_again(self) -> None:
        wish = {"name": "Roy & Filles inc.", "address": "1, rue du Port\nLaval"}
        after = given(CLIENT, dossier()).when(set_billing, **wish).then(self.COMPANY)
        assert isinstance(after, Dossier)
        assert after.billing == Billing("Roy & Filles inc.", "1, rue du Port\nLaval")
        given(CLIENT, dossier(), self.COMPANY).when(set_billing, **wish).then_nothing()
        own = BillingSet(person=CLIENT_ID, name=None, address=None)
        again = given(CLIENT, dossier(), self.COMPANY).when(set_billing, name=None, address=None).then(own)
        assert isinstance(again, Dossier)
        assert again.billing is None

    @pytest.mark.rule("DOS-16")
    @pytest.mark.parametrize("past", [(), (COMPANY, BillingSet(person=CLIENT_ID, name=None, address=None))])
    def test_without_a_company_there_is_nothing_to_take_back(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, dossier(), *past).when(set_billing, name=None, address=None).then_nothing()
