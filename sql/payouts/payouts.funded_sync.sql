-- Moves the principal's account to the validator's bucket, as payments.lifecycle_sync.
--
-- Returns: whether it is funded, or suspended as a funded one
-- Raises: PU404
-- Locks: prop account
-- Tables written: payments.prop_account
create or replace function payouts.funded_sync(p_account text, p_bucket text) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform payments.lifecycle_sync(p_account, p_bucket);
    return (
        select coalesce(a.status_before, a.status) = 'funded'
        from payments.prop_account a
        where a.tenant_id = current_setting('purser.tenant', true) and a.id = p_account);
end
$$;
