-- An erasure asks whether its person still holds a claim: all of them were read for that.
create index claims_of_owner on claims (owner);
