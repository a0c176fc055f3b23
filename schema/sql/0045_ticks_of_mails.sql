-- When a mail of a mailing was out by a reckoning that no setting of the clock moves (COM-8, decision 0088).

alter table outbox
    add column sent_boot uuid,             -- which start of the worker's machine
    add column sent_tick double precision; -- seconds since that start
