"""Keys come, go and come anew: what was erased stays erased, what is new is readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.events import (
    BillingSet,
    ContactAddressRecorded,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    Language,
    NoteKind,
    NoteWritten,
    ProfileChanged,
)
from aggregates.client.preferences.events import Channel, InterestAdded, PreferenceRecorded
from aggregates.client.removal.events import DeletionProposed
from aggregates.client.state import CLIENT
from aggregates.invoice.events import InvoiceIssued, LineCancelled
from aggregates.invoice.state import INVOICE
from aggregates.kernel import ERASED, Role, personal_fields
from commands.clients.add_interest import AddInterest
from commands.clients.change_profile import ChangeProfile
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.clients.set_billing import SetBilling
from commands.clients.write_note import WriteNote
from commands.registrations.register_client import RegisterClient
from schema.append import Effect
from schema.envelope import Envelope
from schema.keys import KeyDestroyedError
from schema.store import Change
from tests.support.write_side import OFFICE, School, school_on

NEW = (
    ProfileChanged,
    ContactAddressRecorded,
    PreferenceRecorded,
    NoteWritten,
    BillingSet,
    InterestAdded,
    DeletionProposed,
)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def deactivated(school: School) -> tuple[UUID, UUID]:
    """A client who once registered and cancelled, then left; and the invoice."""
    client = school.client(last_name="Tremblay", email="zoe@example.com")
    registered = RegisterClient(client=client, activity=school.activity(), workshop=None)
    made = school.send(registered).made
    note = "Déménage à Lyon."
    school.cancelled(client, made["registration"], note)
    school.send(RemoveDossier(client=client))
    return client, made["invoice"]


@pytest.mark.rule("DOS-8")
@pytest.mark.rule("DOS-11")
def test_a_deactivated_dossier_keeps_its_name_and_postal_code_alone(school: School) -> None:
    client, invoice = deactivated(school)
    facts = school.side.store.load([CLIENT.at(client)])[0].facts
    created = facts[0]
    assert isinstance(created, DossierCreated)
    assert isinstance(facts[-1], DossierDeactivated)
    assert (created.last_name, created.postal_code) == ("Tremblay", "H2X 1Y4")
    assert (created.email, created.city, created.country, created.street) == (ERASED,) * 4
    issued, cancelled, _ = school.side.store.load([INVOICE.at(invoice)])[0].facts
    assert isinstance(issued, InvoiceIssued)
    assert isinstance(cancelled, LineCancelled)
    assert issued.billing_name == "Éloïse Tremblay"
    assert cancelled.note == ERASED


@pytest.mark.rule("DOS-8")
@pytest.mark.rule("DOS-11")
def test_notes_wishes_and_every_address_go_with_the_contact_key(school: School) -> None:
    client = school.client(email=None)
    school.send(RegisterClient(client=client, activity=school.activity(), workshop=None))
    (registration,) = school.side.store.load([CLIENT.at(client)])[0].state.registrations
    school.cancelled(client, registration)
    marker = "Zzyzxova"
    profile: dict[str, Any] = {
        "last_name": "Tremblay",
        "first_name": "Zoé",
        "form_of_address": None,
        "email": None,
        "telephone": marker,
        "street": marker,
        "postal_code": "H2X 1Y4",
        "city": marker,
        "country": "CA",
        "language": Language.FR,
    }
    office = [
        ChangeProfile(client=client, seen_version=1, **profile),
        RecordContactAddress(client=client, email="zzyzxova@example.com", via=marker),
        RecordPreference(client=client, channel=Channel.POST, allowed=False, source=marker),
        WriteNote(client=client, kind=NoteKind.GENERAL, seen_version=1, text=marker),
        SetBilling(client=client, name="Roy inc.", address=marker),
        AddInterest(client=client, activity=school.activity()),
        ProposeDeletion(client=client, reason=marker),
    ]
    for command in office:
        school.send(command)
    before = school.side.store.load([CLIENT.at(client)])[0].facts
    school.send(RemoveDossier(client=client))
    after = school.side.store.load([CLIENT.at(client)])[0].facts
    assert repr(before).lower().count("zzyzxova") == 9, "the control: they were there"
    assert "zzyzxova" not in repr(after).lower()
    changed = [fact for fact in after if type(fact) in NEW]
    assert [type(fact) for fact in changed] == list(NEW)
    for fact in changed:
        scopes = personal_fields(type(fact))
        contact = [getattr(fact, name) for name, scope in scopes.items() if scope == "contact"]
        assert contact
        assert all(value == ERASED for value in contact)
    (renamed,) = (fact for fact in changed if isinstance(fact, ProfileChanged))
    (billed,) = (fact for fact in changed if isinstance(fact, BillingSet))
    assert (renamed.last_name, renamed.postal_code, billed.name) == ("Tremblay", "H2X 1Y4", "Roy inc.")


@pytest.mark.rule("DOS-9")
def test_a_restored_dossier_reads_its_new_address_and_never_the_old_one(school: School) -> None:
    client, _ = deactivated(school)
    school.send(RestoreDossier(client=client, email="zoe.tremblay@example.com", city="Lyon", country="FR"))
    facts = school.side.store.load([CLIENT.at(client)])[0].facts
    created, restored = facts[0], facts[-1]
    assert isinstance(created, DossierCreated)
    assert isinstance(restored, DossierRestored)
    assert created.email == ERASED
    assert (restored.email, restored.city) == ("zoe.tremblay@example.com", "Lyon")
    with school.side.store.log.connection() as connection:
        generations = connection.execute(
            "select generation, wrapped is null from keys where person = %s and scope = 'contact'"
            " order by generation",
            (client,),
        ).fetchall()
    assert generations == [(1, True), (2, False)]


@pytest.mark.rule("DOS-9")
def test_a_second_removal_erases_the_second_address_too(school: School) -> None:
    client, _ = deactivated(school)
    school.send(RestoreDossier(client=client, email="zoe.tremblay@example.com", country="FR"))
    school.send(RemoveDossier(client=client))
    restored = school.side.store.load([CLIENT.at(client)])[0].facts[-2]
    assert isinstance(restored, DossierRestored)
    assert restored.email == ERASED
    again = RestoreDossier(client=client, email="zoe@example.com", country="CA")
    school.send(again)
    newest = school.side.store.load([CLIENT.at(client)])[0].facts[-1]
    assert isinstance(newest, DossierRestored)
    assert newest.email == "zoe@example.com"


@pytest.mark.rule("DOS-8")
@pytest.mark.rule("DOS-11")
def test_an_erased_dossier_leaves_nothing_readable_and_replays(school: School) -> None:
    client, other = school.client(), school.client()
    school.send(RemoveDossier(client=client))
    created, erased = school.side.store.load([CLIENT.at(client)])[0].facts
    assert isinstance(created, DossierCreated)
    assert isinstance(erased, DossierErased)
    assert (created.last_name, created.first_name, created.postal_code, created.email) == (ERASED,) * 4
    kept = school.side.store.load([CLIENT.at(other)])[0].facts[0]
    assert isinstance(kept, DossierCreated)
    assert ERASED not in (kept.last_name, kept.first_name, kept.postal_code, kept.email)


@pytest.mark.rule("DOS-11")
def test_nothing_is_written_under_a_destroyed_key(school: School) -> None:
    client, invoice = deactivated(school)
    loaded = school.side.store.load([INVOICE.at(invoice)])[0]
    late = loaded.facts[1].model_copy(update={"note": "Trop tard"})
    now = school.side.clock()
    with pytest.raises(KeyDestroyedError):
        school.side.store.append(
            [Change(loaded, [late])],
            Envelope(OFFICE.user, Role.OFFICE, now, client),
            Effect(),
            seen=[loaded],
        )
    assert school.side.store.load([INVOICE.at(invoice)])[0].version == loaded.version
