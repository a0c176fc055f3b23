-- Who may log in, and the one clock's offset. Secrets are no facts: they stand here, never in the log.

create table accounts (
    user_id       uuid   not null primary key,  -- client or staff user
    email_hash    bytea  not null unique,       -- keyed hash of the folded address
    password_hash text,                         -- argon2id; null until chosen
    totp_wrapped  bytea,                        -- second factor's secret, wrapped by the master key
    totp_step     bigint not null default 0,    -- last step used: a code works once
    roles         text[] not null
);

create table sessions (
    token_hash bytea       not null primary key,
    user_id    uuid        not null references accounts on delete cascade,
    roles      text[]      not null,
    csrf       text        not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_of_user on sessions (user_id);

create table tokens (
    token_hash bytea       not null primary key,
    user_id    uuid        not null,
    roles      text[]      not null,
    label      text        not null,
    expires_at timestamptz not null
);

create table attempts (
    subject bytea       not null,  -- keyed hash of the account or the network address
    at      timestamptz not null
);
create index attempts_by_subject on attempts (subject, at);

create table clock (
    only_row boolean  not null primary key default true check (only_row),
    shift    interval not null default interval '0'
);
insert into clock default values;
