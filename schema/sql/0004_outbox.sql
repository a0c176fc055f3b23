-- E-mails to be sent and sent, each tied to the event that caused it; and how far each processor is.

create table processors (
    name            text   not null primary key,
    position        bigint not null,
    parked_position bigint,
    parked_error    text,
    parked_since    timestamptz
);

create table outbox (
    id          uuid        not null primary key,  -- uuid5(event, processor, purpose): one per cause
    cause       uuid        not null,              -- the event
    position    bigint      not null,              -- of the event: views must show it before the mail is written
    template    text        not null,
    recipient   text        not null,              -- client or organiser
    person      uuid        not null,              -- the client it is about; the text is kept under this key
    params      jsonb       not null,              -- ids only
    state       text        not null default 'to_send'
        check (state in ('to_send', 'claimed', 'sent', 'failed', 'bounced', 'dropped')),
    attempts    integer     not null default 0,
    next_try    timestamptz not null default now(),
    lease       uuid,
    lease_until timestamptz,
    error       text,                              -- class or SMTP code, no values
    sent_at     timestamptz,
    sealed      bytea                              -- address, subject and text, under the contact key
);
create index outbox_due on outbox (next_try) where state in ('to_send', 'claimed');
create index outbox_of_person on outbox (person, position);
