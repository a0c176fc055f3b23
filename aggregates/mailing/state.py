"""What the school writes, at a moment: the wordings of each template, one stream per template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.client.events import Language
from aggregates.kernel import Aggregate
from aggregates.mailing.events import TemplateChanged, TemplateFact, TemplateKey, TemplateRestored


@dataclass(frozen=True)
class Wording:
    """One language's subject and body, placeholders in braces."""

    subject: str
    body: str


@dataclass(frozen=True)
class Template:
    """The school's own wordings; a language that lacks has the portal's default wording (COM-4)."""

    wordings: Mapping[Language, Wording] = field(default_factory=dict)


def template_id(key: TemplateKey) -> UUID:
    """The stream of that template."""
    return uuid5(PORTAIL, f"template:{key.value}")


def evolve_template(template: Template, fact: TemplateFact) -> Template:
    others = {k: w for k, w in template.wordings.items() if k is not fact.language}
    match fact:
        case TemplateChanged():
            return Template({**others, fact.language: Wording(fact.subject, fact.body)})
        case TemplateRestored():
            return Template(others)


TEMPLATE: Aggregate[Template] = Aggregate("template", Template(), evolve_template, get_args(TemplateFact))
