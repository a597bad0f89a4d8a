-- Locks the newest exception of some kinds about an object, in this transaction's tenant.  Who
-- books the object's money meanwhile waits for the end of the transaction.
--
-- Returns: null = there is none
-- Locks: the exception
create or replace function core.exception_lock(p_object_id text, p_kinds text[])
    returns core.exception
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select e
    from core.exception e
    where e.tenant_id = current_setting('purser.tenant', true) and e.object_id = p_object_id
        and e.kind = any (p_kinds)
    order by e.opened_at desc, e.id desc
    limit 1
    for no key update
$$;
grant execute on function core.exception_lock(text, text[]) to purser_background;
