-- Trigger function: refuses the change with the trigger's argument as message.
--
-- Raises: PU900
create or replace function core.refuse() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using
        errcode = 'PU900',
        message = TG_ARGV[0],
        detail = format('%s of %I.%I', lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME);
end
$$;
