-- Which of the principal's accounts an estimate is about, and by what names the
-- validator and Stripe know it and its payee.  asked_ms is the time for the answer that is about to
-- be asked for: answers are ordered by the database's clock, not by those of the
-- programs, since one that is ahead would make all later answers look old.
--
-- Parameters: p_account null = the newest
-- Returns: 0-1 rows (0 = the principal has no account): account_id, subaccount_uuid,
--   synthetic_hotkey (null before provisioning), stripe_account by which the key and the
--   validator's token are found, stripe_destination the payee that a request would go to (null =
--   none can be paid), asked_ms Unix time now
-- Raises: PU404 not the principal's
create or replace function payouts.estimate_target(p_account text)
    returns table (account_id text, subaccount_uuid text, synthetic_hotkey text,
        stripe_account text, stripe_destination text, asked_ms bigint)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select v.id::text, v.subaccount_uuid::text, v.synthetic_hotkey, v.stripe_account,
        (payouts.payee()).stripe_account_id::text,
        floor(extract(epoch from clock_timestamp()) * 1000)::bigint
    from payments.prop_account_v v
    where p_account is null or v.id = p_account
    order by v.id desc
    limit 1;
    if not found and p_account is not null then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
end
$$;
grant execute on function payouts.estimate_target(text) to purser_payouts;
