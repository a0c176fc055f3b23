"""SQL for what lines, registrations and invoices ask for, and what is paid on them (FAC-1, FAC-2)."""

from __future__ import annotations

_DUE = """case when l.undecided then 0 else l.price - coalesce(
    (select sum(c.amount) from read.money_credit_note c where c.line = l.line), 0) end"""
_LIES_ON_LINE = """coalesce(
    (select sum(m.amount) from read.money_moved m join read.money_payment p on p.payment = m.payment
     where m.line = l.line and p.status in ('noted', 'deposited')), 0)"""
_GIVEN_BACK = "m.kind in ('refunded', 'other_invoice')"
_LINES = "from read.money_line l where"


_OWED = f"""coalesce((select sum({_DUE}) {_LINES} l.invoice = i.invoice), 0) - coalesce((
    select sum(case when p.status = 'bounced' then -m.amount else m.amount end)
    from read.money_payment p join read.money_moved m on m.payment = p.payment
    left join read.money_line o on o.line = m.line
    where p.invoice = i.invoice and (
        p.status in (COUNTED) and not {_GIVEN_BACK} and not coalesce(o.undecided, false)
        or p.status = 'bounced' and {_GIVEN_BACK})), 0)"""
OWED = _OWED.replace("COUNTED", "'deposited'")
"""SQL for what is owed on the invoice `i`, from all its rows: deposited money only (FAC-2)."""
OWED_AS_NOTED = _OWED.replace("COUNTED", "'noted', 'deposited'")
"""The same as staff count it: as if all that is noted were deposited (FAC-2)."""

BALANCE_OF_LINE = f"({_DUE} - case when l.undecided then 0 else {_LIES_ON_LINE} end)"
"""SQL for what is owed on the line `l` as staff count it, noted money too; nothing while its case is open."""

BALANCE_OF_REGISTRATION = f"""coalesce((
    select sum({BALANCE_OF_LINE}) {_LINES} l.registration = r.registration), 0)"""
"""SQL for what is owed on all lines of the registration `r` as staff count it, noted money too (FAC-2)."""

PAID_OF_REGISTRATION = f"coalesce((select sum({_LIES_ON_LINE}) {_LINES} l.registration = r.registration), 0)"
"""SQL for what lies on all lines of the registration `r`, or in their open cases; noted money too."""

PAID_ON_LINE = _LIES_ON_LINE
"""SQL for what lies on the line `l`, or in its open case; noted money too."""

DUE_ON_LINE = _DUE
"""SQL for what the line `l` asks for: nothing while its case is open (FAC-1)."""

AMOUNT_OF_PAYMENT = (
    "coalesce((select sum(m.amount) from read.money_moved m where m.payment = p.payment), 0)::bigint"
)
"""SQL for the amount of the payment `p`: wherever its money lies."""

HELD_OF_PAYMENT = f"""coalesce((select sum(m.amount) from read.money_moved m
    where m.payment = p.payment and not {_GIVEN_BACK}), 0)::bigint"""
"""SQL for what of the payment `p` still lies on its invoice, on lines or as credit."""

BALANCE_OF_INVOICE = "(select b.balance from read.money_balance b where b.invoice = i.invoice)"
"""SQL for what is owed on the invoice `i`, below 0 what is the client's: deposited money only (FAC-2)."""

TOTAL_OF_INVOICE = f"coalesce((select sum(l.price) {_LINES} l.invoice = i.invoice), 0)"
"""SQL for the sum of the lines of the invoice `i` as issued."""

IS_VOID = """(exists (select 1 from read.money_line l where l.invoice = i.invoice and l.mistaken)
    and not exists (
        select 1 from read.money_line l
        where l.invoice = i.invoice and l.registration is not null and not l.mistaken))"""
"""SQL for whether all that the invoice `i` was for was registered by mistake: its number is left (INS-10)."""
LAID_ON_REGISTRATION = """
    from read.money_line l join read.money_moved m on m.line = l.line
    join read.money_payment p on p.payment = m.payment
    where l.registration = d.registration and p.status = 'deposited'"""
"""Deposited money that lies on the lines of the registration `d`."""
