"""Two dossiers become one in every view: no row is left behind, no cent and no seat is another one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.merging.events import DossierMerged
from aggregates.client.merging.policies import rivals
from aggregates.client.merging.refusals import BothHoldAPlace
from aggregates.client.registrations.policies import is_open
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.state import INVOICE, Issued
from aggregates.workshop.state import WORKSHOP, Planned
from commands.clients.merge_dossiers import MergeDossiers
from projections import books, merged
from projections.books import Period
from projections.model import Model, Rows, Table
from service.bootstrap import MODELS
from tests.projections.many_hands import Common, Hands
from tests.support.builders import dossier_created, dossier_erased
from tests.support.lanes import figures
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School, school_on

pytestmark = pytest.mark.rule("DOS-5")
NOT_HANDED_OVER: Mapping[str, str] = {
    "dossier_person": "leads to the surviving dossier, and names who is named in what came before",
    "ledger_invoice": "what was posted stays in the account it was posted to: closed periods never change",
    "mailings_person": "to whom a mailing was reviewed to go",
}
"""Tables with a column `client` in which a merged dossier stays, and why."""
HOLD_CLIENTS = {
    f"{model.name}_{name}": table
    for model in MODELS
    for name, table in model.tables.items()
    if "client" in table.columns
}
ALWAYS = Period(date(2000, 1, 1), date(2100, 1, 1), "America/Toronto")


@pytest.fixture
def shown(database: str) -> Iterator[tuple[School, Projecting]]:
    with school_on(database) as school, projecting(database, MODELS) as models:
        yield school, models


def money(school: School, client: UUID) -> Counter[str]:
    """What the client's invoices come to, per currency and kind of amount; `due` without open cases."""
    sums: Counter[str] = Counter()
    dossier = school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    for id_ in dossier.invoices:
        invoice = school.state(INVOICE.at(id_))
        assert isinstance(invoice, Issued)
        assert invoice.client == client
        for payment in invoice.payments:
            sums[f"{invoice.currency} {payment.status} {payment.method}"] += payment.amount.minor
        sums[f"{invoice.currency} price"] += sum(line.price.minor for line in invoice.lines)
        sums[f"{invoice.currency} due"] += sum(invoice.due(line).minor for line in invoice.lines)
    return sums


def seats(school: School, common: Common) -> dict[UUID, tuple[UUID, bool, bool]]:
    found: dict[UUID, tuple[UUID, bool, bool]] = {}
    for id_ in (*common.dates, *common.begun, common.full):
        workshop = school.state(WORKSHOP.at(id_))
        assert isinstance(workshop, Planned)
        found |= {r: (s.client, s.retake, s.present) for r, s in workshop.seats.items()}
    return found


def leads_to(models: Projecting, client: UUID) -> UUID:
    return models.ask(lambda c: merged.survivor(c, client))


def books_of(models: Projecting) -> list[dict[str, Any]]:
    return models.ask(lambda c: books.trial_balance(c, ALWAYS))


def assert_merged(school: School, common: Common, survivor: UUID, other: UUID, *, mine_stays: bool) -> bool:
    """Merge these two, and look at what it came to; whether they could be."""
    mine, theirs = (school.state(CLIENT.at(client)) for client in (survivor, other))
    if not isinstance(mine, Dossier) or not isinstance(theirs, Dossier):
        return False
    pairs = rivals(mine.places, theirs.places)
    keep = tuple(pair.followed or pair.ids[0 if mine_stays else 1] for pair in pairs)
    before = money(school, survivor) + money(school, other)
    seated = seats(school, common)
    try:
        school.send(MergeDossiers(survivor=survivor, other=other, keep=keep))
    except BothHoldAPlace:  # of two pairs with one place in common each may choose another way
        return False
    after = school.state(CLIENT.at(survivor))
    assert isinstance(after, Dossier)
    known = {**mine.registrations, **theirs.registrations}
    ended = {id_ for id_, r in known.items() if is_open(r) and not is_open(after.registrations[id_])}
    assert ended == {id_ for pair in pairs for id_ in pair.ids if id_ not in keep}
    assert {i: r for i, r in after.registrations.items() if i not in ended} == {
        i: r for i, r in known.items() if i not in ended
    }
    assert after.documents == {**mine.documents, **theirs.documents}
    lost = Counter[str]()
    for id_ in ended:
        for invoice, line in zip(known[id_].sale.invoices, known[id_].sale.lines, strict=True):
            state = school.issued(invoice)
            [found] = [known_line for known_line in state.lines if known_line.id == line]
            lost[f"{state.currency} due"] += state.price(found).minor
    before.subtract(lost)
    assert +money(school, survivor) == +before
    expected = {r: seat for r, seat in seated.items() if r not in ended}
    moved = {r: (survivor if c == other else c, *rest) for r, (c, *rest) in expected.items()}
    assert seats(school, common) == moved
    return True


@figures(("seeds", "acts"), short=(2, 60), long=(30, 150))
def test_whatever_two_dossiers_hold_is_there_once_and_no_cent_more(
    shown: tuple[School, Projecting], seeds: int, acts: int
) -> None:
    school, models = shown
    common, done = Common(school), 0
    for seed in range(seeds):
        hands = Hands(school, common, random.Random(seed))
        for _ in range(acts):
            hands.act()
        models.catch_up()
        before, active = books_of(models), list(hands.clients)
        while len(active) > 1:
            survivor, other = active[0], active.pop()
            if assert_merged(school, common, survivor, other, mine_stays=bool(seed % 2)):
                done += 1
                models.catch_up()
                left = {
                    name: [row for row in models.rows(name) if row["client"] == other]
                    for name in HOLD_CLIENTS.keys() - NOT_HANDED_OVER.keys()
                }
                assert not any(left.values()), left
                assert leads_to(models, other) == survivor
        assert {row["account"] for row in before} <= {row["account"] for row in books_of(models)}
        for currency in ("CAD", "EUR"):
            rows = [row for row in books_of(models) if row["debit"]["currency"] == currency]
            assert sum(row["debit"]["minor"] - row["credit"]["minor"] for row in rows) == 0
    assert done
    assert models.differences() == 0
    everything = models.everything()
    assert models.rebuild() == {}
    assert models.everything() == everything, "rebuilt"
    models.hand_out_again()
    assert models.everything() == everything, "the same events twice"


def test_every_view_that_names_clients_was_thought_of() -> None:
    assert HOLD_CLIENTS.keys() >= NOT_HANDED_OVER.keys()
    answer = {model.name for model in MODELS if model.wants(DossierMerged)} - {"history"}
    for name in HOLD_CLIENTS:
        model = next(m.name for m in MODELS if name.startswith(f"{m.name}_"))
        assert model in answer or name in NOT_HANDED_OVER, name


def test_a_chain_of_mergers_leads_to_its_end_and_is_forgotten_with_it(proven: Projecting) -> None:
    first, second, third, somebody = (uuid4() for _ in range(4))
    for client in (first, second, third, somebody):
        proven.given((client, dossier_created(client)))
    proven.given((first, DossierMerged(into=second)))
    proven.given((first, DossierMerged(into=third)), (second, DossierMerged(into=third)))
    assert proven.ask(lambda c: merged.survivor(c, first)) == third
    assert proven.ask(lambda c: merged.survivor(c, somebody)) == somebody
    assert set(proven.ask(lambda c: merged.files_of(c, [third]))) == {first, second, third}
    proven.given((third, dossier_erased(third).model_copy(update={"merged": (second, first)})))
    named = {row["client"] for row in proven.rows("dossier_person") if row["last_name"] is not None}
    assert named == {somebody}


class TestHandingOver:
    """In memory, as for a moment in the past, rows are what they are in their table."""

    MODEL = Model(
        "handed",
        1,
        (
            Table("owned", {"id": "uuid", "client": "uuid", "n": "integer"}),
            Table("kept", {"client": "uuid", "thing": "uuid", "n": "integer"}, keys=2),
        ),
    )

    def rows(self) -> Rows:
        return Rows(self.MODEL.tables)

    def test_rows_of_before_go_along_and_those_of_after_stay(self) -> None:
        rows, (one, two, a, b, c) = self.rows(), (uuid4() for _ in range(5))
        rows.put("owned", id=a, client=one, n=1)
        rows.put("owned", id=b, client=two, n=1)
        rows.hand_over("owned", one, two)
        rows.patch("owned", (a,), n=2)
        rows.put("owned", id=c, client=one, n=3)
        found = {row["id"]: (row["client"], row["n"]) for row in rows.whole("owned")}
        assert found == {a: (two, 2), b: (two, 1), c: (one, 3)}

    def test_where_two_rows_would_be_one_the_one_that_was_there_stays(self) -> None:
        rows, (one, two, thing, other) = self.rows(), (uuid4() for _ in range(4))
        rows.put("kept", client=one, thing=thing, n=1)
        rows.put("kept", client=one, thing=other, n=1)
        rows.put("kept", client=two, thing=thing, n=2)
        rows.hand_over("kept", one, two)
        rows.delete("kept", (two, other))
        assert rows.whole("kept") == [{"client": two, "thing": thing, "n": 2}]
        rows.delete_of("kept", two)
        assert rows.whole("kept") == []
