"""The list of participants as it is read: marks, money by method, notes, one row per seat (LIS-1)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import orjson

from aggregates.invoice.payments.events import PaymentMethod
from projections.balances import BALANCE_OF_REGISTRATION
from projections.query import MASKED, Reads, Row, instant, money, raw, value
from projections.students import STILL_STUDENT

_LAID = """
    from read.money_line l join read.money_moved m on m.line = l.line
    join read.money_payment p on p.payment = m.payment
    where l.registration = r.registration and p.status in ('noted', 'deposited')"""


def _sum(condition: str = "true") -> str:
    return money(f"coalesce(sum(m.amount) filter (where {condition}), 0)", "r.currency")


_BY_METHOD = ", ".join(f"""'{m.value}', {_sum(f"p.method = '{m.value}'")}""" for m in PaymentMethod)
_PAID = f"""(
    select json_build_object('paid', {_sum()}, 'noted', {_sum("p.status = 'noted'")},
        'by_method', json_build_object({_BY_METHOD})) {_LAID})"""
_COMMENTS = f"""(
    select coalesce(json_agg(json_build_object('payment', p.payment, 'method', p.method,
        'number', {{number}}, 'drawer', {{drawer}}, 'comment', {{comment}}) order by p.at, p.payment), '[]')
    from read.roster_comment c join read.money_payment p on p.payment = c.payment
    where c.client = r.client and coalesce(c.number, c.drawer, c.comment) is not null
      and c.payment in (select p.payment {_LAID}))"""
_NOTE = "from read.profile_note n {0} where n.client = r.client and n.kind = "
_TRAINER_NOTE = f"""(
    select json_build_object('text', {{text}}, 'at', {instant("n.at")},
        'by', coalesce(s.name, ''))
    {_NOTE.format("left join read.catalogue_staff s on s.staff = n.by_user")} 'trainer')"""
_RED_FLAG = f"exists (select 1 {_NOTE.format('')} 'accounting' and n.text <> '[effacé]')"
_FOLLOWED = """(
    exists (select 1 from read.dossier_registration d where d.client = r.client and d.state = 'followed'
        and d.activity = {0} and d.registration <> r.registration)
    or exists (select 1 from read.phases_elsewhere e where e.client = r.client and e.activity = {0}))"""
_FINISHES = f"""(
    select min(t.number) from read.phases_student t
    where t.client = r.client and t.number in (1, 2) and t.activities ? r.activity::text and {STILL_STUDENT}
      and r.state <> 'cancelled' and not {_FOLLOWED.format("r.activity")}
      and not exists (select 1 from jsonb_array_elements_text(t.activities) y(id)
          where y.id::uuid <> r.activity and not {_FOLLOWED.format("y.id::uuid")}))"""
"""The phase of which all other activities are followed, and this one never before (ATT-2)."""
_PROOF = """(
    select json_build_object('state', f.state, 'regular', {regular}, 'lacking', {lacking})
    from read.proofs_proof f where f.registration = r.registration)"""
_LACKING = """greatest(0, f.regular
    - coalesce((select sum(l.price) from read.money_line l where l.registration = r.registration), 0)
    - coalesce((select sum(m.amount) from read.money_moved m
        join read.money_payment p on p.payment = m.payment and p.registration = r.registration
        where m.kind = 'credit' and p.status in ('noted', 'deposited')), 0))"""
"""« Sans preuve »: what the regular price is above what was invoiced, and not received yet (INS-6)."""
_ROWS = f"""
    select coalesce(json_agg(json_build_object(
        'registration', r.registration, 'client', r.client, 'last_name', coalesce(p.last_name, '[effacé]'),
        'first_name', coalesce(p.first_name, ''), 'state', r.state, 'student', r.student,
        'retake', r.retake, 'has_email', coalesce(p.has_email or p.has_relative, false),
        'via_relative', coalesce(p.has_relative and not p.has_email, false),
        'telephone', {{telephone}}, 'trainer_note', {{note}}, 'finishes_phase', {_FINISHES},
        'given_up', (
            select coalesce(json_agg({instant("w.starts")} order by g.position), '[]')
            from read.roster_given_up g join read.workshop_dates_workshop w on w.workshop = g.workshop
            where g.registration = r.registration),
        'red_flag', {{flag}}, 'price', {{price}}, 'regular', {{regular}}, 'balance', {{balance}},
        'payments', {{payments}}, 'comments', {{comments}}, 'proof', {{proof}}, 'invoice', {{invoice}})
        order by p.sort collate "C", r.registration), '[]')::text
    from (
        select registration from read.roster_registration where workshop = %(workshop)s
        union select s.registration from read.workshop_dates_seat s
        join read.workshop_dates_workshop w on w.workshop = s.workshop and w.cancelled
        where s.workshop = %(workshop)s) listed
    join read.roster_registration r on r.registration = listed.registration
    left join read.roster_person p on p.client = r.client"""
_MONEY = {
    "flag": _RED_FLAG,
    "price": money("r.price", "r.currency"),
    "regular": f"case when r.regular is null then null else {money('r.regular', 'r.currency')} end",
    "balance": money(BALANCE_OF_REGISTRATION, "r.currency"),
    "payments": _PAID,
    "proof": _PROOF.format(
        regular=money("f.regular", "r.currency"),
        lacking=f"case when f.state = 'missing' then {money(_LACKING, 'r.currency')} end",
    ),
    "invoice": "r.invoice",
}
_NO_MONEY = dict.fromkeys(_MONEY, "null") | {
    "flag": "false",
    "proof": _PROOF.format(regular="null", lacking="null"),
}


def _hidden(column: str) -> str:
    return f"case when {column} is not null then '{MASKED}' end"


_SAID = {"number": "c.number", "drawer": "c.drawer", "comment": "c.comment"}
_TOLD = {
    "telephone": "p.telephone",
    "note": _TRAINER_NOTE.format(text="coalesce(n.text, '[effacé]')"),
    "comments": _COMMENTS.format(**_SAID),
}
_MASKED = {
    "telephone": _hidden("p.telephone"),
    "note": _TRAINER_NOTE.format(text=f"'{MASKED}'"),
    "comments": _COMMENTS.format(**{name: _hidden(column) for name, column in _SAID.items()}),
}
WITH_MONEY = _ROWS.format(**_MONEY, **_TOLD)
_WITHOUT_MONEY = _ROWS.format(**_NO_MONEY, **_TOLD | {"comments": "'[]'::json"})
_MASKED_CONTACT = _ROWS.format(**_MONEY, **_MASKED)


async def assistants(connection: Reads, workshop: UUID) -> list[Row]:
    """Who helps there, by name: `client` as named then, `dossier` the one it is part of since (LIS-1)."""
    query = """
        select coalesce(json_agg(json_build_object('client', a.client, 'dossier', p.client,
            'last_name', coalesce(p.last_name, '[effacé]'), 'first_name', coalesce(p.first_name, ''))
            order by p.sort collate "C", a.client), '[]')::text
        from (
            select distinct on (coalesce(d.merged_into, h.client))
                h.client, coalesce(d.merged_into, h.client) as person
            from read.roster_assistant h left join read.dossier_person d on d.client = h.client
            where h.workshop = %s order by coalesce(d.merged_into, h.client), h.client) a
        left join read.roster_person p on p.client = a.person"""
    return cast("list[Row]", await value(connection, query, (workshop,)))


async def participants_json(
    connection: Reads, workshop: UUID, *, see_money: bool, see_contact: bool = True
) -> bytes:
    """The rows of one roster by name, as JSON; noted money counts in the balance (FAC-2).

    Of a cancelled workshop those who were on it, wherever they are now (ATE-4).
    """
    query = _MASKED_CONTACT if not see_contact else WITH_MONEY if see_money else _WITHOUT_MONEY
    found = await raw(connection, query, {"workshop": workshop})
    assert found is not None
    return found


async def participants(
    connection: Reads, workshop: UUID, *, see_money: bool, see_contact: bool = True
) -> list[Row]:
    """The rows of one roster by name."""
    found = await participants_json(connection, workshop, see_money=see_money, see_contact=see_contact)
    return cast("list[Row]", orjson.loads(found))
