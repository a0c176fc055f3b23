-- Moments of the school's clock at which a processor looks at a stream again.
create table timers (
    id        uuid        not null primary key,  -- uuid5(stream, processor, purpose, due): one per moment
    processor text        not null,
    purpose   text        not null,
    stream    uuid        not null,              -- of the event that set it
    due       timestamptz not null,              -- by the school's clock, not the machine's
    state     text        not null default 'set' check (state in ('set', 'fired', 'failed')),
    error     text,                              -- class, no values
    fired_at  timestamptz                        -- by the school's clock
);
create index timers_due on timers (due) where state = 'set';

-- Whether a processor has set its timers for what was in the log when it began.
alter table processors add column seeded boolean not null default false;
