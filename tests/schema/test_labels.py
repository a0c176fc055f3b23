"""No sentence or word lacks, none is left over, and they read well."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, ValidationError

import aggregates
import read_api
from aggregates.client.events import DossierCreated, DossierOrigin, Language
from aggregates.client.registrations.events import DateChosen, Registered
from aggregates.invoice.events import InvoiceIssued, Line
from aggregates.kernel import ERASED, Currency, Fact, Money, Role
from aggregates.staff.events import StaffAdded
from aggregates.workshop.events import AttendanceTicked, WorkshopPlanChanged
from projections.waiting_work import ToDoKind
from schema.access_trail import Reading
from schema.labels import fact_sentence, kind_of, label, refusal_sentence, tables
from schema.topics import FACTS
from schema.wording import LANGUAGES
from service.bootstrap import COMMANDS
from tests.golden.samples import example

ROOT = Path(__file__).parents[2]
FOLDERS = ("aggregates", "commands", "processors", "projections", "portal", "read_api", "service")
OTHER_KINDS = {"fact", "refused", "status", "malformed", "field", "word", "column"} | {
    "import_outcome",
    "line_fault",
    "mail",
    "outage",
    "document",
    "mail_state",
    "mailing_state",
    "removal",
    "merger",
    "passed_over",
    "audience_column",
    "ready_query",
    "asked",
}
_ANSWERS = ("problem", "refused_with", "told_with")
"""Functions that answer a problem document: request, status, code."""
CAD = Currency.CAD


def source_trees() -> Iterator[ast.Module]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def refusal_codes(trees: Iterator[ast.Module]) -> set[str]:
    """Codes that classes declare, and those written out in problem documents."""
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "code":
            if isinstance(node.value, ast.Constant) and "ClassVar" in ast.unparse(node.annotation):
                found.add(str(node.value.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (*_ANSWERS, "refusal_sentence"):
            written = node.args[2] if ast.unparse(node.func) in _ANSWERS else node.args[1]
            if isinstance(written, ast.Constant):
                found.add(str(written.value))
    return found


def statuses(trees: Iterator[ast.Module]) -> set[str]:
    """Statuses of problem documents."""
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _ANSWERS:
            found |= {str(n.value) for n in ast.walk(node.args[1]) if isinstance(n, ast.Constant)}
        if isinstance(node, ast.FunctionDef) and node.name == "status_of":
            returned = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
            found |= {
                str(n.value)
                for r in returned
                for n in ast.walk(r)
                if isinstance(n, ast.Constant) and isinstance(n.value, int)
            }
    return found


def enums() -> set[type[Enum]]:
    found: set[type[Enum]] = {Reading, ToDoKind}
    for module in pkgutil.walk_packages(aggregates.__path__, "aggregates."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Enum) and value.__module__.startswith("agg"):
                found.add(value)
    return found


def fields_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """Names of a model's fields and of those of the models in it."""
    if model in seen:
        return set()
    seen.add(model)
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= fields_of(part, seen)
    return found


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def columns() -> set[str]:
    """Names of the columns of every file that is exported: constants ending in COLUMNS."""
    modules = [importlib.import_module(m.name) for m in pkgutil.walk_packages(read_api.__path__, "read_api.")]
    return {
        column
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("COLUMNS") and not name.startswith("_")
        for column in value
    }


def nobody(_: UUID) -> str | None:
    return None


@pytest.mark.parametrize("language", LANGUAGES)
class TestNothingLacksAndNothingIsLeftOver:
    def test_facts(self, language: Any) -> None:
        assert set(tables(language)["fact"]) == {fact.TOPIC for fact in FACTS}

    def test_refusals(self, language: Any) -> None:
        assert set(tables(language)["refused"]) == refusal_codes(source_trees())

    def test_statuses(self, language: Any) -> None:
        assert set(tables(language)["status"]) == statuses(source_trees())

    def test_roles_and_every_other_enum(self, language: Any) -> None:
        expected = {kind_of(enum): {str(value.value) for value in enum} for enum in enums()}
        assert "role" in expected
        found = {kind: set(table) for kind, table in tables(language).items() if kind not in OTHER_KINDS}
        assert found == expected

    def test_fields(self, language: Any) -> None:
        seen: set[type[BaseModel]] = set()
        names = {name for model in (*FACTS, *COMMANDS) for name in fields_of(model, seen)}
        assert set(tables(language)["field"]) == names

    def test_columns_of_files(self, language: Any) -> None:
        assert set(tables(language)["column"]) == columns()

    def test_each_entry_says_something(self, language: Any) -> None:
        assert all(text.strip() for table in tables(language).values() for text in table.values())

    def test_placeholders_name_fields_of_the_fact(self, language: Any) -> None:
        for fact in FACTS:
            named = set(re.findall(r"\{(\w+)", tables(language)["fact"][fact.TOPIC]))
            assert named <= set(fact.model_fields), fact.TOPIC


def emptied(fact: Fact) -> Fact:
    """The fact with nothing in every field that may be empty."""
    fields = type(fact).model_fields.items()
    return fact.model_copy(update={n: None for n, f in fields if type(None) in get_args(f.annotation)})


@pytest.mark.rule("AUD-1")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TOPIC)
def test_nothing_of_the_template_is_left_in_a_sentence(fact: type[Fact], language: Any) -> None:
    whole = example(fact, fact.TOPIC)
    for one in (whole, emptied(whole)):
        sentence = fact_sentence(language, one, lambda _: "Éloïse")
        assert not re.search(r"[{}\[\]|]", sentence.replace("[effacé]", "").replace("[inconnu]", "")), (
            sentence
        )


def test_both_languages_have_the_same_entries() -> None:
    french, english = tables("fr"), tables("en")
    assert {k: set(t) for k, t in french.items()} == {k: set(t) for k, t in english.items()}


def test_the_search_for_codes_finds_planted_ones() -> None:
    planted = ast.parse('class Planted(Refused):\n    code: ClassVar[str] = "a"\nproblem(r, 410, "b", None)')
    assert refusal_codes(iter([planted])) == {"a", "b"}
    assert statuses(iter([planted])) == {"410"}


def types_of(check: Callable[[], object]) -> set[str]:
    try:
        check()
    except ValidationError as error:
        return {e["type"] for e in error.errors(include_url=False)}
    return set()


class TestMalformedInput:
    """Each kind of wrong value that our commands can meet has its own answer."""

    WRONG: tuple[Any, ...] = (None, 3, 2.555, "", "x" * 20_000, [], {}, True, "?", -5, 10**9, "1" * 5_000)
    WRONG = (
        *WRONG,
        "2026-12-06",
        "2026-12-06T09:00",
        "2026-12-06T25:00",
        ["9f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"] * 2_000,
    )

    def wrong(self, model: type[BaseModel], met: set[type[BaseModel]]) -> Iterator[dict[str, Any]]:
        """Objects that are wrong in one field, or in one field of a model inside; each model once."""
        met.add(model)
        yield from ({}, {"unknown": 1})
        for name, field in model.model_fields.items():
            yield from ({name: value} for value in self.WRONG)
            for part in _parts(field.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel) and part not in met:
                    for inner in self.wrong(part, met):
                        yield from ({name: inner}, {name: [inner]})

    def codes(self) -> set[str]:
        found: set[str] = set()
        for command in COMMANDS:
            for fields in self.wrong(command, set()):
                found |= types_of(partial(command.model_validate_json, json.dumps(fields)))
                found |= types_of(partial(command.model_validate, fields, strict=False))
            for text in ("{", "3"):
                found |= types_of(partial(command.model_validate_json, text))
        return found

    def own_codes(self) -> set[str]:
        """Those that our validators raise by name."""
        sources = (path.read_text() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
        return {code for text in sources for code in re.findall(r'PydanticCustomError\(\s*"(\w+)"', text)}

    def test_all_have_their_own_label(self) -> None:
        met = self.codes() | self.own_codes() | {"not_json", "other"}
        assert met == set(tables("fr")["malformed"])

    def test_a_kind_never_met_still_reads_well(self) -> None:
        assert label("fr", "malformed", "nan_forbidden") == "Cette valeur n’est pas valable."


class TestSentences:
    def test_names_stand_for_ids(self) -> None:
        old, new = uuid4(), uuid4()
        fact = DateChosen(registration=uuid4(), workshop=new, starts=datetime.now(UTC), given_up=old)
        names = {old: "Écoute de soi, 3 mars, Laval", new: "Écoute de soi, 6 déc., Lyon"}
        assert plain(fact_sentence("fr", fact, names.get)) == (
            "Date choisie : Écoute de soi, 6 déc., Lyon (auparavant : Écoute de soi, 3 mars, Laval)"
        )

    def test_an_optional_part_goes_with_its_value(self) -> None:
        fact = DateChosen(registration=uuid4(), workshop=uuid4(), starts=datetime.now(UTC), given_up=None)
        assert plain(fact_sentence("fr", fact, lambda _: "Autonomie")) == "Date choisie : Autonomie"

    def test_an_unknown_id_is_said_to_be_unknown(self) -> None:
        fact = DateChosen(registration=uuid4(), workshop=uuid4(), starts=datetime.now(UTC), given_up=None)
        assert plain(fact_sentence("fr", fact, nobody)) == "Date choisie : [inconnu]"

    def test_a_registration_without_date_says_so(self) -> None:
        fact = registered(None)
        assert plain(fact_sentence("fr", fact, lambda _: "Écoute de soi")) == (
            "Inscription : Écoute de soi, À PLANIFIER, prix 375,00 $"
        )

    def test_a_retake_with_a_date_reads_on_the_clocks_of_the_zone(self) -> None:
        fact = registered(datetime(2026, 12, 1, 14, 30, tzinfo=UTC), retake=True)
        assert plain(fact_sentence("fr", fact, lambda _: "Écoute", "Europe/Paris")) == (
            "Inscription en reprise : Écoute, mar. 1er déc. 2026, 15 h 30 (Paris), prix 375,00 $"
        )
        assert plain(fact_sentence("en", fact, lambda _: "Listening", "Europe/Paris")) == (
            "Registration as a retake: Listening, Tue, Dec 1, 2026, 3:30 p.m. (Paris), price $375.00"
        )

    @pytest.mark.rule("DOS-11")
    def test_erased_values_read_efface(self) -> None:
        gone = DossierCreated(
            person=uuid4(),
            origin=DossierOrigin.STAFF,
            last_name=ERASED,
            first_name=ERASED,
            postal_code=ERASED,
            form_of_address=ERASED,
            email=ERASED,
            telephone=ERASED,
            street=ERASED,
            city=ERASED,
            country=ERASED,
            language=Language.FR,
        )
        assert plain(fact_sentence("fr", gone, nobody)) == (
            "Dossier ouvert par le personnel : [effacé] [effacé]"
        )

    def test_a_value_with_braces_stays_text(self) -> None:
        fact = StaffAdded(person=uuid4(), name="{email} [x]", email="m@example.com", roles=(Role.OFFICE,))
        assert plain(fact_sentence("fr", fact, nobody)) == (
            "Compte du personnel ouvert : {email} [x] (administration de l’école)"
        )

    def test_lists_are_counted_or_joined(self) -> None:
        money = Money(minor=100, currency=CAD)
        lines = tuple(
            Line(
                id=uuid4(),
                registration=uuid4(),
                activity=uuid4(),
                activity_name=name,
                price=money,
                deposit=money,
                due_now=money,
                reasons=(),
            )
            for name in ("Écoute de soi", "Autonomie")
        )
        invoice = InvoiceIssued(
            person=uuid4(),
            number="CA-2026-0412",
            issued_on=date(2026, 8, 1),
            currency=CAD,
            billing_name="Zoé",
            lines=lines,
        )
        assert plain(fact_sentence("fr", invoice, nobody)) == (
            "Facture CA-2026-0412 établie le sam. 1er août 2026 : Écoute de soi, Autonomie"
        )
        ticked = AttendanceTicked(registrations=(uuid4(), uuid4()))
        assert plain(fact_sentence("fr", ticked, nobody)) == "Présences cochées : 2"

    def test_zero_is_a_value(self) -> None:
        changed = WorkshopPlanChanged(
            organiser=uuid4(), trainers=(), capacity=60, retake_limit=0, place_note=None, practical_note=None
        )
        assert "reprises : 0" in plain(fact_sentence("fr", changed, lambda _: "Monique"))

    def test_french_marks_never_begin_a_line(self) -> None:
        texts = [text for table in tables("fr").values() for text in table.values()]
        assert not [text for text in texts if re.search(r" [:;?!»]|« ", text)]


class TestRefusals:
    @pytest.mark.rule("ATE-2")
    def test_a_full_workshop_says_how_many_places_there_are(self) -> None:
        assert "(60)" in refusal_sentence("fr", "workshop_full", {"capacity": 60, "organiser": uuid4()})

    def test_what_changed_meanwhile_shows_both_versions(self) -> None:
        changed = {
            "capacity": {"theirs": 50, "yours": 60},
            "practical_note": {"theirs": None, "yours": "Coussin"},
            "organiser": {"theirs": uuid4(), "yours": uuid4()},
        }
        sentence = plain(refusal_sentence("fr", "changed_meanwhile", {"changed": changed}))
        assert "places (« 50 », et non « 60 »)" in sentence
        assert "renseignements pratiques (« rien », et non « Coussin »)" in sentence
        assert "organisation. Rien n’a été enregistré" in sentence

    def test_no_sentence_shows_an_id(self) -> None:
        for code in tables("fr")["refused"]:
            fields = {
                name: uuid4() for name in ("dossier", "registration", "organiser", "client", "workshop")
            }
            assert not re.search(r"[0-9a-f]{8}-", refusal_sentence("fr", code, fields)), code


def registered(starts: datetime | None, *, retake: bool = False) -> Fact:
    price = Money(minor=37_500, currency=CAD)
    return Registered(
        registration=uuid4(),
        activity=uuid4(),
        workshop=None if starts is None else uuid4(),
        starts=starts,
        retake=retake,
        phase=None,
        invoice=uuid4(),
        line=uuid4(),
        price=price,
        deposit=price,
    )


def plain(text: str) -> str:
    """With ordinary spaces."""
    return re.sub(r"[\u00a0\u202f]", " ", text)
