-- The event log: facts, claims, command ids, personal keys, series numbers.

create table events (
    stream    uuid    not null,
    version   integer not null,
    position  bigint  not null,
    topic     text    not null,  -- TOPIC, or TOPIC/revision from the second revision on
    person    uuid,              -- whose keys cover identity and contact
    state     bytea   not null,  -- public fields, JSON
    identity  bytea,             -- first byte: key generation, then nonce and ciphertext
    contact   bytea,
    envelope  bytea   not null,  -- who, when, why; JSON
    constraint one_event_per_version primary key (stream, version)
);
create unique index one_event_per_position on events (position);
create index events_of_person on events (person) where person is not null;

create table claims (
    kind  text  not null,
    value bytea not null,        -- keyed hash, never the value itself
    owner uuid  not null,
    constraint one_owner_per_claim primary key (kind, value)
);

create table commands (
    id          uuid   not null,
    fingerprint bytea  not null, -- keyed hash of the body
    answer      bytea  not null, -- ids made, JSON
    position    bigint not null,
    constraint one_effect_per_command primary key (id)
);

create table keys (
    person     uuid     not null,
    scope      text     not null,
    generation smallint not null,
    wrapped    bytea,            -- null once destroyed
    constraint one_key_per_generation primary key (person, scope, generation)
);

create table series (
    name text    not null,
    year integer not null,
    last integer not null,
    primary key (name, year)
);

-- Position of the running transaction's first event. The constant is `past`: see log_past().
create function log_slot() returns bigint language sql stable as
$$ select (pg_current_xact_id()::text::bigint + 0) << 12 $$;

-- Positions below the horizon are complete: no running transaction can still add one there.
create function log_horizon() returns bigint language sql volatile as
$$ select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0) << 12 $$;
