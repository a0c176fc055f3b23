"""What is noted of a person, from facts to what the dossier shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import PhaseAdded
from aggregates.client.events import (
    BillingSet,
    CardWithdrawn,
    ContactAddressRemoved,
    NoteKind,
)
from aggregates.client.preferences.events import (
    Channel,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from projections import profile
from tests.support.builders import (
    activity_added,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    envelope,
    staff_added,
)
from tests.support.noted import everything, written
from tests.support.projecting import Projecting, Row

AT = "2026-11-24T15:00:00Z"
NOTHING = {
    "notes": {"accounting": None, "trainer": None, "general": None},
    "card": None,
    "preferences": [
        {"channel": channel, "allowed": False}
        | dict.fromkeys(("at", "by", "wording", "source", "proof"), None)
        for channel in ("telephone", "post", "email")
    ],
    "interests": [],
    "contact_address": None,
    "billing": None,
}


def noted(models: Projecting, client: UUID) -> Row:
    return models.ask(lambda c: profile.profile(c, client))


def school(models: Projecting) -> tuple[UUID, UUID, UUID]:
    """An activity, a phase and a staff user."""
    activity, phase, staff = (uuid4() for _ in range(3))
    models.given(
        (activity, activity_added("Écoute de soi")),
        (phase, PhaseAdded(number=1, name="Phase 1", activities=(activity,))),
        (staff, staff_added(staff, "Monique Tremblay")),
    )
    return activity, phase, staff


@pytest.mark.rule("DOS-17", "DOS-13", "DOS-14", "DOS-16", "DOS-18", "DOS-20", "DOS-6")
def test_each_thing_noted_stands_there_with_day_and_author(proven: Projecting) -> None:
    client, other, proof = (uuid4() for _ in range(3))
    activity, phase, staff = school(proven)
    proven.given((client, dossier_created(client)), (other, dossier_created(other, last_name="Roy")))
    proven.given(*everything(client, activity, phase), around=envelope(user=staff))
    own = PreferenceChosen(channel=Channel.POST, allowed=True, wording="2026-02")
    proven.given((client, own), around=envelope(user=client))
    said = PreferenceRecorded(
        person=client, channel=Channel.TELEPHONE, allowed=True, source="lettre du 3 mars", proof=proof
    )
    proven.given((client, said), around=envelope(user=staff))

    by = {"at": AT, "by": "Monique Tremblay"}
    flag = {"text": "Ne pas inscrire", "no_online_registration": True}
    seen = {"text": "Porte un appareil auditif", "no_online_registration": False}
    found = noted(proven, client)
    interests = {(i["kind"], i["id"], i["name"]) for i in found.pop("interests")}
    assert interests == {
        ("activity", str(activity), "Écoute de soi"),
        ("phase", str(phase), "Phase 1"),
    }
    letter = {"channel": "telephone", "allowed": True, "wording": None, "source": "lettre du 3 mars"}
    himself = {"channel": "post", "allowed": True, "at": AT, "by": "Éloïse D'Arcy-Lévesque"}
    assert found == {
        "notes": {"accounting": flag | by, "trainer": seen | by, "general": None},
        "card": {"valid_from": "2026-01-01", "valid_until": None},
        "preferences": [
            letter | by | {"proof": str(proof)},
            himself | {"wording": "2026-02", "source": None, "proof": None},
            {"channel": "email", "allowed": True, "wording": "2026-01", "source": None, "proof": None} | by,
        ],
        "contact_address": {"email": "zoe@example.com", "via": "sa fille Zoé"},
        "billing": {"name": "Coopérative du Parc", "address": "900, rue du Parc"},
    }
    assert noted(proven, other) == NOTHING


@pytest.mark.rule("DOS-13", "DOS-14", "DOS-16", "DOS-20", "DOS-6")
def test_what_is_emptied_or_withdrawn_is_gone_and_the_rest_stays(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    activity, phase, _ = school(proven)
    for person in (client, other):
        proven.given((person, dossier_created(person)), *everything(person, activity, phase))
    before = noted(proven, other)
    proven.given(
        written(client, NoteKind.ACCOUNTING, None),
        written(client, NoteKind.TRAINER, "Entend mieux"),
        (client, CardWithdrawn()),
        (client, InterestWithdrawn(person=client, activity=None, phase=phase)),
        (client, ContactAddressRemoved()),
        (client, BillingSet(person=client, name=None, address=None)),
        (client, PreferenceChosen(channel=Channel.EMAIL, allowed=False, wording="2026-01")),
    )
    found = noted(proven, client)
    assert (found["notes"]["accounting"], found["notes"]["trainer"]["text"]) == (None, "Entend mieux")
    assert (found["card"], found["contact_address"], found["billing"]) == (None, None, None)
    assert [i["kind"] for i in found["interests"]] == ["activity"]
    assert [(a["channel"], a["allowed"]) for a in found["preferences"] if a["at"]] == [("email", False)]
    assert noted(proven, other) == before


@pytest.mark.rule("DOS-8", "DOS-9", "DOS-11")
@pytest.mark.parametrize("left", [dossier_deactivated, dossier_erased])
def test_nothing_of_who_left_is_kept_and_a_restored_dossier_begins_anew(
    proven: Projecting, left: Any
) -> None:
    client, other = uuid4(), uuid4()
    activity, phase, _ = school(proven)
    for person in (client, other):
        proven.given((person, dossier_created(person)), *everything(person, activity, phase))
    kept, before = noted(proven, other), repr(proven.everything())
    words = ["Ne pas inscrire", "zoe@example.com", "sa fille Zoé", "Coopérative du Parc", "900, rue du Parc"]
    assert all(before.count(word) == 2 for word in words), "the control: both had it"
    # A note emptied before its key went reads afterwards as if it might have had words.
    proven.given(written(client, NoteKind.TRAINER, None))
    proven.given((client, left(client)))
    card = {"card": {"valid_from": "2026-01-01", "valid_until": None}}
    assert noted(proven, client) == NOTHING | card
    assert noted(proven, other) == kept
    assert all(repr(proven.everything()).count(word) == 1 for word in words)
    if left is dossier_deactivated:
        proven.given((client, dossier_restored(client)))
        assert noted(proven, client) == NOTHING | card
        proven.given(written(client, NoteKind.GENERAL, "De retour"))
        assert noted(proven, client)["notes"]["general"]["text"] == "De retour"


def test_who_may_not_see_contact_data_sees_that_there_is_something(models: Projecting) -> None:
    client = uuid4()
    activity, phase, staff = school(models)
    models.given((client, dossier_created(client)), *everything(client, activity, phase))
    said = PreferenceRecorded(person=client, channel=Channel.POST, allowed=False, source="appel", proof=None)
    models.given((client, said), around=envelope(user=staff))
    found = noted(models, client)
    hidden = profile.masked(found)
    for word in ("Ne pas", "auditif", "zoe@", "Zoé", "rue du Parc", "appel", str(activity), "Écoute"):
        assert word in str(found)
        assert word not in str(hidden), word
    assert hidden["billing"]["name"] == "Coopérative du Parc", "it stands on invoices"
    assert hidden["notes"]["accounting"]["no_online_registration"] is True
    assert profile.masked(NOTHING) == NOTHING
