-- A program reports for which Stripe accounts it has a key, for admin.stripe_accounts and
-- admin.health.  The first posting of an account fixes its mode; until then it is the key's.
--
-- Parameters: p_keys as in core.stripe_account_need; p_all the accounts that are not among them
--   have no key: purser-jobs says so
-- Locks: the accounts whose report is new, or older than a minute
-- Tables written: core.stripe_account
create or replace function core.stripe_keys_report(p_keys text[], p_all boolean)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_key record;
begin
    for v_key in
        select s.name, k.mode
        from core.stripe_account s
        left join (
            select split_part(u, ':', 1) as name, split_part(u, ':', 2) as mode
            from unnest(p_keys) as u) as k on k.name = s.name
        where (p_all or k.mode is not null) and s.key_mode is distinct from k.mode
            or k.mode is not null and (s.key_at < now() - interval '1 min') is not false
        order by s.name
    loop
        update core.stripe_account s
        set key_mode = v_key.mode, key_at = now(),
            mode = case
                when v_key.mode is null or exists (
                    select from ledger.account a
                    where a.tenant_id = s.tenant_id and a.owner = s.name and a.code like 'stripe:%')
                then s.mode else v_key.mode end
        where s.name = v_key.name;
    end loop;
end
$$;
