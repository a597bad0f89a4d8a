-- Elements of a page of a list of Stripe's that the holder of its bookmark could not read, and
-- passes: each is an exception.  A reading that comes by again finds the one that is open.  Another
-- holder's page is its own to report.
--
-- Parameters: p_elements array of {id, type, error, bytes, sha256}; what is not known is null
-- Locks: the bookmark, exceptions
-- Tables written: core.exception
create or replace function stripe_events.element_report(
    p_account text, p_list text, p_holder text, p_elements jsonb
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_held boolean;
    v_element jsonb;
begin
    select true into v_held
    from stripe_events.bookmark b
    where b.stripe_account = p_account and b.list = p_list and b.lease_holder = p_holder
    for no key update;
    perform set_config('purser.tenant', s.tenant_id, true)
    from core.stripe_account s
    where s.name = p_account and v_held;
    if not found then
        return; -- not the holder, or there is no tenant: nothing is ours
    end if;
    for v_element in
        select e.value
        from jsonb_array_elements(p_elements) as e(value)
        order by e.value ->> 'id', e.value ->> 'sha256'
    loop
        perform core.exception_open('list_element',
            case p_list when 'events' then 'event' else 'balance_transaction' end,
            coalesce(v_element ->> 'id', 'sha256:' || (v_element ->> 'sha256'),
                'bytes:' || (v_element ->> 'bytes')),
            jsonb_strip_nulls(v_element) || jsonb_build_object('list', p_list,
                'stripe_account', p_account));
    end loop;
end
$$;
grant execute on function stripe_events.element_report(text, text, text, jsonb) to purser_jobs;
