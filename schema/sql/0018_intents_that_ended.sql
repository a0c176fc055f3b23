-- An intent that is over is asked about, never carried on; one that stays open shows since when.

alter table payment_intents
    add column told     boolean not null default false,  -- the provider told of it after it was over
    add column asked_at timestamptz;                     -- money may have moved since; by the school's clock

drop index payment_intents_due;
create index payment_intents_due on payment_intents (next_try) where state not in ('done', 'ended') or told;

update payment_intents set asked_at = made_at where state in ('asked', 'moved');
