-- Lets the amount of a reversed payout be owed again, once: its trader can request it in a new
-- payout.  Closes the exception that the reversal opened.  This function does not call Stripe.
--
-- Parameters: p_tenant slug or id
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout of the tenant, or none that is reversed; PU435 owed again already
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, core.exception, ledger.*, admin.audit
create or replace function admin.reowe_payout(
    p_tenant text, p_payout text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := admin.payout_lock(p_tenant, p_payout);
begin
    if v_payout.status <> 'reversed' then
        raise exception using errcode = 'PU404',
            message = format('no reversed payout %L', p_payout);
    elsif v_payout.reowed_at is not null then
        raise exception using errcode = 'PU435', message = 'the amount is owed again already';
    end if;
    perform admin.record('reowe_payout', p_payout,
        jsonb_build_object('amount_cents', v_payout.amount_cents, 'currency', v_payout.currency),
        p_reason, false);
    perform payouts.payout_reowe(v_payout);
    perform core.exception_resolve('payout_reversed', p_payout, 'reowe_payout: ' || p_reason,
        session_user);
    perform admin.finish(format('reowe_payout %s %s', p_payout, v_payout.amount_cents),
        p_dry_run);
    return p_payout;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.reowe_payout is
    'lets the amount of a payout that came back whole be owed to its trader again';
