-- Mails of mailings among the others: whose they are, and which were in the hands of the mail server.

alter table outbox
    add column mailing uuid generated always as ((params ->> 'mailing')::uuid) stored,
    add column author uuid generated always as ((params ->> 'author')::uuid) stored,  -- of the mailing
    add column leaving boolean not null default false,  -- handed over, its answer not stored yet
    drop constraint outbox_state_check,
    add constraint outbox_state_check
        check (state in ('to_send', 'claimed', 'sent', 'failed', 'bounced', 'dropped', 'held'));

create index outbox_of_author on outbox (author, sent_at) where author is not null;
create index outbox_of_mailing on outbox (mailing, state) where mailing is not null;

-- Files that staff link to in mailings: each under a key of its own, wrapped by the master key.

create table files (
    id          uuid        not null primary key,
    owner       uuid        not null,              -- the staff user who uploaded it
    size        bigint      not null,
    media       text        not null,              -- as recognised by its first bytes
    at          timestamptz not null,              -- by the school's clock
    wrapped_key bytea       not null,
    name        bytea       not null               -- sealed
);
create table file_parts (
    file   uuid    not null references files on delete cascade,
    n      integer not null,
    sealed bytea   not null,                       -- at most 1 MB of it
    primary key (file, n)
);
