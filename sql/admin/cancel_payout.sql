-- Takes a payout back of which nothing was sent, as its user's cancel would; what it took is owed
-- again.  This
-- function does not call Stripe.
--
-- Parameters: p_tenant slug or id
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout of the tenant, or its transfer may have been asked for; as
--   payouts.payout_cancel
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*, admin.audit
create or replace function admin.cancel_payout(
    p_tenant text, p_payout text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := admin.payout_lock(p_tenant, p_payout);
begin
    if not payouts.is_unsent(v_payout) then
        raise exception using errcode = 'PU404',
            message = format('no payout %L of which nothing was sent', p_payout);
    end if;
    perform admin.record('cancel_payout', p_payout,
        jsonb_build_object('amount_cents', v_payout.amount_cents, 'currency', v_payout.currency),
        p_reason, false);
    perform payouts.payout_cancel(p_payout, true);
    perform admin.finish(format('cancel_payout %s %s', p_payout, v_payout.amount_cents),
        p_dry_run);
    return p_payout;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.cancel_payout is 'takes a pending payout back; its amount is owed again';
