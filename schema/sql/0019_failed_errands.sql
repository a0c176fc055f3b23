-- What failed for good is tried again each day, and shown to operations.
create index errands_failed on errands (next_try) where state in ('failed', 'refused');
create index timers_failed on timers (due) where state = 'failed';
