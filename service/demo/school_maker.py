"""Makes the demo school by the real commands, each act at the instant of its own day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

from aggregates.catalogue.events import PhasePrice
from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Role
from commands.access import SYSTEM, Principal
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.add_phase import AddPhase
from commands.catalogue.add_venue import AddVenue
from commands.catalogue.change_settings import ChangeSettings
from commands.clients.create_dossier import CreateDossier
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.message import Answer, Command
from commands.payments.decide_case import DecideCase
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.sessions import NEEDS_SECOND_FACTOR, Sessions
from commands.staff.add_staff import AddStaff
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from commands.workshops.tick_attendance import TickAttendance
from service.bootstrap import WriteSide
from service.demo import acts
from service.demo.ahead import drawn_ahead
from service.demo.in_bulk import Bulk
from service.demo.plan import plan

TOTP_SECRET = "PORTAILDEMOPORTAILDEMOPORTAILDEM"  # noqa: S105  # public: for demo accounts only
"""Second factor of the demo accounts that want one; production refuses demo accounts."""

_COMMANDS: Mapping[type[acts.Act], tuple[type[Command], str | None]] = {
    acts.ChangeSettings: (ChangeSettings, None),
    acts.AddStaff: (AddStaff, "staff"),
    acts.AddActivity: (AddActivity, "activity"),
    acts.AddPhase: (AddPhase, "phase"),
    acts.AddDiscount: (AddDiscount, "discount"),
    acts.AddVenue: (AddVenue, "venue"),
    acts.PlanWorkshop: (PlanWorkshop, "workshop"),
    acts.CreateDossier: (CreateDossier, "client"),
    acts.RemoveDossier: (RemoveDossier, None),
    acts.RestoreDossier: (RestoreDossier, None),
    acts.Register: (RegisterClient, "registration"),
    acts.ChooseDate: (ChooseDate, None),
    acts.Defer: (DeferRegistration, None),
    acts.Cancel: (CancelRegistration, None),
    acts.DecideCase: (DecideCase, None),
    acts.TickPresent: (TickAttendance, None),
}
"""Act → the command it becomes, and the id that the command makes under the act's own key."""
_REFERENCES = {
    "activity",
    "activities",
    "client",
    "organiser",
    "registration",
    "registrations",
    "trainers",
    "venue",
    "workshop",
}


Dispatch = Callable[[Command, Principal, UUID, datetime], Answer]
"""Carries out a command under that id, as if it came at that instant."""
LARGE = 1_000
"""From so many clients on, the school is made in bulk."""


class SchoolMaker:
    """Carries acts out in order; each has a command id of its own, so an interrupted run goes on."""

    def __init__(self, dispatch: Dispatch, sessions: Sessions, password: str) -> None:
        self._dispatch = dispatch
        self._sessions = sessions
        self._password = password
        self._ids: dict[str, UUID] = {}
        self._staff: dict[str, Principal] = {}
        self.done = 0
        """Number of acts so far."""

    def do(self, act: acts.Act) -> None:
        """One act, done at its own instant."""
        self.done += 1
        command_type, made = _COMMANDS[type(act)]
        command = command_type(**self._fields(act, command_type, made))
        answer = self._dispatch(command, self._who(act), uuid5(PORTAIL, f"demo/{self.done}"), act.at)
        if made is not None:
            key = str(getattr(act, made))
            self._ids[key] = answer.made[made]
            if isinstance(act, acts.Register):
                self._ids[f"{key}/invoice"] = answer.made["invoice"]
            if isinstance(act, acts.AddStaff):
                self._staff[key] = Principal(self._ids[key], frozenset(act.roles), act.roles[0])
        if isinstance(act, acts.Cancel):
            self._ids[f"{act.registration}/case"] = answer.made["case-1"]
        if isinstance(act, acts.AddStaff) and act.account:
            self._open_account(act.staff, act.email, act.roles)
        if isinstance(act, acts.CreateDossier) and act.account and act.email is not None:
            self._open_account(act.client, act.email, (Role.CLIENT,))

    def _fields(self, act: acts.Act, command_type: type[Command], made: str | None) -> dict[str, Any]:
        left_out = {"at", "by", "account", made}
        fields = {name: value for name, value in vars(act).items() if name not in left_out}
        for name in _REFERENCES & fields.keys():
            fields[name] = self._resolved(fields[name])
        if isinstance(act, acts.DecideCase):
            del fields["registration"]
            fields["invoice"] = self._ids[f"{act.registration}/invoice"]
            fields["case"] = self._ids[f"{act.registration}/case"]
        if command_type is PlanWorkshop:
            fields["sessions"] = tuple(
                PlannedSession(starts=s.starts, ends=s.ends) for s in fields["sessions"]
            )
        if command_type is AddPhase:
            fields["prices"] = tuple(
                PhasePrice(activity=self._ids[p.activity], price=p.price) for p in fields["prices"]
            )
        if command_type is ChangeSettings:
            fields["seen_version"] = 0
        return fields

    def _resolved(self, key: Any) -> Any:
        if key is None:
            return None
        return tuple(self._ids[k] for k in key) if isinstance(key, tuple) else self._ids[key]

    def _who(self, act: acts.Act) -> Principal:
        if act.by is None:
            return SYSTEM
        return self._staff.get(act.by) or Principal(self._ids[act.by], frozenset({Role.CLIENT}), Role.CLIENT)

    def _open_account(self, key: str, email: str, roles: Sequence[Role]) -> None:
        secret = TOTP_SECRET if NEEDS_SECOND_FACTOR & set(roles) else None
        self._sessions.set_account(self._ids[key], email, roles, self._password, secret)


def one_by_one(side: WriteSide) -> Dispatch:
    """Each command in a transaction of its own, under a clock that stands at its instant."""

    def dispatch(command: Command, who: Principal, command_id: UUID, at: datetime) -> Answer:
        return replace(side.dispatcher, clock=lambda: at).dispatch(command, who, command_id)

    return dispatch


def make_demo_school(
    side: WriteSide, today: date, password: str, *, clients: int, progress: Callable[[float], None]
) -> int:
    """Make the whole school; answers the number of acts. `progress` gets the share of its months gone by.

    A large one is made in bulk. Raises LogNotEmptyError then.
    """
    if clients <= LARGE:
        maker, todo = SchoolMaker(one_by_one(side), side.sessions, password), plan(today, clients=clients)
        return _carry_out(maker, todo, today, progress)
    with Bulk(side) as bulk, closing(drawn_ahead(today, clients)) as todo:
        return _carry_out(SchoolMaker(bulk.dispatch, side.sessions, password), todo, today, progress)


def _carry_out(
    maker: SchoolMaker, todo: Iterator[acts.Act], today: date, progress: Callable[[float], None]
) -> int:
    first = next(todo)
    ends = datetime.combine(today, time(), first.at.tzinfo)
    for act in chain([first], todo):
        maker.do(act)
        progress((act.at - first.at) / (ends - first.at))
    return maker.done
