"""What each query answers, and that it is what the OpenAPI file says."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from aggregates.kernel import Role
from bench.bare import roster_body
from bench.http import raw_roster
from read_api import exports, shapes, shapes_dossier, shapes_ledger, shapes_money, shapes_quote, shapes_roster
from read_api.shapes_audience import SavedQueries
from read_api.shapes_mailings import Mailing, OneAllowance, Review
from read_api.shapes_templates import Preview, Templates
from tests.read_api.conftest import School
from tests.support.builders import dossier_created
from tests.support.projecting import asking

SHAPES: list[tuple[str, type[shapes.Shape]]] = [
    ("workshops", shapes.PageOf[shapes.Workshop]),
    ("workshops/{own}", shapes.OneWorkshop),
    ("workshops/{own}/roster", shapes_roster.Roster),
    ("workshops/{own}/history", shapes.PageOf[shapes.HistoryEntry]),
    ("to-schedule", shapes.PageOf[shapes.Waiting]),
    ("clients", shapes.FoundClients),
    ("duplicates", shapes.PageOf[shapes.Duplicates]),
    ("clients/{eloise}", shapes_dossier.Dossier),
    ("clients/{eloise}/quote?activity={unsold}", shapes_quote.Quote),
    ("clients/{eloise}/documents", shapes_dossier.Documents),
    ("clients/{eloise}/communications", shapes.PageOf[shapes_dossier.Communication]),
    ("clients/{eloise}/history", shapes.PageOf[shapes.HistoryEntry]),
    ("invoices/{invoice}/history", shapes.PageOf[shapes.HistoryEntry]),
    ("clients/{eloise}/as-of?at=2100-01-01T00:00:00Z", shapes_dossier.Dossier),
    ("workshops/{own}/roster/as-of?at=2100-01-01T00:00:00Z", shapes_roster.Roster),
    ("invoices/{invoice}/as-of?at=2100-01-01T00:00:00Z", shapes_money.OneInvoice),
    ("invoices", shapes.PageOf[shapes_money.ListedInvoice]),
    ("invoices/{invoice}", shapes_money.OneInvoice),
    ("statement/balances", shapes_money.Balances),
    ("statement/unused-deposits", shapes.PageOf[shapes_money.UnusedDeposit]),
    ("statement/payments-to-deposit", shapes_money.ToDeposit),
    ("statement/cheques", shapes_money.Cheques),
    ("cancellation-cases", shapes.PageOf[shapes_money.CancellationCase]),
    ("to-dos?everybody=true", shapes_money.ToDos),
    ("catalogue", shapes.Catalogue),
    ("templates", Templates),
    ("templates/reminder/preview?client={eloise}", Preview),
    ("mailings", shapes.PageOf[Mailing]),
    ("mailings/allowance", OneAllowance),
    ('mailings/review?query={{"kind":"country","country":"CA"}}', Review),
    ("ledger/trial-balance?from=2026-11-01&to=2026-11-30", shapes_ledger.TrialBalance),
    ("ledger/journal?from=2026-11-01&to=2026-11-30", shapes_ledger.Journal),
    ("audiences/queries", SavedQueries),
    ("ops/models", shapes.Operations),
    ("ops/reactions", shapes.Reactions),
    ("ops/erasures", shapes.Erasures),
]
FILES = {
    "ledger/trial-balance/export",
    "ledger/journal/export",
    "workshops/{workshop}/roster/export",
    "clients/{client}/history/export",
    "workshops/{workshop}/history/export",
    "invoices/{invoice}/history/export",
}
"""Paths that answer CSV or XLSX."""


def ids(items: list[dict[str, Any]], name: str = "id") -> list[str]:
    return [item[name] for item in items]


@pytest.mark.parametrize(("path", "shape"), SHAPES, ids=[path for path, _ in SHAPES])
def test_every_answer_has_exactly_the_documented_shape(
    school: School, path: str, shape: type[shapes.Shape]
) -> None:
    answer = school.get(path.format(**vars(school)), Role.OFFICE, Role.ACCOUNTING)
    assert answer.status_code == 200
    shape.model_validate_json(answer.content)
    if "as-of" not in path:
        assert int(answer.json()["position"]) == school.models.position("roster")


def test_every_api_path_has_its_shape_and_example_in_the_openapi_file(school: School) -> None:
    described = school.http.get("/openapi.json").json()
    paths = {path: way["get"] for path, way in described["paths"].items() if "get" in way}
    documented = {
        p.removeprefix("/api/")
        for p in paths
        if p.startswith("/api/") and "/test/" not in p and not p.endswith(("/export", "/pdf", "/file"))
    }
    names = {"{own}": "{workshop}", "{eloise}": "{client}", "/reminder/": "/{key}/"}
    expected = {"access-trail", "audiences", "clients/{client}/mails/{mail}", "mailings/{mailing}"}
    for path, _ in SHAPES:
        for ours, theirs in names.items():
            path = path.replace(ours, theirs)
        expected.add(path.partition("?")[0])
    assert documented == expected
    for path in FILES:
        kinds = set(paths[f"/api/{path}"]["responses"]["200"]["content"])
        assert {kind.split(";")[0] for kind in kinds} == set(exports.MEDIA_TYPES.values()), path
    for path in expected:
        schema = paths[f"/api/{path}"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert "$ref" in schema, path
    for name in ("Workshop", "Participant", "HistoryEntry", "Client", "ModelStanding"):
        fields = described["components"]["schemas"][name]["properties"]
        assert any("examples" in field for field in fields.values()), name


@pytest.mark.rule("LIS-1")
def test_the_roster_has_its_header_and_its_rows_by_name(school: School) -> None:
    found = school.json(f"workshops/{school.own}/roster")
    header = found["workshop"]
    shown = (header["activity"], header["venue"]["city"], header["organiser"], header["trainers"])
    assert shown == ("Écoute de soi", "Laval", "Monique Tremblay", ["Marc Ouellet"])
    assert (header["taken"], header["capacity"], header["zone"]) == (3, 40, "America/Toronto")
    rows = [(row["last_name"], row["registration"], row["state"]) for row in found["items"]]
    of = {name: str(id_) for name, id_ in school.registrations.items()}
    assert sorted(rows) == sorted(
        [
            ("D'Arcy-Lévesque", of["scheduled"], "scheduled"),
            ("D'Arcy-Lévesque", of["followed"], "followed"),
            ("Roy", of["lea"], "scheduled"),
        ]
    )
    assert [row[0] for row in rows] == ["D'Arcy-Lévesque", "D'Arcy-Lévesque", "Roy"]
    assert found["items"][0]["balance"] == {"minor": 37_500, "currency": "CAD"}


@pytest.mark.rule("ATE-3")
def test_workshops_are_listed_by_place_and_day(school: School) -> None:
    own, foreign, online = str(school.own), str(school.foreign), str(school.online)
    assert sorted(ids(school.json("workshops")["items"])) == sorted([own, foreign, online])
    for params, expected in [
        ({"place": "CA"}, [own]),
        ({"place": "FR"}, [foreign]),
        ({"place": "online"}, [online]),
        ({"from": "2026-12-06"}, [online]),
        ({"from": "2026-12-05", "to": "2026-12-05", "place": "CA"}, [own]),
        ({"past": "true"}, []),
        ({"activity": str(school.phase)}, []),
    ]:
        assert ids(school.json("workshops", **params)["items"]) == expected, params


@pytest.mark.rule("DOS-17")
def test_a_dossier_shows_registrations_traces_and_invoices(school: School) -> None:
    found = school.json(f"clients/{school.eloise}")
    of = {str(id_): name for name, id_ in school.registrations.items()}
    # The dated ones first, the latest date on top, as the page shows them.
    assert [of[id_] for id_ in ids(found["registrations"])] == [
        "moved",
        "scheduled",
        "deferred",
        "followed",
        "cancelled",
    ]
    assert [trace["workshop"]["id"] for trace in found["given_up"]] == [str(school.own)] * 2
    assert len(found["invoices"]) == 5
    assert found["client"]["email"] == "eloise@example.com"


def test_a_search_goes_on_where_its_page_ended(school: School) -> None:
    first = school.json("clients", limit=2)
    second = school.json("clients", limit=2, cursor=first["next"])
    names = [row["last_name"] for row in first["items"] + second["items"]]
    assert names == ["D'Arcy-Lévesque", "Roy", "Zola"]
    assert second["next"] is None
    assert ids(school.json("clients", q="léa r")["items"]) == [str(school.lea)]
    assert school.json("clients", q="z@example")["items"] == []


@pytest.mark.rule("INS-7")
def test_who_waits_for_a_date_is_listed_longest_first(school: School) -> None:
    found = school.json("to-schedule", activity=str(school.activity))
    of = {str(id_): name for name, id_ in school.registrations.items()}
    assert sorted(of[id_] for id_ in ids(found["items"], "registration")) == ["deferred", "waiting"]
    assert school.json("to-schedule", country="FR")["items"] == []


@pytest.mark.rule("AUD-1")
def test_the_history_says_in_french_who_did_what_when_and_what_it_was_before(school: School) -> None:
    found = school.json(f"workshops/{school.own}/history")["items"]
    changed = next(entry for entry in found if entry["topic"] == "workshop.plan_changed")
    assert (changed["by"], changed["role"]) == ("Monique Tremblay", "organisation d’ateliers")
    assert changed["changes"] == [{"field": "capacity", "label": "places", "before": "60", "after": "40"}]
    assert changed["sentence"].startswith("Plan de l’atelier modifié")
    assert changed["at"] == "2026-11-24T15:00:00Z"
    assert UUID(changed["command"])
    taken = [entry["sentence"] for entry in found if entry["topic"] == "workshop.seat_taken"]
    assert "Place prise\N{NO-BREAK SPACE}: Léa Roy" in taken
    assert [entry["topic"] for entry in found][-1] == "workshop.planned"
    english = school.http.get(
        f"/api/workshops/{school.own}/history",
        headers=school.as_(Role.OFFICE) | {"Accept-Language": "en-CA"},
    ).json()["items"]
    assert "Place taken: Léa Roy" in [entry["sentence"] for entry in english]


@pytest.mark.rule("AUD-1")
def test_a_dossiers_history_holds_its_invoices_events_and_pages_meet(school: School) -> None:
    path = f"clients/{school.eloise}/history"
    whole = school.json(path, limit=500)["items"]
    topics = {entry["topic"] for entry in whole}
    assert topics >= {"client.dossier_created", "client.date_chosen", "invoice.line_cancelled"}
    positions = [int(entry["position"]) for entry in whole]
    assert positions == sorted(positions, reverse=True)
    paged: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = school.json(path, **params)
        paged += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert paged == whole
    invoice = school.json(f"invoices/{school.invoice}/history")["items"]
    assert [entry["topic"] for entry in invoice] == ["invoice.line_cancelled", "invoice.issued"]
    assert "Deuil dans la famille" in invoice[0]["sentence"]


@pytest.mark.rule("DOS-11")
def test_erased_values_read_erased_in_the_history(school: School) -> None:
    found = school.json(f"clients/{school.gone}/history")["items"]
    created = found[-1]
    assert "Zola" in created["sentence"], "a deactivated dossier keeps its name"
    assert created["fields"]["email"] == created["fields"]["telephone"] == "[effacé]"
    assert "z@example.com" not in repr(found)
    [dossier] = school.json("clients", q="zola")["items"]
    assert (dossier["email"], dossier["city"], dossier["postal_code"]) == ("[effacé]", "[effacé]", "H2X 1Y4")


def test_the_catalogue_and_the_standing_of_the_models_are_told(school: School) -> None:
    catalogue = school.json("catalogue")
    assert [phase["activities"] for phase in catalogue["phases"]] == [[str(school.activity)]]
    assert [user["name"] for user in catalogue["staff"]] == ["Marc Ouellet", "Monique Tremblay"]
    operations = school.json("ops/models")
    assert {(m["name"], m["behind"], m["parked_error"]) for m in operations["items"]} == {
        (model.name, 0, None) for model in school.models.models
    }
    assert operations["reader"]["alive"] is False, "this school's models are moved by hand"


def test_an_answer_that_is_known_already_is_not_sent_again(school: School) -> None:
    user = uuid4()
    office = school.as_(Role.OFFICE, user=user)
    path = f"/api/workshops/{school.own}/roster"
    first = school.http.get(path, headers=office)
    again = school.http.get(path, headers=office | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    auditor = school.as_(Role.AUDITOR, user=user) | {"If-None-Match": first.headers["etag"]}
    assert school.http.get(path, headers=auditor).status_code == 200, "who sees less gets another answer"
    client = uuid4()
    school.models.given((client, dossier_created(client, last_name="Zz")))
    later = school.http.get(path, headers=office | {"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200, "something happened since"
    assert int(later.json()["position"]) > int(first.json()["position"])


def test_the_rosters_that_the_bench_compares_are_the_one_that_is_answered(school: School) -> None:
    """Else a figure of `make bench` is about something else."""
    answered, url = school.json(f"workshops/{school.own}/roster"), school.models.log.url

    with psycopg.connect(url, autocommit=True) as line:
        assert orjson.loads(raw_roster(line, school.own)) == answered["items"]
    bare = asking(url, lambda line: roster_body(line, school.own))
    assert orjson.loads(bare).items() <= answered.items()


@pytest.mark.parametrize(
    ("asked", "title"), [("fr-CA,en", "Les dossiers par nom"), ("en", "Dossiers by name")]
)
def test_the_openapi_file_is_in_the_readers_language(school: School, asked: str, title: str) -> None:
    answer = school.http.get("/openapi.json", headers={"Accept-Language": asked})
    assert answer.json()["paths"]["/api/clients"]["get"]["summary"] == title
    assert answer.headers["vary"] == "Accept-Language"


def test_the_page_on_the_api_shows_every_operation_and_loads_nothing_from_elsewhere(school: School) -> None:
    page = school.http.get("/api/docs").text
    paths = school.http.get("/openapi.json").json()["paths"]
    addresses = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert [address for address in addresses if f"<code>{address}</code>" not in page] == []
    assert "<code>no_such_registration</code>" in page
    assert "//" not in page


@pytest.mark.rule("DOS-11")
def test_an_erasure_shows_who_has_answered_and_nothing_personal(school: School) -> None:
    with school.models.connection.transaction():
        school.models.connection.execute("set local role none")
        school.models.connection.execute(
            "insert into erasures (id, person, scopes, topic, marked, position, at) values"
            " (%s, %s, '{contact}', 'client.dossier_deactivated', false, 7, '2026-11-24T15:04:05Z')",
            (UUID(int=9), school.gone),
        )
        school.models.connection.execute(
            "insert into erasure_receipts (erasure, store, forgotten, at)"
            " values (%s, 'mails', 3, '2026-11-24T15:04:06Z')",
            (UUID(int=9),),
        )
    (found,) = school.json("ops/erasures", person=str(school.gone))["items"]
    assert (found["done_at"], found["scopes"]) == (None, ["contact"])
    assert found["receipts"] == [{"store": "mails", "forgotten": 3, "at": "2026-11-24T15:04:06Z"}]
    assert school.json("ops/erasures", person=str(UUID(int=8)))["items"] == []
