-- Documents of a dossier stay until somebody takes them out, or their client's contact key goes (DOS-15).
alter table files add column kept boolean not null default false;
