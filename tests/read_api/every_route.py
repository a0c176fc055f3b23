"""Asks every route and command as everybody, for own, foreign and unknown objects, and says what is wrong.

What is right stands in tests/architecture/role_matrix.py, written by hand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from aggregates.catalogue.settings import Region
from aggregates.client.impersonation.events import ImpersonationBegun
from aggregates.client.registrations.events import Earned, RegistrationFollowed
from aggregates.invoice.payments.events import (
    Move,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
)
from aggregates.kernel import Role
from aggregates.workshop.closing.events import Expense, ExpenseUploaded, WorkshopClosed
from aggregates.workshop.events import Session
from commands.access import RESPONSIBLE, Allowed, Scope
from commands.message import Command
from service.bootstrap import COMMANDS
from tests.architecture import role_matrix
from tests.read_api.conftest import School
from tests.support.builders import (
    NOW,
    invoice_issued,
    invoice_line,
    registered,
    seat_taken,
    workshop_planned,
)
from tests.support.command_samples import NOBODY, sample

ASKERS: tuple[Role | None, ...] = (*(role for role in Role if role is not Role.SYSTEM), None)
"""None: not logged in."""
CSRF = "form-token"
_FILLED = {"token": "x", "number": "CA-N-2026-9999", "key": "reminder"}
_ASKED = {
    "as-of": "at=2100-01-01T00:00:00Z",
    "ledger": "from=2026-11-01&to=2026-11-30",
    "quote": f"activity={NOBODY}",
    "/api/files": "name=a.pdf",
}
_RESPONSIBLE = frozenset(RESPONSIBLE)
_INNER: Mapping[str, Collection[Role]] = {
    "write-note": (Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING),
    "change-profile": (Role.CLIENT,),
    "end-impersonation": (Role.CLIENT,),
    **dict.fromkeys(("settle-absence", "hand-over"), (Role.TRAINER,)),
    **dict.fromkeys(
        ("reopen-place", "send-phase-letter", "approve-mailing", "send-tax-receipts"), _RESPONSIBLE
    ),
    "POST /dossiers/{client}/phases/{enrolment}/lettre": _RESPONSIBLE,
    "POST /ateliers/{workshop}/fermeture": (Role.TRAINER, Role.ACCOUNTING),
}
"""What may still say « not you » to whom its table lets in: whose note, which field, whose task."""
_SENT: Mapping[str, Mapping[str, str]] = {
    "POST /ateliers/{workshop}/modifier": {"act": "cancel", "reason": ""},
    "POST /ateliers/{workshop}/fermeture": {"act": "hand_over"},
}
"""What forms hold that say which act; the others take any."""
_EXPENSE = "POST /ateliers/{workshop}/depenses"
RECEIPTS = "GET /api/workshops/{workshop}/tax-receipts/pdf"
_HELPED = "end-impersonation"
"""Sent by who acts as the client."""
_UPLOAD = "POST /api/clients/{client}/documents"
BY_NAME: Mapping[str, type[Command]] = {command.verb_noun(): command for command in COMMANDS}


@dataclass
class Walk:
    """One school, one connection, and a session per role."""

    school: School
    http: httpx2.Client

    def __post_init__(self) -> None:
        school = self.school
        own = {Role.ORGANISER: school.organiser, Role.TRAINER: school.trainer, Role.CLIENT: school.eloise}
        self.cookies = {role: self._session(role, own.get(role) or uuid4()) for role in ASKERS if role}
        self.documents = {client: school.written.document(client) for client in (school.eloise, school.lea)}
        self.seated = {school.own: school.eloise, school.foreign: school.lea}
        self.papers = {workshop: self._expense(workshop) for workshop in self.seated}
        self.closed, self.attested = self._followed_in_the_past()
        self.looks = self._looks_as(school.eloise)
        school.models.catch_up()

    def _expense(self, workshop: UUID) -> UUID:
        """What the room cost, on paper."""
        paper = self.school.written.upload()
        uploaded = ExpenseUploaded(expense=Expense.ROOM, document=paper)
        self.school.models.log.given((workshop, uploaded))
        return paper

    def _looks_as(self, client: UUID) -> UUID:
        """An impersonation; who began it has a session of their own."""
        look, helper = uuid4(), uuid4()
        begun = ImpersonationBegun(
            person=client, impersonation=look, helper=helper, reason="Aide", until=NOW + timedelta(minutes=30)
        )
        self.school.models.log.given((client, begun))
        self.helping = self._session(Role.OFFICE, helper, "helping")
        until = datetime.now(UTC) + timedelta(days=3_650)
        self.school.written.side.sessions.look_as(self.helping, client, look, until)
        return look

    def _followed_in_the_past(self) -> tuple[UUID, UUID]:
        """A workshop that was closed, paid, and Éloïse's registration in it: attestation and receipt."""
        school, workshop, registration, invoice = self.school, uuid4(), uuid4(), uuid4()
        session = Session(starts=NOW - timedelta(days=9), ends=NOW - timedelta(days=8))
        line = invoice_line(registration=registration)
        place = {"workshop": workshop, "activity": school.activity, "invoice": invoice, "line": line.id}
        earned = (Earned(invoice=invoice, line=line.id, amount=line.price),)
        people = {"organiser": school.organiser, "trainers": (school.trainer,)}
        paid = uuid4()
        to_line = Move(payment=paid, amount=line.price, target=Pocket(kind=PocketKind.LINE, id=line.id))
        card = PaymentReceived(payment=paid, method=PaymentMethod.CARD, amount=line.price, moves=(to_line,))
        school.models.log.given(
            (workshop, workshop_planned(sessions=(session,), activity=school.activity, **people)),
            (school.eloise, registered(registration, **place)),
            (workshop, seat_taken(registration, school.eloise)),
            (invoice, invoice_issued(school.eloise, "CA-2026-0900", line)),
            (invoice, card),
        )
        followed = RegistrationFollowed(registration=registration, workshop=workshop, earned=earned)
        school.models.log.given((school.eloise, followed), (workshop, WorkshopClosed()))
        return workshop, registration

    def of_europe(self) -> Walk:
        """The same, asked by an organiser who was given Europe: own and foreign workshop change places."""
        other, school = copy(self), self.school
        other.school = replace(school, own=school.foreign, foreign=school.own)
        session = self._session(Role.ORGANISER, uuid4(), "of-europe", Region.EUROPE)
        other.cookies = {Role.ORGANISER: session}
        return other

    def _session(self, role: Role, user: UUID, name: str = "", *regions: Region) -> str:
        token, now = f"session-of-{name or role.value}", datetime.now(UTC)
        with self.school.written.side.pool.connection() as connection:
            connection.execute(
                "insert into accounts (user_id, email_hash, roles, regions) values (%s, %s, %s, %s)",
                (user, token.encode(), [role.value], [region.value for region in regions]),
            )
            connection.execute(
                "insert into sessions (token_hash, user_id, roles, csrf, created_at, expires_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                (
                    hashlib.sha256(token.encode()).digest(),
                    user,
                    [role.value],
                    CSRF,
                    now,
                    now + timedelta(days=3_650),
                ),
            )
        return token

    def ask(self, role: Role | None, method: str, path: str, **sent: Any) -> httpx2.Response:
        """One request as that role, over HTTP."""
        headers = {} if role is None else {"Cookie": f"portail={self.cookies[role]}"}
        return self.http.request(method, path, headers=headers | sent.pop("headers", {}), **sent)

    def route_faults(self, name: str, role: Role | None) -> Iterator[str]:
        """What a route answers to that role but should not."""
        method, path = name.split(" ")

        def ask(**ids: UUID) -> httpx2.Response:
            form = {"csrf": CSRF, "command_id": str(uuid4()), "act": "tick", "reason": ""}
            form |= _SENT.get(name, {})
            sent: dict[str, Any] = {"data": form} if method == "POST" else {}
            if name == _UPLOAD:
                sent = {"content": b"%PDF-1.7 a paper", "params": {"name": "a.pdf"}}
            if name == _EXPENSE:
                sent |= {"files": {"file": ("", b"")}}
            return self.ask(role, method, filled(path, **ids), **sent)

        yield from self._faults(name, role_matrix.ROUTES[name], role, ask, named(path))

    def command_faults(self, command: type[Command], role: Role | None) -> Iterator[str]:
        """The same of a command."""
        verb_noun = command.verb_noun()

        def ask(**ids: UUID) -> httpx2.Response:
            known = {name: id_ for name, id_ in ids.items() if command.model_fields[name].annotation is UUID}
            body = sample(command, **known).model_dump_json()
            headers = {"Content-Type": "application/json"}
            path = f"/api/commands/{verb_noun}"
            if verb_noun == _HELPED and role is Role.CLIENT:
                headers["Cookie"] = f"portail={self.helping}"
            return self.ask(role, "POST", path, content=body, headers=headers)

        fields = {
            name
            for name, field in command.model_fields.items()
            if field.annotation is UUID and field.is_required()
        }
        yield from self._faults(verb_noun, role_matrix.COMMANDS[verb_noun], role, ask, fields)

    def _faults(
        self,
        name: str,
        table: Allowed,
        role: Role | None,
        ask: Callable[..., httpx2.Response],
        ids: set[str],
    ) -> Iterator[str]:
        if role is None or role not in table:
            wanted = (401, "not_logged_in") if role is None else (403, "forbidden")
            if (answered := said(ask())) != wanted:
                yield f"{name}: {role} should get {wanted}, gets {answered}"
            return
        pairs = self._pairs(table[role], ids, name)
        if not pairs:
            answer = said(ask())
            if _shut(answer, inner=role in _INNER.get(name, ())):
                yield f"{name}: {role} is let in, but gets {answer}"
            return
        for own, foreign in pairs:
            unknown = ask(**dict.fromkeys(foreign, NOBODY))
            theirs, mine = ask(**foreign), ask(**own)
            if (theirs.status_code, theirs.content) != (unknown.status_code, unknown.content):
                yield f"{name}: {role} can tell a foreign object from none: {said(theirs)}, {said(unknown)}"
            not_there = mine.content == unknown.content
            if not_there or _shut(said(mine), inner=role in _INNER.get(name, ())):
                yield f"{name}: {role} does not reach what is theirs: {said(mine)}"

    def _pairs(self, scope: Scope, ids: set[str], name: str) -> list[tuple[dict[str, UUID], dict[str, UUID]]]:
        """Own and foreign objects for the ids that a route or command names."""
        school = self.school
        if scope is Scope.OWN_WORKSHOPS and "workshop" in ids:
            found = [{"workshop": workshop} for workshop in (school.own, school.foreign)]
            for pair in found:
                if "client" in ids:
                    pair["client"] = self.seated[pair["workshop"]]
                if "document" in ids:
                    pair["document"] = self.papers[pair["workshop"]]
            if name == RECEIPTS:
                found[0]["workshop"] = self.closed
            return [(found[0], found[1])]
        if scope is Scope.OWN_FILE and "client" in ids:
            own, foreign = {"client": school.eloise}, {"client": school.lea}
            if "document" in ids:
                own |= {"document": self.documents[school.eloise]}
                foreign |= {"document": self.documents[school.lea]}
            if "registration" in ids:
                own |= {
                    "registration": self.attested
                    if "attestation" in name
                    else school.registrations["followed"]
                }
                foreign |= {"registration": school.registrations["lea"]}
            if name == _HELPED:
                own |= {"impersonation": self.looks}
            return [(own, foreign)]
        if scope is Scope.OWN_FILE and "invoice" in ids:
            return [({"invoice": school.invoice}, {"invoice": school.other_invoice})]
        return []


def _shut(answer: tuple[int, str | None], *, inner: bool) -> bool:
    """Whether that is no answer for somebody who is let in."""
    return answer[0] in (401, 500) or (answer[1] == "forbidden" and not inner)


def named(path: str) -> set[str]:
    """What ids stand in the path."""
    return set(re.findall(r"{(\w+)}", path))


def filled(path: str, **ids: UUID) -> str:
    """The path with these ids, those apart that nobody has, and with the questions that it must have."""
    values = {name: _FILLED.get(name, str(ids.get(name, NOBODY))) for name in named(path)}
    question = next((asked for part, asked in _ASKED.items() if part in path), None)
    return path.format(**values) + (f"?{question}" if question else "")


def said(answer: httpx2.Response) -> tuple[int, str | None]:
    """Status and code of an answer."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else None
