-- Where each read model stands. Its tables lie in a schema per build; readers use the views in `read`.

create schema read;
create sequence read_model_builds;

create table read_models (
    name            text   not null primary key,
    version         integer not null,
    build           bigint not null,
    position        bigint not null,
    parked_position bigint,        -- the event it stumbled over
    parked_error    text,          -- class of the error, no values
    parked_since    timestamptz
);

create table read_model_skips (    -- events left out by hand
    name     text        not null,
    position bigint      not null,
    who      text        not null,
    at       timestamptz not null,
    primary key (name, position)
);
