-- A staff user's browser that looks as a client does, until that moment or until it is led back (DOS-12).

alter table sessions add column behalf        uuid;        -- the client
alter table sessions add column impersonation uuid;        -- as the fact in the client's stream names it
alter table sessions add column behalf_until  timestamptz; -- by the school's clock
