-- The validator's newest answer about an account is not believed any more; what counts is the one
-- before.  What payouts have taken stays taken: if it is more than the answers that are left bear
-- out, an exception holds the account's payouts.  This function does not ask the validator.
--
-- Parameters: p_tenant slug or id
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such account of the tenant, or none with a reading
-- Locks: the account's estimate
-- Tables written: payouts.discarded_valuation, payouts.estimate, core.exception, admin.audit
create or replace function admin.discard_reading(
    p_tenant text, p_account text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_discarded payouts.valuation;
    v_estimate payouts.estimate;
begin
    perform auth.assume(admin.tenant_id(p_tenant), '');
    v_discarded := payouts.valuation_discard(p_account);
    perform admin.record('discard_reading', p_account, jsonb_build_object('valuation',
        v_discarded.id, 'total_cents', v_discarded.total_cents), p_reason, false);
    select * into v_estimate
    from payouts.estimate e
    where e.account_id = p_account and e.tenant_id = v_discarded.tenant_id;
    return admin.finish(format('the reading %s of account %s over %s does not count: the total is '
        '%s, the highest %s, payouts have taken %s', v_discarded.id, p_account,
        admin.money(v_discarded.total_cents, 'usd'), admin.money(v_estimate.total_cents, 'usd'),
        admin.money(v_estimate.highest_cents, 'usd'),
        admin.money(v_estimate.committed_cents, 'usd')), p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.discard_reading is
    'the validator''s newest answer about an account counts no longer';
