-- A timer for the moment of its own event fires whatever the clock shows: a clock set back holds no mail up.
alter table timers add column at_once boolean not null default false;
create index timers_at_once on timers (due) where state = 'set' and at_once;
