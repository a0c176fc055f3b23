"""Every e-mail has a wording, the portal's or the school's, with placeholders alone (COM-4, COM-12)."""

from __future__ import annotations

import pytest

from aggregates.client.events import Language
from aggregates.mailing.events import TemplateKey as Key
from aggregates.mailing.placeholders import PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders, no_words_in_capitals
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.restore_template import RestoreTemplate
from processors.runtime.wordings import Wording, defaults, filled
from tests.processors.post import Post
from tests.support.write_side import ADMIN

LANGUAGES = [language.value for language in Language]
PRACTICAL = ("activite", "dates", "lieu", "note_activite", "note_lieu", "note_atelier")
MUST_HOLD: dict[Key, tuple[str, ...]] = {
    Key.CREATED_BY_CLIENT: ("lien_validation", "lien_dossier", "courriel_ecole", "lien_infolettre"),
    Key.CREATED_BY_STAFF: ("lien_activation", "lien_video", "lien_preferences", "lien_dossier"),
    Key.ADDED_MANUALLY: ("lien_activation", "lien_video", "lien_preferences", "lien_dossier"),
    Key.PORTAL_INVITATION: ("lien_activation", "lien_video", "lien_preferences", "lien_dossier"),
    Key.REGISTRATION_CONFIRMED: (
        *PRACTICAL,
        "prix",
        "paye",
        "solde",
        "lien_facture",
        "conditions_annulation",
    ),
    Key.REMINDER: (*PRACTICAL, "solde"),
    Key.WORKSHOP_MOVED: (*PRACTICAL, "anciennes_dates", "ancien_lieu", "lien_date_ulterieure"),
    Key.WORKSHOP_CANCELLED: ("activite", "dates", "lien_choisir_date"),
    Key.WORKSHOP_RESTORED_FULL: ("activite", "dates", "lien_choisir_date"),
    Key.WAITING_LIST_CLOSED: ("activite", "dates"),
    Key.PROOF_ASKED: ("rabais", "lien_televersement", "echeance"),
    Key.WAITING_LIST_OFFER: ("activite", "dates", "lieu", "prix", "echeance", "lien_offre"),
    Key.DOSSIER_REMOVED: ("conserve",),
    Key.DOSSIER_RESTORED: ("conserve", "lien_preferences"),
}


@pytest.mark.rule("COM-2", "COM-4")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(Key))
def test_each_mail_has_a_default_wording_that_could_be_saved(key: Key, language: str) -> None:
    wording = defaults(language)[key.value]
    known_placeholders([wording.subject, wording.body], PLACEHOLDERS[key])
    no_words_in_capitals([wording.subject, wording.body], ())
    assert "\n" not in wording.subject
    assert wording.body


@pytest.mark.rule("COM-12")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(MUST_HOLD))
def test_the_default_wording_holds_what_this_kind_must(key: Key, language: str) -> None:
    body = defaults(language)[key.value].body
    assert [name for name in MUST_HOLD[key] if f"{{{name}}}" not in body] == []


@pytest.mark.rule("COM-12")
@pytest.mark.parametrize(("language", "hours"), [("fr", "48 heures"), ("en", "48 hours")])
def test_a_proof_is_asked_within_48_hours(language: str, hours: str) -> None:
    assert hours in defaults(language)["proof_asked"].body


def test_a_line_whose_placeholders_come_to_nothing_is_left_out() -> None:
    wording = Wording("{a}", "Un\nLieu : {vide}\n{vide}{a}\n\n{vide}\n\nDeux")
    text = filled(wording, {"a": "oui", "vide": ""}).text
    assert text == "Un\noui\n\nDeux\n"


def test_a_value_is_never_read_as_a_placeholder() -> None:
    made = filled(Wording("{a}", "{a}"), {"a": "{solde}", "solde": "0"})
    assert (made.subject, made.text) == ("{solde}", "{solde}\n")


def test_a_subject_stays_one_line_whatever_the_value() -> None:
    assert filled(Wording("Pour {a}", ""), {"a": "x\r\nBcc: y"}).subject == "Pour x Bcc: y"


@pytest.mark.rule("COM-4")
def test_the_schools_own_wording_is_sent_until_the_default_comes_back(post: Post) -> None:
    key, activity = Key.REGISTRATION_CONFIRMED, post.school.activity()
    post.school.send(
        ChangeTemplate(
            key=key,
            language=Language.FR,
            seen_version=0,
            subject="À bientôt pour {activite}",
            body="{cher} {prenom_client},\n\nNotre texte.",
        ),
        ADMIN,
    )
    post.school.registration(post.school.client(first_name="Léa"), activity)
    post.school.registration(post.school.client(first_name="Ann", language=Language.EN), activity)
    post.react_and_deliver()
    own, english = post.sink.mails
    assert own["Subject"] == "À bientôt pour Écoute de soi"
    assert "Notre texte." in own.as_string()
    assert english["Subject"] == "Your registration: Écoute de soi", "each language has its own"
    post.school.send(RestoreTemplate(key=key, language=Language.FR), ADMIN)
    post.school.registration(post.school.client(first_name="Luc"), activity)
    post.react_and_deliver()
    assert post.sink.mails[-1]["Subject"] == "Votre inscription : Écoute de soi"
