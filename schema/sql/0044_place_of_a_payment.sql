-- A payment may name the place that it fills first: its date is near (INS-4).
alter table payment_intents add column registration uuid;
