-- Moves the principal's account to the validator's bucket.  active, evaluation
-- and funded move freely, eliminated is final, an account without a subaccount
-- stays as it is.  While suspended the status that it will return to moves.
--
-- Parameters: p_bucket evaluation, funded, eliminated; anything else or null changes nothing
-- Returns: the account as payments.prop_account_v shows it
-- Raises: PU404
-- Locks: prop account
-- Tables written: payments.prop_account
create or replace function payments.lifecycle_sync(p_account text, p_bucket text)
    returns payments.prop_account_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_answer payments.prop_account_v;
begin
    if p_bucket in ('evaluation', 'funded', 'eliminated') then
        update payments.prop_account a
        set status = case a.status when 'suspended' then a.status else p_bucket end,
            status_before = case a.status when 'suspended' then p_bucket end,
            updated_at = now()
        where a.id = p_account and a.tenant_id = current_setting('purser.tenant', true)
            and a.user_id = current_setting('purser.principal', true)
            and case a.status when 'suspended' then a.status_before else a.status end
                in ('active', 'evaluation', 'funded')
            and case a.status when 'suspended' then a.status_before else a.status end <> p_bucket;
    end if;
    select * into v_answer from payments.prop_account_v v where v.id = p_account;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_answer;
end
$$;
grant execute on function payments.lifecycle_sync(text, text) to purser_payments;
