-- Lets a Connect account that counts as gone be read from Stripe again, by the next list of its
-- user's accounts or the next event: as after a time with the key of another Stripe account, for
-- which all payees are gone.
--
-- Parameters: p_tenant slug or id; p_account con_…
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such account of the tenant that is gone
-- Locks: Connect account
-- Tables written: connect.account, admin.audit
create or replace function admin.restore_payee(
    p_tenant text, p_account text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_why text;
begin
    perform auth.assume(admin.tenant_id(p_tenant), '');
    v_why := connect.account_restore(p_account);
    perform admin.record('restore_payee', p_account, jsonb_build_object('gone', v_why), p_reason,
        false);
    return admin.finish(format('Connect account %s, gone by %s, is read again', p_account, v_why),
        p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.restore_payee is
    'lets a Connect account that counts as gone be read from Stripe again';
