"""Every page renders with its sample, and keeps the promises that all pages make."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, UndefinedError, meta, nodes

from portal.templating import HERE, asset, environment
from tests.portal.samples import COMMON, Page, pages

PAGES = pages()
FOLDER = HERE / "templates"
FOLDERS = ("staff", "public", "client")
TEMPLATES = sorted(str(p.relative_to(FOLDER)) for d in FOLDERS for p in (FOLDER / d).iterdir())
GLOBALS = {"_", "asset", "language", "languages", "new_id", "ngettext", "other", "range", "this_page"}
UNTYPED = ("hidden", "submit", "button")


@dataclass
class Form:
    """One form of a page: its method and what it would send."""

    method: str
    hidden: dict[str, list[str]] = field(default_factory=dict)


class Reader(HTMLParser):
    """Collects from a page what the promises are about."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.nameless: list[str] = []
        self.inline: list[str] = []
        self.forms: list[Form] = []
        self.headings = 0
        self.primary = 0
        self.controls: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.headings += tag == "h1"
        self.primary += "primary" in given.get("class", "").split()
        if tag == "form":
            self.forms.append(Form(given.get("method", "get")))
        if tag in ("input", "select", "textarea"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        if given.get("type") == "hidden":
            self.forms[-1].hidden.setdefault(given["name"], []).append(given["value"])
        elif given.get("type") not in UNTYPED and "aria-label" not in given and "label" not in self.open:
            self.controls.append(given.get("id", f"{tag} without id"))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def unlabelled(self) -> list[str]:
        return [control for control in self.controls if control not in self.labelled]


@pytest.fixture(scope="module")
def made() -> Environment:
    numbers = iter(range(1, 100_000))
    return environment(lambda: f"command-{next(numbers)}")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.fixture(params=PAGES, ids=[page.name for page in PAGES])
def shown(request: pytest.FixtureRequest, made: Environment) -> str:
    page: Page = request.param
    return made.get_template(page.template).render(page.whole())


def test_a_page_keeps_the_promises_of_all_pages(shown: str) -> None:
    page = read(shown)
    assert page.inline == []
    assert page.unlabelled() == []
    assert [i for i, n in Counter(page.ids).items() if n > 1] == []
    assert page.headings == 1
    assert page.primary <= 1
    posting = [form for form in page.forms if form.method == "post"]
    assert all(len(form.hidden["command_id"]) == len(form.hidden["csrf"]) == 1 for form in posting)
    ids = [form.hidden["command_id"][0] for form in posting]
    assert len(set(ids)) == len(ids)
    assert all("csrf" not in form.hidden for form in page.forms if form.method == "get")


def test_the_reader_finds_what_it_looks_for() -> None:
    page = read(
        '<p style="x" onclick="y"><script>z</script><style></style><input id="a"><select></select>'
        '<label for="b">B</label><input id="b"><label><input></label><input aria-label="C">'
    )
    assert page.inline == ["p style", "p onclick", "script", "style"]
    assert page.unlabelled() == ["a", "select without id"]


def test_every_template_has_a_sample() -> None:
    assert sorted({page.template for page in PAGES}) == TEMPLATES


@pytest.mark.parametrize("template", [*TEMPLATES, "base.html"])
def test_a_template_opens_by_naming_every_value_it_reads(template: str, made: Environment) -> None:
    source = (FOLDER / template).read_text()
    told = re.match(r"\{#-(.*?)-#\}", source, re.DOTALL)
    assert told is not None
    frame = set() if template == "base.html" else set(COMMON)
    tree = made.parse(source)
    own = {name for node in tree.find_all(nodes.FromImport) for name in node.names}
    own |= {node.target.name for node in tree.find_all(nodes.Assign) if isinstance(node.target, nodes.Name)}
    own |= {node.target for node in tree.find_all(nodes.Import)}
    own |= {node.name for node in tree.find_all(nodes.Macro)}
    read_names = meta.find_undeclared_variables(tree) - own - GLOBALS - frame
    through_macros = {"values", "errors"} if "{{ field(" in source or "{{ area(" in source else set()
    assert {n for n in read_names | through_macros if not re.search(rf"\b{n}\b", told[1])} == set()


def test_a_value_that_was_not_passed_stops_the_page(made: Environment) -> None:
    page = next(page for page in PAGES if page.name == "roster")
    context = {k: v for k, v in page.whole().items() if k != "rows"}
    with pytest.raises(UndefinedError, match="rows"):
        made.get_template(page.template).render(context)


def test_what_people_typed_is_never_markup(made: Environment) -> None:
    evil = "<script>alert('x')</script>\"'"
    for page in PAGES:
        if page.template in ("staff/dossier.html", "staff/roster.html", "staff/mails.html"):
            context = page.whole()
            for row in context.get("rows", []):
                row["last_name"] = evil
            if "dossier" in context:
                context["dossier"]["last_name"] = evil
            if context.get("mail"):
                context["mail"]["text"] = evil
            html = made.get_template(page.template).render(context)
            assert "<script>alert" not in html
            assert "\"'" not in html


def test_an_assets_address_changes_with_its_content() -> None:
    assert re.fullmatch(r"/static/portail\.css\?v=[0-9a-f]{12}", asset("portail.css"))
    with pytest.raises(FileNotFoundError):
        asset("nothing.css")


@pytest.mark.rule("LIS-2")
def test_everybody_on_the_roster_is_checked_at_first_and_a_choice_is_kept(made: Environment) -> None:
    def checked(name: str) -> int:
        page = next(page for page in PAGES if page.name == name)
        html = made.get_template(page.template).render(page.whole())
        return len(re.findall(r'name="registration" value="[^"]*" checked', html))

    assert checked("roster-full") == 60
    assert checked("roster-trainer") == 1


def test_money_is_not_shown_to_who_may_not_see_it(made: Environment) -> None:
    page = next(page for page in PAGES if page.name == "roster-trainer")
    html = made.get_template(page.template).render(page.whole())
    assert not re.search(r"[$€]|Prix|Solde", html)


@pytest.mark.parametrize(("by", "told"), [("Geneviève Saint-Amand", True), ("", False)])
def test_a_date_left_by_a_machine_names_nobody(made: Environment, by: str, told: bool) -> None:
    """A token's user has no name; who it was in the end, history tells."""
    sample = next(page for page in PAGES if page.name == "dossier")
    traces = [{**trace, "by": by} for trace in sample.context["given_up"]]
    html = made.get_template(sample.template).render(sample.whole() | {"given_up": traces})
    (trace,) = re.findall(r"laissée le.*?</small>", html)
    assert ("<br>par " in trace) is told
