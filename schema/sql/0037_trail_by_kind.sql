-- Log-ins and refused ones among the readings: looked for by kind.
create index access_trail_by_kind on access_trail (kind, at, position);
