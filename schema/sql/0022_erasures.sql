-- What an erasure still has to reach, with a receipt of each store; and the last mail of who was removed.

create table erasures (
    id       uuid        not null primary key,   -- of the event
    person   uuid        not null,
    scopes   text[]      not null,               -- whose keys it destroyed
    topic    text        not null,               -- of the event: a restored backup is told of it again
    marked   boolean     not null,               -- whether the address went on the suppression list (DOS-10)
    position bigint      not null unique,        -- of the event
    at       timestamptz not null,               -- by the school's clock
    done_at  timestamptz                         -- by the school's clock, once every store has answered
);
create index erasures_open on erasures (position) where done_at is null;
create index erasures_of_person on erasures (person, position);

create table erasure_receipts (
    erasure   uuid        not null references erasures on delete cascade,
    store     text        not null,
    forgotten integer     not null,              -- keys, rows or files, as the store counts
    at        timestamptz not null,              -- by the school's clock
    primary key (erasure, store)
);

-- Under a key of its own, as the client's is destroyed by then: gone with the row, which goes with the mail.
create table farewells (
    person      uuid        not null primary key,
    until       timestamptz not null,            -- by the school's clock; forgotten then, sent or not
    wrapped_key bytea       not null,
    sealed      bytea       not null             -- address, name and language
);

-- Those of before this release are still to be carried to their end.
insert into erasures (id, person, scopes, topic, marked, position, at)
select gen_random_uuid(), person, case topic when 'client.dossier_erased' then array['identity', 'contact']
        else array['contact'] end, topic,
    coalesce(convert_from(state, 'UTF8')::json ->> 'suppressed', '') <> '', position,
    (convert_from(envelope, 'UTF8')::json ->> 'at')::timestamptz
from events where topic in ('client.dossier_erased', 'client.dossier_deactivated', 'staff.left')
    and person is not null;
