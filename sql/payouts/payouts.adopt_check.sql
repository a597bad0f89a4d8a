-- Refuses a transfer that cannot be what paid a payout, or not yet: our own transfer may appear
-- until Stripe has forgotten our key.
--
-- Parameters: p_payout with its estimate, both locked by the caller; the transfer's id, amount,
--   currency and destination
-- Raises: PU421, PU422, PU433, PU434, PU435 as payouts.transfer_adopt
create or replace function payouts.adopt_check(
    p_payout payouts.payout, p_transfer_id text, p_amount numeric, p_currency text,
    p_destination text
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_payout.status in ('paid', 'reversed') then
        raise exception using errcode = 'PU435', message = format('payout %s is paid by %s: '
            'reverse %s at Stripe, which closes its exception, or adopt it for another payout',
            p_payout.id, p_payout.stripe_transfer_id, p_transfer_id);
    elsif p_payout.status = 'processing'
        -- else Stripe gets no request of this attempt any more
        and (p_payout.sent_at < clock_timestamp() - interval '24 h') is not true
    then
        raise exception using errcode = 'PU434', message = format(
            'a transfer of payout %s is under way: its outcome comes first', p_payout.id);
    elsif (p_amount, p_currency) is distinct from (p_payout.amount_cents, p_payout.currency::text)
    then
        raise exception using errcode = 'PU421', column = 'p_object', message = format(
            'the transfer is of %s %s, the payout of %s %s', p_amount, p_currency,
            p_payout.amount_cents, p_payout.currency);
    elsif not exists (
        select from connect.account a
        where a.tenant_id = p_payout.tenant_id and a.user_id = p_payout.user_id
            and a.stripe_account_id = p_destination)
    then
        raise exception using errcode = 'PU422', column = 'p_object', message = format(
            'the transfer went to %s, which is no account of the payout''s user', p_destination);
    elsif p_payout.status in ('failed', 'canceled') and exists (
        select from payouts.estimate e
        where e.account_id = p_payout.account_id and e.tenant_id = p_payout.tenant_id
            and e.committed_cents + p_payout.amount_cents > payouts.earned(e))
    then
        raise exception using errcode = 'PU433', message = format(
            'other payouts have taken the amount of payout %s since: reverse %s at Stripe, or '
            'adopt it for one of those', p_payout.id, p_transfer_id);
    end if;
end
$$;
