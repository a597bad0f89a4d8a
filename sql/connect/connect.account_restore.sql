-- A Connect account that counts as gone is not, by an operator's word: it is read from Stripe
-- again, and nothing is paid to it before that.
--
-- Returns: why it was gone
-- Raises: PU404 no such account of this transaction's tenant that is gone
-- Locks: the account
-- Tables written: connect.account
create or replace function connect.account_restore(p_id text) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_reason text;
begin
    select a.gone_reason into v_reason
    from connect.account a
    where a.id = p_id and a.tenant_id = current_setting('purser.tenant', true)
        and a.gone_at is not null
    for no key update;
    if not found then
        raise exception using errcode = 'PU404',
            message = format('no Connect account %L that is gone', p_id);
    end if;
    perform set_config('purser.operator', 'on', true);
    update connect.account a
    set gone_at = null, gone_reason = null, status = 'restricted', checked_at = null,
        updated_at = now()
    where a.id = p_id and a.tenant_id = current_setting('purser.tenant', true);
    perform set_config('purser.operator', 'off', true);
    return v_reason;
end
$$;
grant execute on function connect.account_restore(text) to purser_background;
