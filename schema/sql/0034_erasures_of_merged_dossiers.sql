-- One event may end several persons: a dossier and those that had become part of it (DOS-5).

alter table erasures drop constraint erasures_position_key;
alter table erasures add constraint one_erasure_per_event_and_person unique (position, person);
