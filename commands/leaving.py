"""What a dossier's end looks at beside the dossier, what ends with it, and how its outcome is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.decisions import remove
from aggregates.client.events import ClientFact
from aggregates.client.policies import active
from aggregates.client.removal.policies import nothing_followed
from aggregates.client.removal.refusals import WorkshopsFollowed
from aggregates.client.removal.state import Proposal
from aggregates.client.state import CLIENT, Client, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.invoice.basket.decisions import clear
from aggregates.invoice.policies import money_open
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Erased, Refused
from aggregates.workshop.state import WORKSHOP, Workshop
from aggregates.workshop.waiting.decisions import leave_waiting_list
from commands.message import Act
from commands.selling_baskets import card_sale_of, open_basket_of
from schema.farewells import Farewell
from schema.store import Change, Loaded, fold


@dataclass(frozen=True)
class Leaving:
    """A dossier about to go."""

    act: Act
    client: Loaded[Client]
    money_open: bool
    """On some invoice of its registrations and phases (DOS-8)."""
    waited_for: Sequence[Loaded[Workshop]]
    baskets: Sequence[Loaded[Invoice]]
    """The open one, and what staff sell by card, if there are."""

    def ended(self, facts: Sequence[ClientFact]) -> list[Change]:
        """The end with all that goes along; the answer names the dossier under `erased` or `deactivated`.

        Raises BasketBeingPaid.
        """
        match fold(self.client.stream.kind, facts, self.client.state):
            case ErasedDossier():
                self.act.tell("erased", self.client.id)
            case DeactivatedDossier():
                self.act.tell("deactivated", self.client.id)
        left = [Change(w, leave_waiting_list(w.state, self.client.id)) for w in self.waited_for]
        emptied = [Change(b, clear(b.state)) for b in self.baskets]
        return [Change(self.client, facts), *left, *emptied]


def leaving(act: Act, client: Loaded[Client]) -> Leaving:
    """Look at the invoices and waiting lists that the dossier names, and at its basket."""
    if not isinstance(client.state, Dossier):
        return Leaving(act, client, money_open=False, waited_for=(), baskets=())
    dossier = client.state
    open_ones = [open_basket_of(act, client.id), card_sale_of(act, client.id)]
    invoices, waited_for, baskets = act.load_groups(
        [INVOICE.at(i) for i in sorted(dossier.invoices)],
        [WORKSHOP.at(w) for w in sorted(dossier.waiting_in)],
        [basket for basket in open_ones if basket is not None],
    )
    any_open = any(money_open(invoice.state) for invoice in invoices)
    return Leaving(act, client, any_open, waited_for, baskets)


def farewell_to(dossier: Dossier) -> Iterator[Farewell]:
    """What the last mail needs to know; none without an address, a relative's counts (DOS-6)."""
    contact = None if dossier.contact_address is None else dossier.contact_address.email
    address = dossier.email or contact
    form = dossier.form_of_address
    names = (dossier.first_name, dossier.last_name)
    if address is not None and not any(isinstance(part, Erased) for part in (address, form, *names)):
        first, last = map(str, names)
        said = None if form is None else str(form)
        yield Farewell(dossier.id, str(address), first, last, said, dossier.language.value)


@dataclass(frozen=True)
class Outlook:
    """What a removal would come to now, for who is about to ask for one."""

    outcome: str | None
    """`erased` or `deactivated`; None where it would be refused."""
    refused: Refused | None
    deletion: Proposal | None
    """That somebody of the office made."""
    followed: bool
    """A workshop was followed: then the office proposes no deletion (DOS-10)."""


def outlook(act: Act, client: UUID) -> Outlook:
    """Nothing is done. Raises NoSuchDossier, DossierNotActive."""
    loaded = act.load(CLIENT.at(client))
    dossier = active(loaded.state)
    try:
        nothing_followed(dossier)
        followed = False
    except WorkshopsFollowed:
        followed = True
    end = leaving(act, loaded)
    try:
        end.ended(remove(dossier, money_open=end.money_open))
    except Refused as refused:
        return Outlook(None, refused, dossier.deletion, followed)
    return Outlook(next(iter(act.ids)), None, dossier.deletion, followed)
