-- How people get in: accounts not confirmed yet, first steps of a session, requests of who is not logged in.
-- All of it is forgotten with the account: when a dossier is removed or staff leave, `accounts.settle` deletes the
-- account's row, and with it goes every session. `set_aside` holds what was typed at the door, sealed, for the seconds
-- until the clock's process has looked at it; no row of it names a person, none lives longer than a day.

alter table accounts
    add column confirmed   boolean not null default true,  -- false: signed up, no mail read at the address yet
    add column totp_wanted bytea;                          -- a second factor shown, and not proven yet
alter table sessions
    add column id      uuid not null default gen_random_uuid(),  -- to end it by; the token is not shown twice
    add column pending text,   -- what must be done before anything else: 'second_factor' or 'preferences'
    add column browser text;   -- « Firefox, Windows »
alter table tokens
    add column id        uuid not null default gen_random_uuid(),
    add column issued_at timestamptz,
    add column issued_by uuid;

create table set_aside (
    id        uuid        not null primary key,  -- the command's id: looked at twice, it is done once
    sealed    bytea       not null,              -- JSON under a key of its own
    wrapped   bytea       not null,              -- that key, wrapped by the master key
    asked_at  timestamptz not null,
    tried     integer     not null default 0
);
