"""What may happen to what the school writes: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.events import Language
from aggregates.mailing.events import TemplateChanged, TemplateFact, TemplateKey, TemplateRestored
from aggregates.mailing.placeholders import PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders
from aggregates.mailing.state import Template, Wording


def change_template(
    template: Template, key: TemplateKey, language: Language, wording: Wording
) -> Sequence[TemplateFact]:
    """Give an e-mail the school's own wording in one language (COM-4). Raises UnknownPlaceholder."""
    known_placeholders([wording.subject, wording.body], PLACEHOLDERS[key])
    if template.wordings.get(language) == wording:
        return []
    return [TemplateChanged(key=key, language=language, subject=wording.subject, body=wording.body)]


def restore_template(template: Template, key: TemplateKey, language: Language) -> Sequence[TemplateFact]:
    """Go back to the portal's default wording in one language (COM-4)."""
    return [TemplateRestored(key=key, language=language)] if language in template.wordings else []
