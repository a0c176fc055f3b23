-- The hash chain over the log: one row per sealed block of events.

create table seals (
    block  bigint not null primary key, -- 1, 2, 3 …
    upto   bigint not null unique,      -- position of the block's last event
    leaves bytea  not null,             -- per event: position (8 bytes) and SHA-256 (32 bytes), in order
    head   bytea  not null              -- SHA-256 over the head before, block, upto and leaves
);
