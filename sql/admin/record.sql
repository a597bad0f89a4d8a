-- Audit log: writes one row, hashed over the row before it.  Every changing function of this schema
-- calls this, and ends with admin.finish.
--
-- Parameters: p_arguments without secrets
-- Returns: false after a dry run, which writes nothing; a notice shows what would happen
-- Raises: PU422 without a reason
-- Locks: other operators' functions until the commit
-- Tables written: admin.audit
create or replace function admin.record(
    p_action text, p_object_id text, p_arguments jsonb, p_reason text, p_dry_run boolean
) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_last admin.audit;
    v_at timestamptz;
begin
    perform admin.need(btrim(p_reason) <> '', 'p_reason', 'a reason is needed');
    if coalesce(p_dry_run, true) then
        raise notice 'dry run, nothing changed: % % %; say p_dry_run => false', p_action,
            coalesce(p_object_id, ''), p_arguments;
        return false;
    end if;
    perform admin.audit_lock();
    select * into v_last from admin.audit a order by a.id desc limit 1;
    v_at := clock_timestamp();
    insert into admin.audit (id, at, actor, action, object_id, arguments, reason, previous_hash,
        hash)
    values (coalesce(v_last.id, 0) + 1, v_at, session_user, p_action, p_object_id, p_arguments,
        p_reason, coalesce(v_last.hash, '\x'),
        admin.audit_hash(coalesce(v_last.hash, '\x'), coalesce(v_last.id, 0) + 1, v_at,
            session_user, p_action, p_object_id, p_arguments, p_reason));
    return true;
end
$$;
