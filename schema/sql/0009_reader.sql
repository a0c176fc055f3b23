-- Sign of life of the one reader of the read models; skipped events belong to one version of a model.

create table reader (
    only_row     boolean     not null primary key default true check (only_row),
    backend      integer,              -- its PostgreSQL process
    beat_at      timestamptz,
    caught_up_at timestamptz,          -- when it last had nothing left to read
    held_by      text                  -- who keeps committed events above the horizon, if anybody
);
insert into reader default values;

alter table read_model_skips add column version integer not null;
alter table read_models set (fillfactor = 50);
