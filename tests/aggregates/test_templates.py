"""The wording of e-mails: changed, restored, with known placeholders only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aggregates.client.events import Language
from aggregates.mailing.decisions import change_template, restore_template
from aggregates.mailing.events import TemplateChanged, TemplateKey, TemplateRestored
from aggregates.mailing.placeholders import PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders
from aggregates.mailing.refusals import UnknownPlaceholder
from aggregates.mailing.state import TEMPLATE, Template, Wording, template_id
from tests.aggregates.given import given

KEY = TemplateKey.REMINDER
FR, EN = Language.FR, Language.EN
WORDING = Wording(
    "Rappel : {activite}", "{cher} {prenom_client},\n\nVotre atelier approche : {dates}, {lieu}."
)
CHANGED = TemplateChanged(key=KEY, language=FR, subject=WORDING.subject, body=WORDING.body)
ENGLISH = TemplateChanged(key=KEY, language=EN, subject="Reminder", body="{cher} {prenom_client}, soon.")
pytestmark = pytest.mark.rule("COM-4")


def allowed(key: TemplateKey = KEY) -> tuple[str, ...]:
    return tuple(f"{{{name}}}" for name in PLACEHOLDERS[key])


class TestChange:
    def test_one_language_gets_its_own_wording_and_the_other_keeps_its(self) -> None:
        after = given(TEMPLATE, ENGLISH).when(change_template, KEY, FR, WORDING).then(CHANGED)
        assert after == Template({EN: Wording("Reminder", ENGLISH.body), FR: WORDING})
        given(TEMPLATE, ENGLISH, CHANGED).when(change_template, KEY, FR, WORDING).then_nothing()

    def test_a_new_wording_replaces_the_old_one(self) -> None:
        wanted = Wording("À bientôt", WORDING.body)
        after = (
            given(TEMPLATE, CHANGED)
            .when(change_template, KEY, FR, wanted)
            .then(CHANGED.model_copy(update={"subject": "À bientôt"}))
        )
        assert after.wordings == {FR: wanted}

    @pytest.mark.parametrize(
        ("subject", "body", "unknown"),
        [
            ("Rappel", "{prenom}", ("{prenom}",)),
            ("{nom} {nom}", "{cher} {solde} {Solde}", ("{nom}", "{Solde}")),
            ("Rappel", "{ cher }", ("{ cher }",)),
            ("Rappel", "{cher.__class__}", ("{cher.__class__}",)),
            ("Rappel", "{}", ("{}",)),
            ("Rappel", "{{cher}}", ("{", "}")),
            ("Rappel", "{prenom_client, bonjour", ("{prenom_client",)),
            ("Rappel", "cher} ami", ("}",)),
            ("Rappel", "{lien_activation}", ("{lien_activation}",)),
        ],
    )
    def test_an_unknown_placeholder_is_named_with_those_allowed(
        self, subject: str, body: str, unknown: tuple[str, ...]
    ) -> None:
        given(TEMPLATE).when(change_template, KEY, FR, Wording(subject, body)).then_refused(
            UnknownPlaceholder, unknown=unknown, allowed=allowed()
        )

    @pytest.mark.parametrize("key", TemplateKey)
    @pytest.mark.parametrize("language", Language)
    def test_each_mail_knows_all_its_own_placeholders(self, key: TemplateKey, language: Language) -> None:
        wording = Wording(PLACEHOLDERS[key][-1], " ".join(allowed(key)))
        given(TEMPLATE).when(change_template, key, language, wording).then(
            TemplateChanged(key=key, language=language, subject=wording.subject, body=wording.body)
        )


class TestRestore:
    def test_the_default_wording_comes_back_in_one_language(self) -> None:
        restored = TemplateRestored(key=KEY, language=FR)
        after = given(TEMPLATE, CHANGED, ENGLISH).when(restore_template, KEY, FR).then(restored)
        assert after == given(TEMPLATE, ENGLISH).state
        given(TEMPLATE, ENGLISH).when(restore_template, KEY, FR).then_nothing()
        given(TEMPLATE).when(restore_template, KEY, EN).then_nothing()


class TestPlaceholders:
    @pytest.mark.rule("COM-2")
    def test_every_mail_has_its_list_without_doubles(self) -> None:
        assert set(PLACEHOLDERS) == set(TemplateKey)
        for names in PLACEHOLDERS.values():
            assert len(set(names)) == len(names)
            assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)

    @pytest.mark.rule("COM-2")
    def test_every_mail_that_leaves_today_has_a_key(self) -> None:
        folder = Path(__file__).parents[2] / "processors" / "templates"
        mails = {path.stem for path in folder.glob("*/*.txt") if not path.stem.startswith("_")}
        assert mails <= {key.value for key in TemplateKey}

    @pytest.mark.rule("DOS-1")
    def test_every_mail_to_a_client_can_greet_by_name(self) -> None:
        others = {TemplateKey.CONFIRMED_WORKSHOP}
        to_clients = [k for k in TemplateKey if not k.value.startswith("organiser_") and k not in others]
        assert all({"cher", "prenom_client"} <= set(PLACEHOLDERS[key]) for key in to_clients)

    @pytest.mark.rule("COM-12")
    @pytest.mark.parametrize(
        ("key", "needed"),
        [
            (TemplateKey.CREATED_BY_CLIENT, {"lien_validation", "lien_dossier", "lien_infolettre"}),
            (TemplateKey.CREATED_BY_STAFF, {"lien_activation", "lien_video", "lien_preferences"}),
            (TemplateKey.ADDED_MANUALLY, {"lien_activation", "lien_video", "lien_preferences"}),
            (
                TemplateKey.REGISTRATION_CONFIRMED,
                {"activite", "dates", "lieu", "note_lieu", "note_activite", "note_atelier", "prix", "paye"}
                | {"solde", "lien_facture", "conditions_annulation"},
            ),
            (
                TemplateKey.REMINDER,
                {"activite", "dates", "lieu", "note_lieu", "note_activite", "note_atelier", "solde"},
            ),
            (TemplateKey.WORKSHOP_CANCELLED, {"activite", "dates", "lien_choisir_date"}),
            (TemplateKey.WORKSHOP_MOVED, {"dates", "anciennes_dates", "ancien_lieu", "lien_date_ulterieure"}),
            (TemplateKey.PROOF_ASKED, {"rabais", "lien_televersement"}),
            (TemplateKey.DOSSIER_RESTORED, {"conserve", "lien_preferences"}),
            (TemplateKey.DOSSIER_REMOVED, {"conserve"}),
        ],
    )
    def test_what_a_mail_must_hold_can_be_put_in(self, key: TemplateKey, needed: set[str]) -> None:
        assert needed <= set(PLACEHOLDERS[key])

    def test_text_without_braces_holds_none(self) -> None:
        known_placeholders(["Bonjour à tous !", "50 % (ou plus) [voir]"], ())


def test_each_template_has_a_stream_of_its_own() -> None:
    assert len({template_id(key) for key in TemplateKey}) == len(TemplateKey)
