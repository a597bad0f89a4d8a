-- Opens an exception in this transaction's tenant, beside whatever else the transaction writes
-- about the fact; or finds the open one of the same kind and object, whose detail it adds to.
--
-- Nothing opens again for a fact that an operator has judged: when detail holds nothing that is
-- not in one that an operator resolved, that one is returned.  So a repeated event or reading of
-- the same fact stays closed, and a new fact about the same object opens a new one.
--
-- Parameters: p_kind of core.exception_kind; p_detail what a person needs to know, with
--   account_id, the prop account whose payouts it shall hold
-- Returns: the exception's id
-- Raises: PU900 an unknown kind
-- Locks: the exception
-- Tables written: core.exception
create or replace function core.exception_open(
    p_kind text, p_object_kind text, p_object_id text, p_detail jsonb
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_id text;
begin
    if not exists (select from core.exception_kind k where k.kind = p_kind) then
        raise exception using errcode = 'PU900', message = 'an unknown kind of exception',
            detail = p_kind;
    end if;
    select e.id into v_id
    from core.exception e
    where e.tenant_id = v_tenant and e.object_id = p_object_id and e.kind = p_kind
        and e.resolved_by is not null and e.detail @> p_detail
    limit 1;
    if found then
        return v_id;
    end if;
    insert into core.exception as e (tenant_id, id, kind, object_kind, object_id, detail)
    values (v_tenant, core.new_id('exc'), p_kind, p_object_kind, p_object_id, p_detail)
    on conflict (tenant_id, kind, object_id) where resolved_at is null
    do update set detail = e.detail || excluded.detail
    returning e.id into v_id;
    return v_id;
end
$$;
grant execute on function core.exception_open(text, text, text, jsonb) to purser_background;
