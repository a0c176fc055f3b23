-- Money that moves through the payment provider: each wish is stored before the provider hears of it.

create table payment_intents (
    id          uuid        not null primary key,  -- in hex the PayPal-Request-Id, the same at every try
    kind        text        not null check (kind in ('basket', 'invoice', 'refund')),
    client      uuid,                              -- who pays; a refund needs none
    invoice     uuid        not null,              -- a basket's stream becomes its invoice
    attempt     uuid,                              -- of the finalised basket
    payment     uuid,                              -- of a refund: what is given back
    amount      bigint      not null check (amount > 0),
    currency    text        not null,
    state       text        not null default 'wanted'
        check (state in ('wanted', 'open', 'asked', 'moved', 'done', 'ended')),
    outcome     text,                              -- why it ended, a code
    order_id    text,                              -- the provider's
    approve_url text,                              -- where the payer is sent
    attempts    integer     not null default 0,    -- looks since the last step
    next_try   timestamptz not null default now(),
    lease       uuid,
    lease_until timestamptz,
    error       text,                              -- class or code, no values
    made_at     timestamptz not null,              -- by the school's clock
    settled_at  timestamptz                        -- by the school's clock
);
create index payment_intents_due on payment_intents (next_try) where state not in ('done', 'ended');
create unique index payment_intents_order on payment_intents (order_id) where kind <> 'refund';
create index payment_intents_invoice on payment_intents (invoice);
-- Two tabs that pay the same invoice: the second waits, then finds nothing left to pay.
create unique index one_payment_at_a_time on payment_intents (invoice)
    where state in ('asked', 'moved') and kind <> 'refund';

-- What the provider took, once each, and whether it stands in the log yet.
create table payment_captures (
    capture    text        not null primary key,   -- the provider's id
    intent     uuid        not null references payment_intents,
    payment    uuid        not null unique,        -- its id in the log, made from the provider's
    amount     bigint      not null,
    currency   text        not null,
    counted_at timestamptz                         -- by the school's clock
);
create index payment_captures_intent on payment_captures (intent);

-- What the provider told us of, once each; it only makes us ask.
create table payment_notices (
    id      text        not null primary key,      -- the provider's event id
    kind    text        not null,
    about   text,                                  -- the intent it names
    came_at timestamptz not null                   -- by the school's clock
);

-- Days whose payments were compared with the provider's.
create table payment_reconciliations (
    day         date        not null primary key,
    lease_until timestamptz,
    compared    integer,
    differences integer,
    done_at     timestamptz                        -- by the school's clock
);
