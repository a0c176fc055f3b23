"""To-do entries by kind, each with its subjects, its owner where it has one, and what is missing (LIS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from projections.balances import LAID_ON_REGISTRATION, PAID_OF_REGISTRATION
from projections.closing import EUROPE, MISSING_FOR_CLOSING
from projections.query import Reads, Row, client_in_short, instant, value
from projections.students import STILL_STUDENT


class ToDoKind(StrEnum):
    """What is to be done."""

    DECIDE_CASE = "decide_case"
    HAND_OVER = "hand_over"
    CLOSE_QUEBEC = "close_quebec"
    CLOSE_EUROPE = "close_europe"
    CLOSE_ABROAD = "close_abroad"
    CLOSE_INDEPENDENT = "close_independent"
    TAX_RECEIPTS = "tax_receipts"
    DEPOSIT_PAYMENT = "deposit_payment"
    SEND_CHEQUES = "send_cheques"
    MISSING_EMAIL = "missing_email"
    MISSING_DEPOSIT = "missing_deposit"
    MISSING_PROOF = "missing_proof"
    WITHOUT_PROOF = "without_proof"
    MISSING_PLACE = "missing_place"
    CREDIT_WITHOUT_INVOICE = "credit_without_invoice"
    PRICE_ADJUSTMENT = "price_adjustment"
    SECOND_DOSSIER = "second_dossier"
    APPROVE_DELETION = "approve_deletion"
    APPROVE_REFUND = "approve_refund"
    APPROVE_REOPENING = "approve_reopening"
    PHASE_LETTER = "phase_letter"
    PAYMENT_DIFFERENCE = "payment_difference"
    CORRECT_ADDRESS = "correct_address"
    DELIVERY_ERROR = "delivery_error"
    CANCELLED_WORKSHOP = "cancelled_workshop"
    CALL_ABSENT = "call_absent"
    APPROVE_ROSTER_MAIL = "approve_roster_mail"
    APPROVE_ANNOUNCEMENT = "approve_announcement"
    HELD_MAIL = "held_mail"


@dataclass(frozen=True)
class Asked:
    """For whom and when: second persons are not asked about their own proposals."""

    now: datetime
    user: UUID | None
    own: bool = False
    """Only what is this user's own: of their workshops, or the cheques they hold."""
    regions: list[str] = field(default_factory=list)
    """And what is about a workshop of these (STF-1)."""
    unowned: bool = False
    """And what nobody owns any more, as its owner left (STF-1)."""
    cheque_months: int = 4
    zone: str = "America/Toronto"
    """Where a day and a week of the school begin."""


_NOTHING = "'{}'::json as missing"
_CLOSING = f"""
    select c.workshop as id, c.ends as since, c.ends as due, null::uuid as client, c.workshop,
        null::uuid as registration, null::uuid as invoice, null::uuid as activity,
        w.organiser as owner, {MISSING_FOR_CLOSING} as missing
    from read.to_dos_closing c join read.workshop_dates_workshop w on w.workshop = c.workshop
    where not c.closed and not c.cancelled and c.ends < %(now)s"""
_DAYS_LEFT = "(w.starts at time zone w.zone)::date - (%(now)s::timestamptz at time zone w.zone)::date"
_SOON = f"""
    from read.workshop_dates_workshop w
    join read.roster_registration r on r.workshop = w.workshop and r.state = 'scheduled'
    left join read.roster_person p on p.client = r.client
    left join read.dossier_registration d on d.registration = r.registration
    left join read.proofs_proof f on f.registration = r.registration
    where not w.cancelled and w.starts > %(now)s and w.starts < %(now)s::timestamptz + interval '9 days'
      and {_DAYS_LEFT}"""
_OF_SEAT = f"""
    select r.registration as id, null::timestamptz as since, w.starts as due, r.client, w.workshop,
        r.registration, r.invoice, d.activity, w.organiser as owner, {_NOTHING}"""
_SECOND = "is distinct from %(user)s::uuid"
_MISSED = """
    from read.missed_mails_mail m
    join read.dossier_person p on p.client = m.client and p.state = 'active'
    where not exists (
        select 1 from read.missed_mails_settled s where s.client = m.client and s.mail = m.mail)"""
_TO_CALL = "(select count(*) from read.to_dos_to_call t where t.workshop = o.workshop)"
_WAITING_MAILING = f"""
    select m.mailing as id, m.composed_at as since, m.leaves_at as due, null::uuid as client, m.workshop,
        null::uuid as registration, null::uuid as invoice, null::uuid as activity,
        null::uuid as owner, {_NOTHING}
    from read.mailings_mailing m where m.waits and not m.cancelled and not m.ended"""
_FOLLOWED = """
    exists (select 1 from read.phases_elsewhere b where b.client = t.client and b.activity = a.id::uuid)
    or exists (select 1 from read.dossier_registration d
        left join read.workshop_dates_workshop w on w.workshop = d.workshop
        where d.client = t.client and d.activity = a.id::uuid and d.state = 'followed'
          and (w.ends is null or w.ends <= %(now)s))"""
_WHOLE_SINCE = """
    (select greatest(t.at, max(f.at))
     from jsonb_array_elements_text(t.activities) a(id) cross join lateral (
        select min(x.at) as at from (
            select (b.last_day + 1)::timestamp at time zone %(zone)s as at from read.phases_elsewhere b
            where b.client = t.client and b.activity = a.id::uuid
            union all
            select greatest(d.changed_at, w.ends) from read.dossier_registration d
            left join read.workshop_dates_workshop w on w.workshop = d.workshop
            where d.client = t.client and d.activity = a.id::uuid and d.state = 'followed') x) f)"""
"""Since when all activities of an enrolment are SUIVI and their workshops over."""
_MONDAY_AFTER = """
    (date_trunc('week', q.since at time zone %(zone)s) + interval '7 days') at time zone %(zone)s"""
"""Letters of phases are a weekly task: what a week made ready is due on its Monday after (ATT-2)."""

_QUERIES: Mapping[ToDoKind, str] = {
    ToDoKind.DECIDE_CASE: f"""
        select k.case_id as id, k.opened_at as since, null::timestamptz as due, k.client, k.workshop,
            l.registration, k.invoice, l.activity, null::uuid as owner, {_NOTHING}
        from read.cases_cancellation k left join read.money_line l on l.line = k.line
        where k.decided_at is null""",
    ToDoKind.HAND_OVER: f"{_CLOSING} and not c.handed_over and (c.region = 'europe' or c.independent)",
    ToDoKind.CLOSE_QUEBEC: f"{_CLOSING} and c.region in ('canada', 'online') and not c.independent",
    ToDoKind.CLOSE_EUROPE: f"{_CLOSING} and c.handed_over and {EUROPE}",
    ToDoKind.CLOSE_ABROAD: f"{_CLOSING} and c.region = 'abroad' and not c.independent",
    ToDoKind.CLOSE_INDEPENDENT: f"{_CLOSING} and c.handed_over and c.independent",
    ToDoKind.TAX_RECEIPTS: f"""
        select c.workshop as id, c.closed_at as since, null::timestamptz as due, null::uuid as client,
            c.workshop, null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, json_build_object('receipts', x.n) as missing
        from read.to_dos_closing c
        cross join lateral (
            select count(*) as n from read.dossier_registration d
            where d.workshop = c.workshop and d.state = 'followed' and d.currency = 'CAD'
              and (select coalesce(sum(m.amount), 0) {LAID_ON_REGISTRATION}) > 0) x
        where c.closed and not c.receipts_sent and not c.cancelled and c.region in ('canada', 'online')
          and c.closed_at > %(now)s::timestamptz - interval '12 months' and x.n > 0""",
    ToDoKind.DEPOSIT_PAYMENT: f"""
        select p.payment as id, p.at as since, null::timestamptz as due, i.client, null::uuid as workshop,
            p.registration, p.invoice, null::uuid as activity, null::uuid as owner, {_NOTHING}
        from read.money_payment p join read.money_invoice i on i.invoice = p.invoice
        where p.status = 'noted'""",
    ToDoKind.SEND_CHEQUES: """
        select h.holder as id, h.since, null::timestamptz as due, null::uuid as client,
            null::uuid as workshop, null::uuid as registration, null::uuid as invoice,
            null::uuid as activity, h.holder as owner, json_build_object('cheques', h.n) as missing
        from (select holder, min(at) as since, count(*) as n from read.money_payment
              where status = 'noted' and method = 'cheque' and holder is not null group by holder) h
        where not exists (
            select 1 from read.workshop_dates_workshop w
            where w.organiser = h.holder and not w.cancelled and w.starts > %(now)s
              and (w.starts at time zone w.zone)::date <= (%(now)s::timestamptz at time zone w.zone)::date
                  + make_interval(months => %(cheque_months)s))""",
    ToDoKind.MISSING_EMAIL: f"{_OF_SEAT} {_SOON} <= 7 and not coalesce(p.has_email or p.has_relative, false)",
    ToDoKind.MISSING_DEPOSIT: f"{_OF_SEAT} {_SOON} <= 7 and {PAID_OF_REGISTRATION} < d.deposit",
    ToDoKind.MISSING_PROOF: f"{_OF_SEAT} {_SOON} <= 5 and f.state in ('asked', 'rejected')",
    ToDoKind.WITHOUT_PROOF: f"""
        select f.registration as id, f.at as since, null::timestamptz as due, f.client, d.workshop,
            f.registration, d.invoice, d.activity, null::uuid as owner, {_NOTHING}
        from read.proofs_proof f join read.dossier_registration d on d.registration = f.registration
        where f.state = 'missing' and d.state <> 'cancelled' and f.regular > coalesce(
            (select sum(l.price) from read.money_line l where l.registration = f.registration), 0)""",
    ToDoKind.MISSING_PLACE: f"""
        select m.enrolment as id, m.at as since, null::timestamptz as due, m.client, null::uuid as workshop,
            null::uuid as registration, null::uuid as invoice, m.activity, null::uuid as owner, {_NOTHING}
        from read.to_dos_place_reported m
        join read.dossier_person p on p.client = m.client and p.state = 'active'
        where not exists (
            select 1 from read.dossier_registration d where d.client = m.client and d.activity = m.activity
              and (d.state <> 'cancelled' or d.changed_at > m.at))
          and not exists (
            select 1 from read.phases_elsewhere b where b.client = m.client and b.activity = m.activity)""",
    ToDoKind.CREDIT_WITHOUT_INVOICE: f"""
        select b.invoice as id, b.at as since, null::timestamptz as due, b.client, null::uuid as workshop,
            null::uuid as registration, b.invoice, null::uuid as activity, null::uuid as owner, {_NOTHING}
        from read.money_balance b join read.money_invoice i on i.invoice = b.invoice
        where b.balance < 0 and i.number = ''""",
    ToDoKind.PRICE_ADJUSTMENT: f"""
        select m.client as id, m.at as since, null::timestamptz as due, m.client, null::uuid as workshop,
            null::uuid as registration, null::uuid as invoice, m.activity, null::uuid as owner, {_NOTHING}
        from read.to_dos_price_asked m
        join read.dossier_person p on p.client = m.client and p.state = 'active'
        where not exists (
            select 1 from read.dossier_registration d
            join read.money_line l on l.registration = d.registration
            join read.money_credit_note c on c.line = l.line
            where d.client = m.client and d.activity = m.activity and c.at >= m.at)""",
    ToDoKind.SECOND_DOSSIER: f"""
        select m.client as id, m.at as since, null::timestamptz as due, m.client, null::uuid as workshop,
            null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, {_NOTHING}
        from read.to_dos_second_dossier m""",
    ToDoKind.APPROVE_DELETION: f"""
        select m.client as id, m.at as since, null::timestamptz as due, m.client, null::uuid as workshop,
            null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, {_NOTHING}
        from read.to_dos_deletion m where m.by_user {_SECOND}""",
    ToDoKind.APPROVE_REFUND: f"""
        select f.refund as id, f.at as since, null::timestamptz as due, i.client, null::uuid as workshop,
            null::uuid as registration, f.invoice, null::uuid as activity, null::uuid as owner, {_NOTHING}
        from read.money_refund f join read.money_invoice i on i.invoice = f.invoice
        where f.status = 'proposed' and f.by_user {_SECOND}""",
    ToDoKind.APPROVE_REOPENING: f"""
        select c.workshop as id, c.reopening_at as since, null::timestamptz as due, null::uuid as client,
            c.workshop, null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, {_NOTHING}
        from read.to_dos_closing c where c.reopening_by is not null and c.reopening_by {_SECOND}""",
    ToDoKind.PAYMENT_DIFFERENCE: """
        select m.difference as id, m.at as since, null::timestamptz as due, null::uuid as client,
            null::uuid as workshop, null::uuid as registration, m.invoice, null::uuid as activity,
            null::uuid as owner, json_build_object(m.kind, m.amount) as missing
        from read.to_dos_difference m""",
    ToDoKind.PHASE_LETTER: f"""
        select q.enrolment as id, q.since, {_MONDAY_AFTER} as due, q.client,
            null::uuid as workshop, null::uuid as registration, null::uuid as invoice,
            null::uuid as activity, null::uuid as owner, {_NOTHING}
        from (
            select t.enrolment, t.client, {_WHOLE_SINCE} as since from read.phases_student t
            join read.dossier_person p on p.client = t.client and p.state = 'active'
            where t.letter_sent is null and t.number in (1, 2) and {STILL_STUDENT}
              and not exists (select 1 from read.phases_student o
                  where o.client = t.client and o.phase = t.phase and o.letter_sent is not null)
              and not exists (
                  select 1 from jsonb_array_elements_text(t.activities) a(id) where not ({_FOLLOWED}))) q""",
    ToDoKind.CORRECT_ADDRESS: f"""
        select g.client as id, g.since, null::timestamptz as due, g.client, g.workshop,
            null::uuid as registration, null::uuid as invoice, null::uuid as activity, w.organiser as owner,
            json_build_object('mails', g.mails, 'address', (
                select count(*) from read.missed_mails_bad_address b where b.client = g.client)) as missing
        from (select m.client, min(m.at) as since, count(*) as mails,
                (array_agg(m.workshop order by m.at desc)
                    filter (where m.workshop is not null))[1] as workshop
              {_MISSED} and m.of_address group by m.client) g
        left join read.workshop_dates_workshop w on w.workshop = g.workshop""",
    ToDoKind.DELIVERY_ERROR: f"""
        select m.mail as id, m.at as since, null::timestamptz as due, m.client, m.workshop,
            null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, json_build_object('mails', 1) as missing
        {_MISSED} and not m.of_address""",
    # Who has nobody to call is told all the same: the room is to be freed (ATE-4).
    ToDoKind.CANCELLED_WORKSHOP: f"""
        select o.workshop as id, o.at as since, null::timestamptz as due, null::uuid as client, o.workshop,
            null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, json_build_object('calls', {_TO_CALL}) as missing
        from read.to_dos_off o
        where {_TO_CALL} > 0 or o.at > %(now)s::timestamptz - interval '7 days'""",
    # In Québec the office asks each absent, once the workshop is closed, why they did not come (ATE-7).
    ToDoKind.CALL_ABSENT: """
        select o.workshop as id, c.closed_at as since, null::timestamptz as due, null::uuid as client,
            o.workshop, null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            null::uuid as owner, json_build_object('calls', count(*)) as missing
        from read.calls_person o join read.to_dos_closing c on c.workshop = o.workshop
        where o.why = 'absent' and o.called is not true and c.closed and c.region in ('canada', 'online')
        group by o.workshop, c.closed_at""",
    ToDoKind.APPROVE_ROSTER_MAIL: f"{_WAITING_MAILING} and m.workshop is not null",
    ToDoKind.APPROVE_ANNOUNCEMENT: f"{_WAITING_MAILING} and m.workshop is null",
    # What became of an e-mail stands in the outbox alone (docs/decisions/0037).
    ToDoKind.HELD_MAIL: """
        select o.mailing as id, min(o.sent_at) as since, null::timestamptz as due, null::uuid as client,
            m.workshop, null::uuid as registration, null::uuid as invoice, null::uuid as activity,
            m.author as owner, json_build_object('mails', count(*)) as missing
        from outbox o join read.mailings_mailing m on m.mailing = o.mailing
        where o.mailing is not null and o.state = 'held' group by o.mailing, m.workshop, m.author""",
}


Place = tuple[datetime | None, UUID, UUID | None]
"""Of an entry in the list of its kind: when it is due or since when it waits, its id, its activity."""
_KEY = (
    "coalesce(t.due, t.since, 'infinity'), t.id, coalesce(t.activity, '00000000-0000-0000-0000-000000000000')"
)
_AFTER = _KEY.replace("t.due, t.since", "%(at)s::timestamptz").replace("t.id", "%(id)s")
_AFTER = _AFTER.replace("t.activity", "%(activity)s::uuid")


async def to_dos(
    connection: Reads, kind: ToDoKind, asked: Asked, limit: int, after: Place | None = None
) -> list[Row]:
    """The entries of a kind, what is due or has waited longest first, from the one after `after` on."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select t.id, {instant("t.since")} as since, {instant("t.due")} as due,
                case when t.client is null then null else {client_in_short("t.client")} end as client,
                t.workshop, {instant("w.starts")} as workshop_starts, t.registration, t.invoice,
                t.activity as activity_id, a.name as activity, t.owner, s.name as owner_name,
                t.owner is null or coalesce(s.has_left, false) as unowned, t.missing
            from ({_QUERIES[kind]}) t
            left join read.dossier_person p on p.client = t.client
            left join read.workshop_dates_workshop w on w.workshop = t.workshop
            left join read.catalogue_activity a on a.activity = coalesce(t.activity, w.activity)
            left join read.catalogue_staff s on s.staff = t.owner
            where (not %(own)s or t.owner = %(user)s or w.region = any(%(regions)s)
                or (%(unowned)s and (t.owner is null or coalesce(s.has_left, false))))
              and (%(id)s::uuid is null or ({_KEY}) > ({_AFTER}))
            order by {_KEY} limit %(limit)s
            -- # sql: the queries are constants of this file
        ) q"""
    place = dict(zip(("at", "id", "activity"), after or (None, None, None), strict=True))
    return cast("list[Row]", await value(connection, query, asdict(asked) | place | {"limit": limit}))
