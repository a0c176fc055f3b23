-- Who has a calendar feed, and the number without which their link opens nothing (ATE-9, decision 0078).
-- It goes with the account: when a dossier is removed or staff leave, the link is dead.

create table calendar_feeds (
    owner     uuid        not null primary key references accounts on delete cascade,
    nonce     bytea       not null,  -- chosen by chance; the link is signed over it, so another one ends the old link
    opened_at timestamptz not null
);
