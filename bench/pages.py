"""pages: how long the web process takes for each page of the demo school, and how large each is."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pyotp
from starlette.routing import Route

from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey
from bench.harness import Figure, p95
from bench.portal import BenchPortal, fullest_workshop
from portal.help import articles
from portal.staff.catalogue_forms import KINDS
from service.routes import ROUTERS

MOST_MS, MOST_KB = 100.0, 100.0
_SLOWEST = 5
_STAFF = (Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR)
_PASSWORD = "une phrase assez longue"
_WORDS = frozenset({"key"})
"""In a path, what is a word of that page's own."""
_QUERY = '{"kind": "country", "country": "FR"}'
_TABS = ("factures", "communications", "documents", "notes", "historique")


def page_routes() -> Iterator[str]:
    """The paths of all pages, as their routes write them."""
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, Route))
    return (r.path for r in routes if "GET" in (r.methods or ()) and not r.path.startswith("/api"))


def addresses(ids: Mapping[str, str]) -> Iterator[str]:
    """Where each page is, for these ids; pages of anything else are reached by a link of an e-mail alone,
    or the demo school has none of it."""
    for path in page_routes():
        names = {part.split("}")[0] for part in path.split("{")[1:]}
        if names <= ids.keys() | _WORDS:
            yield _filled(path, ids)
    yield from (f"/dossiers/{ids['client']}?onglet={tab}" for tab in _TABS)


def _filled(path: str, ids: Mapping[str, str]) -> str:
    """`{key}` and `{kind}` are words of that page's own."""
    if path.startswith("/modeles"):
        return path.format(key=TemplateKey.REMINDER.value)
    if path.startswith("/aide"):
        return path.format(key=articles()[0].key) if "{" in path else path
    if path == "/envois/nouveau":
        return f"{path}?{urlencode({'requete': _QUERY})}"
    if path.endswith("/restaurer"):
        return path.format(client=ids["removed"])
    return path.format(**ids)


def pages(portal: BenchPortal, rounds: int) -> dict[str, Figure]:
    """p95 of the slowest page and the size of the largest, the slowest ones by name."""
    ids = _ids(portal)
    took: dict[str, float] = {}
    size: dict[str, float] = {}
    unshown: list[str] = []
    for cookie, own in ((_staff(portal), False), (_client(portal, ids["client"]), True)):
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=10)
        headers = {"Cookie": f"portail={cookie}", "Accept": "text/html"}
        for path in addresses(ids):
            if own is not path.startswith(("/mon-dossier", "/panier", "/payer", "/dates")):
                continue
            times = []
            for turn in range(3 + rounds * 5):
                begun = time.perf_counter()
                line.request("GET", path, headers=headers)
                answer = line.getresponse()
                content = answer.read()
                if turn >= 3:
                    times.append((time.perf_counter() - begun) * 1e3)
            if answer.status >= 500:
                raise RuntimeError(f"{path}: {answer.status}")
            if answer.status in (200, 303):
                took[path], size[path] = p95(times), len(content) / 1e3
            else:
                unshown.append(path)
        line.close()
    return figures(took, size, unshown)


def figures(
    took: Mapping[str, float], size: Mapping[str, float], unshown: Sequence[str] = ()
) -> dict[str, Figure]:
    """What the report says of them; addresses without the ids in them. Those unshown said 404 or the like."""
    slow = sorted(took, key=lambda path: -took[path])
    large = max(size, key=lambda path: size[path])
    within = sum(value <= MOST_MS for value in took.values())
    said = f"{within} of {len(took)} pages within, {len(unshown)} not shown"
    found = {
        "pages_p95": Figure(took[slow[0]], None, None, "ms p95", MOST_MS, said),
        "pages_size": Figure(size[large], None, None, "kB", MOST_KB, _name(large)),
    }
    for path in slow[:_SLOWEST]:
        found[f"page {_name(path)}"] = Figure(took[path], None, None, "ms p95", MOST_MS, "")
    return found


def _name(path: str) -> str:
    return "/".join("…" if len(part) == 36 else part for part in path.split("/"))


def _ids(portal: BenchPortal) -> dict[str, str]:
    """A full workshop, and the client with most registrations among those who have one to change."""
    found: dict[str, Any] = {"workshop": fullest_workshop(portal.side)}
    queries = {
        "client, registration": """
            select r.client, r.registration from read.dossier_registration r
            join read.dossier_person p on p.client = r.client and p.state = 'active'
            where r.state = 'scheduled' order by (
                select count(*) from read.dossier_registration o where o.client = r.client) desc, r.client
            limit 1""",
        "invoice": "select invoice from read.money_balance where balance > 0 order by at desc limit 1",
        "removed": "select client from read.dossier_person where state = 'deactivated' limit 1",
        "phase": "select phase from read.catalogue_phase order by number limit 1",
        "entry": "select activity from read.catalogue_activity order by activity limit 1",
    }
    with portal.side.pool.connection() as connection:
        for names, query in queries.items():
            row = connection.execute(query.encode()).fetchone()
            assert row is not None, names
            found |= dict(zip(names.split(", "), row, strict=True))
    words = {"kind": next(iter(KINDS)), "part": "paiement"}
    return {name: str(value) for name, value in found.items()} | words


def _staff(portal: BenchPortal) -> str:
    """Somebody in every role of the staff."""
    sessions, secret = portal.side.sessions, pyotp.random_base32()
    email = f"{uuid4().hex}@example.com"
    sessions.set_account(uuid4(), email, _STAFF, _PASSWORD, secret)
    return sessions.log_in(email, _PASSWORD, pyotp.TOTP(secret).at(portal.side.clock()), "bench")


def _client(portal: BenchPortal, client: str) -> str:
    sessions, email = portal.side.sessions, f"{uuid4().hex}@example.com"
    sessions.set_account(UUID(client), email, (Role.CLIENT,), _PASSWORD)
    return sessions.log_in(email, _PASSWORD, None, "bench")
