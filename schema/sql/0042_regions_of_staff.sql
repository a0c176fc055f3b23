-- Regions whose workshops an organiser takes care of (STF-1, decision 0080): beside the roles, and like them kept
-- as the stream of the staff user says. Sessions and tokens look them up here.

alter table accounts add column regions text[] not null default '{}';
