-- What stood still, since when, and who was told (T9, decision 0086): one open row for each thing, whoever sees it first.

create table outages (
    id       uuid        not null primary key,
    what     text        not null,  -- reading, reactions, mails, seals, model/<name>, processor/<name>
    since    timestamptz not null,  -- by the database's clock, as leases and signs of life
    behind   integer,               -- events not read when it was noticed, 10 000 at most
    detail   text,                  -- class of an error with its position, or names of views
    told     uuid[]      not null,  -- the admins of that moment
    over_at  timestamptz
);
create unique index one_outage_at_a_time on outages (what) where over_at is null;
