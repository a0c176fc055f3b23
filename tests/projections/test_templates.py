"""The school's own wordings, from facts to rows (COM-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import Language
from aggregates.mailing.events import TemplateChanged, TemplateKey, TemplateRestored
from projections import templates
from tests.support.builders import envelope
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("COM-4")
REMINDER, MOVED = (uuid4() for _ in range(2))


def changed(key: TemplateKey, language: Language, subject: str) -> TemplateChanged:
    return TemplateChanged(key=key, language=language, subject=subject, body="{cher}")


def subjects(models: Projecting) -> dict[tuple[str, str], str]:
    return {(row["template"], row["language"]): row["subject"] for row in models.rows("templates_wording")}


def test_each_mail_and_language_shows_the_last_wording_until_it_is_restored(proven: Projecting) -> None:
    proven.given(
        (REMINDER, changed(TemplateKey.REMINDER, Language.FR, "Rappel")),
        (REMINDER, changed(TemplateKey.REMINDER, Language.EN, "Reminder")),
        (MOVED, changed(TemplateKey.WORKSHOP_MOVED, Language.FR, "Ailleurs")),
    )
    proven.given((REMINDER, changed(TemplateKey.REMINDER, Language.FR, "Bientôt")))
    assert subjects(proven) == {
        ("reminder", "fr"): "Bientôt",
        ("reminder", "en"): "Reminder",
        ("workshop_moved", "fr"): "Ailleurs",
    }
    assert proven.ask(templates.versions) == {"reminder": 3, "workshop_moved": 1}
    proven.given((REMINDER, TemplateRestored(key=TemplateKey.REMINDER, language=Language.FR)))
    assert subjects(proven) == {("reminder", "en"): "Reminder", ("workshop_moved", "fr"): "Ailleurs"}
    assert proven.ask(templates.versions) == {"reminder": 4, "workshop_moved": 1}


def test_it_is_known_who_changed_it_and_when(proven: Projecting) -> None:
    at, who = datetime(2026, 11, 24, 15, tzinfo=UTC), UUID(int=7)
    proven.given(
        (MOVED, changed(TemplateKey.WORKSHOP_MOVED, Language.FR, "Ailleurs")),
        around=envelope(at=at, user=who),
    )
    [row] = proven.rows("templates_wording")
    assert (row["changed_at"], row["changed_by"]) == (at, who)
    assert proven.ask(lambda c: templates.own(c, "workshop_moved", "fr")) == {
        "subject": "Ailleurs",
        "body": "{cher}",
    }
    assert proven.ask(lambda c: templates.own(c, "workshop_moved", "en")) is None
