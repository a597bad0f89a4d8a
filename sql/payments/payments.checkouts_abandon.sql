-- Gives up the open checkouts of a tenant, or of one of its users: purser-jobs cancels them at
-- Stripe at once (payments.cancellation_claim).
--
-- Parameters: p_user null = of all users
-- Returns: how many
-- Locks: the payments
-- Tables written: payments.payment
create or replace function payments.checkouts_abandon(p_tenant text, p_user text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    update payments.payment p
    set abandoned_at = now(), attempts = 0, next_run_at = now()
    where p.tenant_id = p_tenant and (p_user is null or p.user_id = p_user)
        and p.abandoned_at is null
        and p.status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing');
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
grant execute on function payments.checkouts_abandon(text, text) to purser_background;
