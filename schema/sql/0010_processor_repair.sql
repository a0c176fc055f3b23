-- Where a processor began: the past before it sends nothing, also when its position is set back.
alter table processors add column since bigint not null default 0;

create table processor_skips (     -- events left out by hand
    name     text        not null,
    position bigint      not null,
    who      text        not null,
    at       timestamptz not null,
    primary key (name, position)
);
