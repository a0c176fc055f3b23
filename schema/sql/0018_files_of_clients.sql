-- Files of a mail to one client end with that client's contact key, and all files with their last link.
alter table files
    add column person uuid,            -- the client they were sent to: the key is kept under the contact key
    add column linked_at timestamptz;  -- when a mail last linked to them
create index files_of_person on files (person) where person is not null;
