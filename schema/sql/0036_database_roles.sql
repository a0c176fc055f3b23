-- What roles of the database need beside the rights that schema/database_roles.py gives them (docs/decisions/0071).

-- Whoever carries out commands destroys keys and writes none over another.
create function key_is_not_replaced() returns trigger language plpgsql as $$
begin
    raise exception 'a key is destroyed, never replaced' using errcode = 'insufficient_privilege';
end $$;

create trigger keys_are_destroyed_only before update on keys for each row
    when (current_user = 'portail_service' and new.wrapped is not null)
    execute function key_is_not_replaced();

-- The reader makes schemas for its builds, and none besides: whoever may make any could make one for others to trip over.
create function make_read_model_schema(name text) returns void language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^rm_[a-z0-9_]+_[0-9]+_[0-9]+$' then
        raise exception 'no schema of a read model: %', name using errcode = 'insufficient_privilege';
    end if;
    execute format('create schema %I authorization portail_project', name);
end $$;
revoke execute on function make_read_model_schema(text) from public;
