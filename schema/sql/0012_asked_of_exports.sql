-- What somebody asked for: the filter of an export, as JSON of ids, days, codes and the query's tree.

alter table access_trail add column asked text; -- null: nothing but the subject
