-- What came back of mails, as it came; read by who has to find out why.
create table returned_mails (
    id     uuid        not null primary key,  -- uuid5(mail, kind of reason): a mail keeps two of them at most
    person uuid        not null,              -- the client it is about; kept under this contact key
    at     timestamptz not null,              -- by the school's clock
    sealed bytea       not null               -- the whole message with its attachments
);
create index returned_mails_of_person on returned_mails (person);
