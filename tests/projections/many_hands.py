"""Eight pairs of hands that carry out real commands, each in dossiers of its own and in common workshops."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from aggregates.client.events import FormOfAddress, Language, NoteKind
from aggregates.client.merging.policies import rivals
from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Refused, Role
from aggregates.mailing.events import TemplateKey
from aggregates.workshop.closing.events import CallOutcome
from commands.access import Principal
from commands.clients.add_interest import AddInterest
from commands.clients.attach_document import AttachDocument
from commands.clients.change_profile import ChangeProfile
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.grant_card import GrantCard
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.remove_document import RemoveDocument
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.clients.set_billing import SetBilling
from commands.clients.withdraw_card import WithdrawCard
from commands.clients.write_note import WriteNote
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.compose_mailing import ComposeMailing, Roster
from commands.mailing.pause_mailing import PauseMailing
from commands.mailing.resume_mailing import ResumeMailing
from commands.mails.note_undelivered import NoteUndelivered
from commands.mails.set_aside_missed import SetAsideMissed
from commands.message import Answer, Command
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_for_phase import RegisterForPhase
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.note_call import NoteCall
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from tests.support.write_side import ACCOUNTING, ADMIN, OFFICE, School

WRITERS = 8
SHARE = 1 / 16
"""Of a writer's time goes to its commands: eight threads share an interpreter with the reader and the check,
and leave them half of it on a machine of any speed."""
LONGEST_PAUSE = 0.5
"""Seconds, of who waited long for another."""
T = TypeVar("T")


class Common:
    """What all hands use: activities, dates to come and begun, one that is full, a phase, a discount."""

    def __init__(self, school: School) -> None:
        now = datetime.now(UTC)
        self.activities = [school.activity(f"Activité {n}") for n in range(4)]
        self.dates = [school.workshop(a, starts=now + timedelta(days=90)) for a in self.activities]
        self.begun = [school.workshop(a, starts=now - timedelta(hours=1)) for a in self.activities[:2]]
        self.full = school.workshop(self.activities[3], starts=now + timedelta(days=60), capacity=1)
        seat = school.registration(school.client(), self.activities[3], self.full)
        off = school.workshop(self.activities[2], starts=now + timedelta(days=60))
        to_call = school.registration(school.client(), self.activities[2], off)
        school.send(CancelWorkshop(workshop=off, reason="Salle inondée"))
        self.to_call = {"workshop": off, "registration": to_call}
        school.employ(OFFICE.user, roles=(Role.OFFICE,))
        roster = Roster(workshop=self.full, registrations=(seat,), reason="Autre salle")
        mail = ComposeMailing(subject="Autre salle", text="{cher}, salle 2.", roster=roster)
        self.mailing = school.send(mail).made["mailing"]
        self.phase, _ = school.phase(size=3)
        key, language = TemplateKey.REMINDER, Language.FR
        wording = ChangeTemplate(key=key, language=language, seen_version=0, subject="Bientôt", body="{cher}")
        school.send(wording, ADMIN)
        self.discount = school.discount()


@dataclass
class Hands:
    """One writer: it acts by chance until it is stopped; refusals are part of the day."""

    school: School
    common: Common
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    clients: list[UUID] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    places: list[tuple[UUID, UUID]] = field(default_factory=list)
    papers: list[tuple[UUID, UUID]] = field(default_factory=list)
    last: int = 0

    def act(self) -> None:
        """One command."""
        often = [self.arrive] if len(self.clients) < 3 else self.acts()
        try:
            self.chance.choice(often)()
        except Refused as refused:
            self.done[f"refused: {refused.code}"] += 1

    def acts(self) -> list[Callable[[], object]]:
        money = [self.register, self.register, self.register, self.pay, self.pay, self.cancel]
        dates = [self.choose, self.choose, self.defer, self.wait, self.tick, self.untick, self.prove]
        person = [self.note, self.note, self.answer, self.card, self.bill, self.relative, self.move]
        return [
            *money,
            *dates,
            *person,
            self.interest,
            self.miss,
            self.abroad,
            self.call,
            self.enrol,
            self.arrive,
            self.leave,
            # Rare, as two dossiers of one person are: a merger is some fifty statements of the models.
            *([self.join] if self.chance.random() < 0.1 else []),
            self.hold,
            self.put_away,
            self.take_out,
        ]

    def send(self, command: Command, who: Principal = OFFICE) -> Answer:
        answer = self.school.send(command, who)
        self.done[command.verb_noun()] += 1
        self.last = max(self.last, answer.position)
        return answer

    def one(self) -> UUID:
        return self.chance.choice(self.clients)

    def pick(self, among: list[T]) -> T:
        return self.chance.choice(among)

    def arrive(self) -> None:
        if self.gone and self.chance.random() < 0.5:
            client = self.gone.pop()
            email = f"{client}.{self.chance.random()}@example.com"
            self.send(RestoreDossier(client=client, email=email, country="CA"))
        else:
            client = self.school.client(
                email=self.chance.choice([None, f"{self.chance.random()}@example.com"])
            )
            self.done["create-dossier"] += 1
        self.clients.append(client)

    def leave(self) -> None:
        client = self.one()
        self.send(RemoveDossier(client=client))
        self.clients.remove(client)
        self.gone.append(client)

    def join(self) -> None:
        """Two of one's dossiers turn out to be the same person's; of two equal places one's own stays."""
        if len(self.clients) < 2:
            return
        survivor, other = self.chance.sample(self.clients, 2)
        keep: tuple[UUID, ...] = ()
        mine, theirs = (self.school.state(CLIENT.at(client)) for client in (survivor, other))
        if isinstance(mine, Dossier) and isinstance(theirs, Dossier):
            pairs = rivals(mine.places, theirs.places)
            keep = tuple(pair.followed or pair.ids[0] for pair in pairs)
        self.send(MergeDossiers(survivor=survivor, other=other, keep=keep))
        self.clients.remove(other)
        self.places = [(survivor if c == other else c, place) for c, place in self.places]
        self.papers = [(survivor if c == other else c, paper) for c, paper in self.papers]

    def register(self) -> None:
        client, n = self.one(), self.chance.randrange(4)
        dates = [None, self.common.dates[n], *self.common.begun[n : n + 1]]
        how: dict[str, Any] = {"waive_reason": "Paie sur place"}
        if self.chance.random() < 0.3:
            how["discount"] = self.common.discount
        made = self.school.registration(client, self.common.activities[n], self.pick(dates), **how)
        self.done["register-client"] += 1
        self.places.append((client, made))

    def enrol(self) -> None:
        self.send(RegisterForPhase(client=self.one(), phase=self.common.phase))

    def place(self) -> dict[str, UUID]:
        client, registration = self.pick(self.places) if self.places else (self.one(), UUID(int=0))
        return {"client": client, "registration": registration}

    def choose(self) -> None:
        client, registration = self.place().values()
        date = self.pick(self.common.dates)
        self.send(ChooseDate(client=client, registration=registration, workshop=date))

    def defer(self) -> None:
        self.send(DeferRegistration(**self.place()))

    def cancel(self) -> None:
        self.send(CancelRegistration(**self.place(), note="Ne vient plus"))

    def prove(self) -> None:
        client, registration = self.place().values()
        self.send(AttachDocument(client=client, registration=registration, file=self.school.upload()))

    def put_away(self) -> None:
        client, paper = self.one(), self.school.upload()
        self.send(AttachDocument(client=client, file=paper))
        self.papers.append((client, paper))

    def take_out(self) -> None:
        if self.papers:
            client, paper = self.papers.pop()
            self.send(RemoveDocument(client=client, document=paper))

    def pay(self) -> None:
        place = self.place()
        if place["registration"].int:
            self.school.paid(place["client"], self.pick([100, 4_000]), registration=place["registration"])
            self.done["note-payment"] += 1

    def wait(self) -> None:
        self.send(JoinWaitingList(client=self.one(), workshop=self.common.full))

    def tick(self) -> None:
        self.send(self._attendance(TickAttendance))

    def untick(self) -> None:
        self.send(self._attendance(UntickAttendance))

    def _attendance(self, command: type[TickAttendance | UntickAttendance]) -> Command:
        return command(workshop=self.pick(self.common.begun), registrations=(self.place()["registration"],))

    def note(self) -> None:
        text = self.pick([None, "Rappeler", "Solde de 2024"])
        kind = self.pick(list(NoteKind))
        self.send(WriteNote(client=self.one(), kind=kind, seen_version=1, text=text))

    def answer(self) -> None:
        client = self.one()
        yes = {name: self.chance.random() < 0.5 for name in ("telephone", "post", "email")}
        answers = ChoosePreferences(client=client, wording="2026-01", **yes)
        self.send(answers, Principal(client, frozenset({Role.CLIENT}), Role.CLIENT))

    def card(self) -> None:
        granted = GrantCard(client=self.one(), valid_from=datetime.now(UTC).date())
        self.send(self.pick([granted, WithdrawCard(client=self.one())]), ACCOUNTING)

    def bill(self) -> None:
        self.send(SetBilling(client=self.one(), name=self.pick([None, "Coopérative du Parc"])))

    def relative(self) -> None:
        self.send(RecordContactAddress(client=self.one(), email="zoe@example.com", via="sa fille Zoé"))

    def move(self) -> None:
        client = self.one()
        self.send(
            ChangeProfile(
                client=client,
                seen_version=1,
                last_name="Œuvrard",
                first_name=str(client),
                form_of_address=FormOfAddress.SIR,
                email=self.pick([None, f"{client}@example.com"]),
                telephone=None,
                street=None,
                postal_code=None,
                city=self.pick(["Lyon", "Laval"]),
                country="CA",
                language=Language.FR,
            )
        )

    def hold(self) -> None:
        self.send(self.pick([PauseMailing, ResumeMailing])(mailing=self.common.mailing))

    def miss(self) -> None:
        client, mail = self.one(), UUID(int=self.chance.getrandbits(128))
        nothing = dict.fromkeys(("workshop", "status", "message", "sent_to"))
        why = self.pick(list(UndeliveredReason))
        self.send(
            NoteUndelivered(
                client=client, mail=mail, template="reminder", to_organiser=False, reason=why, **nothing
            )
        )
        if self.chance.random() < 0.5:
            self.send(SetAsideMissed(client=client, mail=self.pick([None, mail])))

    def interest(self) -> None:
        self.send(AddInterest(client=self.one(), activity=self.pick(self.common.activities)))

    def call(self) -> None:
        outcome = self.pick([None, *CallOutcome])
        self.send(NoteCall(**self.common.to_call, called=outcome is not None, outcome=outcome))

    def abroad(self) -> None:
        day = datetime.now(UTC).date() - timedelta(days=100)
        activity = self.pick(self.common.activities)
        followed = AddFollowedWorkshop(
            client=self.one(), activity=activity, first_day=day, last_day=day, country="MA"
        )
        self.send(followed, ACCOUNTING)


@contextmanager
def at_work(school: School, seed: int) -> Iterator[list[Hands]]:
    """Eight writers, each in a thread and on a connection of its own, until the block ends."""
    common, stop, failed = Common(school), threading.Event(), list[BaseException]()
    crew = [Hands(school, common, random.Random(f"{seed} {n}")) for n in range(WRITERS)]

    def work(hands: Hands) -> None:
        try:
            took = 0.0
            while not stop.wait(min(took * (1 / SHARE - 1), LONGEST_PAUSE)):
                begun = time.monotonic()
                hands.act()
                took = time.monotonic() - begun
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(hands,)) for hands in crew]
    for thread in threads:
        thread.start()
    try:
        yield crew
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not failed, failed[0]
