"""What a dossier's history says of its notes, preferences and changed addresses."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.events import BillingSet, ContactAddressRecorded, NoteKind, NoteWritten
from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from aggregates.client.removal.events import DeletionProposed
from aggregates.kernel import Role
from tests.read_api.conftest import School
from tests.support.builders import (
    dossier_created,
    dossier_deactivated,
    dossier_restored,
    envelope,
    profile_changed,
)


def told(school: School, client: UUID) -> list[str]:
    """The sentences, oldest first, with ordinary spaces."""
    found = school.json(f"clients/{client}/history", limit=500)["items"]
    return [entry["sentence"].replace("\N{NO-BREAK SPACE}", " ") for entry in reversed(found)]


@pytest.mark.rule("AUD-1")
def test_a_changed_profile_shows_what_each_value_was_before(school: School) -> None:
    client = uuid4()
    school.models.given((client, dossier_created(client)))
    school.models.given((client, profile_changed(client, last_name="Roy", city="Lyon", country="FR")))
    school.models.given((client, dossier_deactivated(client)))
    school.models.given((client, dossier_restored(client, city="Québec")))
    school.models.given((client, profile_changed(client, last_name="Zola", city="Québec", telephone=None)))
    last, restored, _, first, _ = school.json(f"clients/{client}/history")["items"]

    def changes(entry: dict[str, list[dict[str, str]]]) -> dict[str, tuple[str, str]]:
        return {change["field"]: (change["before"], change["after"]) for change in entry["changes"]}

    assert changes(first) == {"last_name": ("D'Arcy-Lévesque", "Roy")}, "the rest was erased"
    assert changes(restored)["city"] == ("[effacé]", "Québec")
    assert changes(last)["last_name"] == ("Roy", "Zola"), "the name was set before the restoration"
    assert changes(last)["email"] == ("nouvelle@example.com", "eloise@example.com")
    assert "city" not in changes(last)


@pytest.mark.rule("DOS-13", "DOS-14", "DOS-18")
def test_notes_answers_and_interests_are_told_in_french(school: School) -> None:
    client, staff = uuid4(), school.organiser
    happened = [
        dossier_created(client, email=None),
        NoteWritten(person=client, kind=NoteKind.TRAINER, text="Pose des questions."),
        NoteWritten(person=client, kind=NoteKind.TRAINER, text=None),
        PreferenceChosen(channel=Channel.POST, allowed=True, wording="2026-11"),
        PreferenceChosen(channel=Channel.EMAIL, allowed=False, wording="2026-11"),
        PreferenceRecorded(
            person=client, channel=Channel.POST, allowed=False, source="Au téléphone", proof=None
        ),
        InterestAdded(person=client, activity=school.activity, phase=None),
        InterestWithdrawn(person=client, activity=None, phase=school.phase),
        ContactAddressRecorded(person=client, email="zoe@example.com", via="sa fille Zoé"),
        BillingSet(person=client, name="Roy inc.", address=None),
        BillingSet(person=client, name=None, address=None),
        DeletionProposed(person=client, by=staff, reason="Ne veut plus rien recevoir"),
    ]
    for fact in happened:
        school.models.given((client, fact), around=envelope(user=staff, role=Role.ORGANISER))
    assert told(school, client)[1:] == [
        "Note du personnel (formateur) : Pose des questions.",
        "Note du personnel (formateur) : vidée",
        "Préférence choisie par le client : courrier : oui",
        "Préférence choisie par le client : courriel : non",
        "Préférence notée par le personnel : courrier : non, Au téléphone",
        "Intérêt noté : Écoute de soi",
        "Intérêt retiré : Phase 1",
        "Courriels envoyés à un proche, sa fille Zoé : zoe@example.com",
        "Facturation au nom de Roy inc.",
        "Facturation au nom de la personne elle-même",
        "Suppression du dossier proposée par Monique Tremblay : Ne veut plus rien recevoir",
    ]
    school.models.given((client, dossier_deactivated(client)))
    assert told(school, client)[1] == "Note du personnel (formateur) : [effacé]"
    assert "zoe@example.com" not in repr(told(school, client))
