"""Pages are timed for what the demo school has; the worst figures are reported."""

from __future__ import annotations

from bench.harness import p95
from bench.pages import addresses, figures, page_routes

IDS = {"client": "c", "workshop": "w", "invoice": "i", "registration": "r", "entry": "e"}
IDS |= {"removed": "x", "kind": "activites", "part": "paiement"}


def test_every_page_of_what_the_school_has_is_timed_and_only_links_of_mails_lead_to_others() -> None:
    made = list(addresses(IDS))
    assert not [path for path in made if "{" in path]
    assert {"/", "/modeles/reminder", "/dossiers/c/au", "/dossiers/x/restaurer", "/recherche"} <= set(made)
    assert "/dossiers/c?onglet=factures" in made
    plain = {path for path in page_routes() if "{" not in path}
    assert plain <= {path.partition("?")[0] for path in made}
    assert not [path for path in made if path.startswith(("/offre", "/acces"))]


def test_the_slowest_page_and_the_largest_are_held_to_their_bounds() -> None:
    id_ = "de69f48b-496d-5d22-b6d9-2ecb57c3d3ed"
    found = figures(
        {"/ateliers": 20.0, f"/dossiers/{id_}": 101.0}, {"/ateliers": 99.0, f"/dossiers/{id_}": 40.0}
    )
    assert (found["pages_p95"].value, found["pages_p95"].met) == (101.0, False)
    assert found["pages_p95"].beside == "1 of 2 pages within, 0 not shown"
    assert (found["pages_size"].value, found["pages_size"].met) == (99.0, True)
    assert found["page /dossiers/…"].met is False
    assert p95([float(n) for n in range(1, 101)]) == 96.0
