"""Every page is timed or named as one that the demo school can't show; the worst figures are reported."""

from __future__ import annotations

from bench.harness import p95
from bench.pages import UNMEASURED, addresses, figures, page_routes

IDS = {"client": "c", "workshop": "w", "invoice": "i", "registration": "r", "entry": "e"}
IDS |= {"removed": "x", "kind": "activites", "part": "paiement"}


def test_every_page_has_an_address_but_those_that_a_link_alone_leads_to() -> None:
    routes = list(page_routes())
    left_out = [path for path in routes if any(f"{{{name}}}" in path for name in UNMEASURED)]
    made = list(addresses(IDS))
    assert len([path for path in made if "onglet" not in path]) == len(routes) - len(left_out)
    assert not [path for path in made if "{" in path]
    assert {"/modeles/reminder", "/dossiers/c/au", "/dossiers/x/restaurer", "/recherche"} <= set(made)


def test_the_slowest_page_and_the_largest_are_held_to_their_bounds() -> None:
    id_ = "de69f48b-496d-5d22-b6d9-2ecb57c3d3ed"
    found = figures(
        {"/ateliers": 20.0, f"/dossiers/{id_}": 101.0}, {"/ateliers": 99.0, f"/dossiers/{id_}": 40.0}
    )
    assert (found["pages_p95"].value, found["pages_p95"].met) == (101.0, False)
    assert found["pages_p95"].beside == "1 of 2 pages within"
    assert (found["pages_size"].value, found["pages_size"].met) == (99.0, True)
    assert found["page /dossiers/…"].met is False
    assert p95([float(n) for n in range(1, 101)]) == 96.0
