-- A transfer made this payout paid, whatever it was before: that is stored, booked and told.
--
-- Parameters: p_payout with its estimate, both locked by the caller; p_destination of the transfer;
--   p_at when it was made
-- Tables written: payouts.payout, payouts.estimate, ledger.*, webhooks.outbox
create or replace function payouts.payout_paid(
    p_payout payouts.payout, p_transfer text, p_destination text, p_at timestamptz
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_again int := (p_payout.status in ('failed', 'canceled'))::int;
begin
    if p_payout.destination is distinct from p_destination then
        update payouts.payout p
        set connect_account_id = a.id, destination = p_destination, bank_name = a.bank_name,
            last4 = a.last4
        from connect.account a
        where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id
            and a.tenant_id = p.tenant_id and a.stripe_account_id = p_destination;
    end if;
    if p_payout.status = 'pending' then
        update payouts.payout p
        set status = 'processing', sent_at = now()
        where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
    elsif v_again = 1 then
        perform payouts.post_owed(p_payout.id, p_payout.owed_count + 1, p_payout.amount_cents);
    end if;
    update payouts.payout p
    set status = 'paid', stripe_transfer_id = p_transfer, completed_at = now(),
        attempt = p.attempt + v_again, owed_count = p.owed_count + v_again, failure_code = null,
        failure_reason = null, submit_requested_at = null, lease_holder = null,
        lease_until = null, hold_code = null, last_error = null, updated_at = now()
    where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
    perform ledger.post('trader_payout_paid', p_payout.id,
        array[ledger.leg('payables:traders', 'usd', p_payout.amount_cents),
            case when payouts.transfer_in_suspense(p_transfer)
                then ledger.leg('suspense:payouts', 'usd', -p_payout.amount_cents)
                else ledger.stripe_leg('stripe:clearing', 'usd', -p_payout.amount_cents) end],
        p_at, p_transfer);
    perform webhooks.outbox_add('prop', 'payout.completed', p_payout.id, p_payout.id,
        payouts.payout_data(p_payout.id));
end
$$;
