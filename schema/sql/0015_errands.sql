-- Commands that processors asked for, kept with their position and carried out once each.
create table errands (
    id        uuid        not null primary key,  -- the effect's key; the command's id when it is dispatched
    cause     uuid        not null,              -- the event
    command   text        not null,              -- verb-noun
    body      jsonb       not null,              -- ids, numbers and instants, nothing personal
    state     text        not null default 'to_do' check (state in ('to_do', 'done', 'refused', 'failed')),
    attempts  integer     not null default 0,
    next_try  timestamptz not null default now(),
    error     text,                              -- the refusal's code, or the error's class; no values
    ended_at  timestamptz                        -- by the school's clock
);
create index errands_due on errands (next_try) where state = 'to_do';
