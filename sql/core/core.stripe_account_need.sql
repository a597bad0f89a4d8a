-- Refuses what cannot be asked of Stripe: the transaction's tenant has no Stripe account, or the
-- calling program no confirmed key of its mode for it.
--
-- Parameters: p_keys the accounts that have a confirmed key in the program, each with its mode and
--   its id at Stripe: {default:live:acct_1}; null = the caller does not ask
-- Raises: PU438
-- Locks: an advisory lock, shared: no Stripe account is replaced until the transaction ends
create or replace function core.stripe_account_need(p_keys text[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock_shared('core.stripe_account'::regclass::oid::bigint);
    if p_keys is not null and not exists (
        select from core.stripe_account s
        where s.tenant_id = current_setting('purser.tenant', true)
            and concat_ws(':', s.name, s.mode, s.stripe_id) = any (p_keys))
    then
        raise exception using errcode = 'PU438', message = 'Stripe is not configured';
    end if;
end
$$;
grant execute on function core.stripe_account_need(text[]) to purser_owner;
