"""One well-formed command of each class, about things that nobody has."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, MinLen
from pydantic import BaseModel, EmailStr, SecretStr

from aggregates.audience.conditions import NoEmail
from aggregates.kernel import Currency, Money
from commands.audiences.change_query import ChangeQuery
from commands.audiences.save_query import SaveQuery
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.change_discount import ChangeDiscount
from commands.clients.add_interest import AddInterest
from commands.clients.withdraw_interest import WithdrawInterest
from commands.imports.import_workshop import ImportWorkshop
from commands.mailing.compose_mailing import Audience, ComposeMailing
from commands.message import Command
from commands.payments.note_payment import NotePayment, Part
from commands.staff.end_sessions import EndSessions

NOBODY = UUID(int=4)
_BY_NAME: Mapping[str, Any] = {"country": "CA", "zone": "America/Toronto", "template": "reminder"}
_PLAIN: Mapping[Any, Any] = {
    UUID: NOBODY,
    bool: False,
    int: 1,
    float: 45.5,
    Decimal: Decimal("45.50"),
    str: "Éloïse",
    SecretStr: SecretStr("$argon2id$"),
    EmailStr: "eloise@example.com",
    datetime: datetime(2027, 3, 1, 14, tzinfo=UTC),
    date: date(2026, 3, 1),
    type(None): None,
}


_ONE_CENT = Money(minor=1, currency=Currency.CAD)
_EITHER_OR: Mapping[type[Command], Mapping[str, Any]] = {
    AddDiscount: {"percent": 10},
    ChangeDiscount: {"percent": 10},
    AddInterest: {"activity": NOBODY},
    WithdrawInterest: {"activity": NOBODY},
    ChangeQuery: {"query": NoEmail(kind="no_email")},
    SaveQuery: {"query": NoEmail(kind="no_email")},
    EndSessions: {"staff": NOBODY},
    ComposeMailing: {"audience": Audience(query=NoEmail(kind="no_email"))},
    ImportWorkshop: {"starts": datetime(2027, 3, 1, 9), "ends": datetime(2027, 3, 1, 17)},  # noqa: DTZ001
    NotePayment: {"parts": (Part(client=NOBODY, invoice=NOBODY, amount=_ONE_CENT),)},
}


def sample(command: type[Command], **changes: Any) -> Command:
    """A command with the fields it must have, and `changes`."""
    given = dict(_EITHER_OR.get(command, {})) | changes
    return command(**_fields(command, given) | given)


def _fields(model: type[BaseModel], given: Collection[str] = ()) -> dict[str, Any]:
    return {
        name: _BY_NAME.get(name, _value(field.annotation, field.metadata))
        for name, field in model.model_fields.items()
        if field.is_required() and name not in given
    }


def _value(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        return None if type(None) in arguments else _value(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        needed = any(isinstance(m, MinLen) and m.min_length for m in metadata)
        return (_value(arguments[0]),) if needed else ()
    if origin is not None and issubclass(origin, Mapping):
        return {}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation(**_fields(annotation))
    if annotation is date and any(isinstance(m, Ge) for m in metadata):
        return _PLAIN[date]
    return _PLAIN[annotation]
