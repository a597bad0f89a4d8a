-- Closes an open exception, which then holds no money any longer.  It changes nothing else: the
-- operator has dealt with the fact before, as admin.exceptions says, and p_resolution says how.
-- Facts that the exception names do not open it again; new ones do.
--
-- Parameters: p_tenant slug or id; p_id exc_…
-- Returns: the exception's id; null after a dry run
-- Raises: PU404 no such tenant or open exception, PU422 no resolution
-- Locks: the exception
-- Tables written: core.exception, admin.audit
create or replace function admin.resolve_exception(
    p_tenant text, p_id text, p_resolution text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_exception core.exception;
begin
    select * into v_exception
    from core.exception e
    where e.tenant_id = v_tenant and e.id = p_id and e.resolved_at is null;
    if not found then
        raise exception using errcode = 'PU404', message = format('no open exception %L', p_id);
    end if;
    perform admin.need(btrim(p_resolution) <> '', 'p_resolution', 'a resolution is needed');
    perform admin.record('resolve_exception', p_id, jsonb_build_object('tenant', v_tenant,
        'kind', v_exception.kind, 'object_id', v_exception.object_id,
        'resolution', p_resolution), p_reason, false);
    perform auth.assume(v_tenant, '');
    perform core.exception_resolve(v_exception.kind, v_exception.object_id, p_resolution,
        session_user);
    perform admin.finish(format('resolve_exception %s %s', p_id, v_exception.kind),
        p_dry_run);
    return p_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.resolve_exception is
    'closes an exception that was dealt with: it holds no payout any longer';
