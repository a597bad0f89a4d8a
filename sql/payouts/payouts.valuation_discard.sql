-- The newest valuation of an account is not believed any more: what counts is the one before it
-- that is believed.  What payouts have taken beyond the highest of those holds the account's
-- payouts, by an exception.  The same answer of the validator is not believed again.
--
-- Returns: the valuation that was discarded
-- Raises: PU404 no such account, or none with a valuation
-- Locks: the account's estimate
-- Tables written: payouts.discarded_valuation, payouts.estimate, core.exception
create or replace function payouts.valuation_discard(p_account text) returns payouts.valuation
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_estimate payouts.estimate;
    v_discarded payouts.valuation;
    v_before payouts.valuation;
    v_highest bigint;
begin
    select * into v_estimate
    from payouts.estimate e
    where e.account_id = p_account and e.tenant_id = v_tenant and e.valuation_id is not null
    for no key update;
    if not found then
        raise exception using errcode = 'PU404',
            message = format('no account %L with a reading', p_account);
    end if;
    select * into v_discarded
    from payouts.valuation r
    where r.tenant_id = v_tenant and r.id = v_estimate.valuation_id;
    insert into payouts.discarded_valuation (tenant_id, valuation_id)
    values (v_tenant, v_discarded.id);
    select * into v_before
    from payouts.valuation r
    where r.tenant_id = v_tenant and r.account_id = p_account and not exists (
        select from payouts.discarded_valuation d
        where d.tenant_id = v_tenant and d.valuation_id = r.id)
    order by r.created_at desc, r.id desc
    limit 1;
    select coalesce(max(r.total_cents), 0) into v_highest
    from payouts.valuation r
    where r.tenant_id = v_tenant and r.account_id = p_account and not exists (
        select from payouts.discarded_valuation d
        where d.tenant_id = v_tenant and d.valuation_id = r.id);

    update payouts.estimate e
    set valuation_id = v_before.id, total_cents = coalesce(v_before.total_cents, 0),
        highest_cents = greatest(e.committed_cents, least(e.highest_cents, v_highest)),
        observed_at = v_before.created_at, bucket = null, problem = null, updated_at = now()
    where e.account_id = p_account and e.tenant_id = v_tenant
    returning * into v_estimate;
    if v_estimate.committed_cents > v_highest then
        perform core.exception_open('payouts_beyond_reading', 'prop_account', p_account,
            jsonb_build_object('account_id', p_account, 'taken_cents', v_estimate.committed_cents,
                'believed_cents', v_highest, 'valuation_id', v_discarded.id));
    end if;
    return v_discarded;
end
$$;
grant execute on function payouts.valuation_discard(text) to purser_background;
