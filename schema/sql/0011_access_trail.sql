-- The access trail: who read personal data, with seals like those of the log. Rows are only ever added.

create table access_trail (
    position bigint      not null primary key, -- log_slot() of its transaction: one row each
    at       timestamptz not null,             -- by the school's clock
    who      uuid,                             -- null: the system
    role     text        not null,
    behalf   uuid,                             -- the client one was logged in as
    kind     text        not null,             -- what was read
    subject  uuid,                             -- whose or what it was about, where it was one thing
    persons  integer     not null              -- how many persons' data the answer held
);
create index access_trail_by_time on access_trail (at, position);
create index access_trail_by_who on access_trail (who, at, position);
create index access_trail_by_subject on access_trail (subject, at, position) where subject is not null;

create table access_seals (
    block  bigint not null primary key,
    upto   bigint not null unique,
    leaves bytea  not null,
    head   bytea  not null
);
