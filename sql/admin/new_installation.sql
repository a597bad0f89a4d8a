-- Gives this database another id in the metadata of what it makes at Stripe: for a copy that
-- runs beside its original.  The copy then finds by metadata nothing that the original made, and
-- the original nothing of the copy's.  A database that takes its original's place keeps the id:
-- else it would not find what was being made at Stripe, and might pay a second time.  p_id sets
-- the original's id again, after a restore of a backup from before it was made.
--
-- Parameters: p_id the id to set, as purser_installation has it at Stripe; null = a new one
-- Returns: the id; null after a dry run
-- Raises: PU422
-- Tables written: core.installation, admin.audit
create or replace function admin.new_installation(
    p_reason text, p_dry_run boolean default true, p_id text default null
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := coalesce(p_id, 'ins_' || replace(gen_random_uuid()::text, '-', ''));
begin
    perform admin.need(v_id ~ '^ins_[0-9a-f]{32}$', 'p_id', 'ins_ and 32 hexadecimal digits');
    perform admin.record('new_installation', core.installation_id(),
        jsonb_build_object('installation', v_id), p_reason, false);
    update core.installation i set id = v_id, created_at = now();
    perform admin.finish('new_installation ' || v_id, p_dry_run);
    return v_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.new_installation is
    'gives a copy of a database, which runs beside its original, an id of its own at Stripe';
