"""GET /api/clients/{id}/quote: what a purchase would cost the client now, explained (CAT-3)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from aggregates.invoice.events import Reason
from commands import quoting
from commands.authentication import Asker, allowed
from commands.http import consider
from commands.problems import language_of
from commands.quoting import Asked, Quoted, QuotedLine
from projections.query import wait_for
from read_api.dossier import note_opening
from read_api.lists import After, ReadsOf, answer, position_of
from read_api.parameters import ClientId
from read_api.queries import READ_QUOTE
from read_api.shapes import ID
from read_api.shapes_quote import Quote
from read_api.workshop_dates import now
from schema.labels import Language, label
from schema.wording import money

router = APIRouter(prefix="/api/clients", tags=["clients"])
_REFUSED: dict[int | str, dict[str, Any]] = {409: {}}
_MOST_DATES = 50
Dates = Annotated[
    list[UUID] | None,
    Query(
        max_length=_MOST_DATES,
        description="The date chosen; of a phase one per activity. Without: À PLANIFIER.",
        examples=[[ID]],
    ),
]


def _wanted(
    client: ClientId,
    activity: Annotated[
        UUID | None, Query(description="The activity to buy; either this or `phase`.", examples=[ID])
    ] = None,
    phase: Annotated[UUID | None, Query(description="The phase to buy.", examples=[ID])] = None,
    workshop: Dates = None,
    discount: Annotated[UUID | None, Query(description="The discount chosen.", examples=[ID])] = None,
    trainee: Annotated[
        bool, Query(description="As a stagiaire; of an activity only.", examples=[False])
    ] = False,
) -> Asked:
    return Asked(client, activity, phase, tuple(workshop or ()), discount, trainee)


@router.get("/{client}/quote", response_model=Quote, responses=_REFUSED)
async def read_quote(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_QUOTE))],
    wanted: Annotated[Asked, Depends(_wanted)],
    after: After = None,
) -> Response:
    """What an activity or a phase would cost the client now: each rule applied, deposit, amount due at once.

    Nothing is sold. Refused as `register-client` or `register-for-phase` would be, but for the payment, which
    the answer tells of, and the red flag. An organiser's look is noted.
    """
    fresh = await wait_for(connection, ("catalogue",), position_of(after))
    made = await consider(request, partial(quoting.quoted, wanted), asker.who, READ_QUOTE)
    await note_opening(request, connection, asker, wanted.client)
    # Never "not modified": it is decided on the log, of which the read models know later.
    return answer(request, asker, _body(made, language_of(request)), fresh.at(now(request)))


def sentence(language: Language, reason: Reason) -> str:
    """A rule applied to a price, with what it came to."""
    colon = "\N{NO-BREAK SPACE}:" if language == "fr" else ":"
    said = label(language, "price_reason", reason.code.value)
    return f"{said}{colon} {money(language, reason.after)}"


def _body(made: Quoted, language: Language) -> dict[str, Any]:
    quotes = [line.quote for line in made.lines]
    total = {name: made.total([getattr(q, name) for q in quotes]) for name in ("price", "deposit", "due_now")}
    return {
        "currency": made.currency.value,
        "lines": [_line(line, language) for line in made.lines],
        "total": {name: amount.model_dump(mode="json") for name, amount in total.items()},
        "full_payment_needed": made.full_payment_needed,
        "deposit_suffices_until": made.deposit_suffices_until,
    }


def _line(line: QuotedLine, language: Language) -> dict[str, Any]:
    quote = line.quote
    return {
        "activity": line.activity,
        "name": line.name,
        "workshop": line.workshop,
        "starts": line.starts,
        "retake": quote.retake,
        "done_on": None if quote.done is None else quote.done.last_day,
        "price": quote.price.model_dump(mode="json"),
        "deposit": quote.deposit.model_dump(mode="json"),
        "due_now": quote.due_now.model_dump(mode="json"),
        "reasons": [
            {
                "code": reason.code.value,
                "sentence": sentence(language, reason),
                "after": reason.after.model_dump(mode="json"),
            }
            for reason in quote.reasons
        ],
    }
