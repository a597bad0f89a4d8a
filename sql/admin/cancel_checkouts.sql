-- Gives up every open checkout of a tenant: purser-jobs cancels it at Stripe, after a look whether
-- it was paid meanwhile.  For a tenant that stops selling, and before its Stripe account is
-- replaced.  This function does not call Stripe.
--
-- Parameters: p_tenant slug or id
-- Returns: how many; null after a dry run
-- Raises: PU404
-- Locks: payments
-- Tables written: payments.payment, admin.audit
create or replace function admin.cancel_checkouts(
    p_tenant text, p_reason text, p_dry_run boolean default true
) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_count bigint;
begin
    v_count := payments.checkouts_abandon(v_tenant, null);
    perform admin.record('cancel_checkouts', v_tenant, jsonb_build_object('count', v_count),
        p_reason, false);
    perform admin.finish(format('cancel_checkouts %s: %s', p_tenant, v_count), p_dry_run);
    return v_count;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.cancel_checkouts is
    'gives up the open checkouts of a tenant: purser-jobs cancels them at Stripe';
