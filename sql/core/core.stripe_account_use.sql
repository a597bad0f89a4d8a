-- A program has a key of this mode for the Stripe account.  The first posting of the account fixes
-- its mode, for ever: test money and money never stand in the same books.
--
-- Parameters: p_mode 'live', 'test', or null: nothing is known
-- Raises: PU900 the books of this account are of the other mode
-- Tables written: core.stripe_account
create or replace function core.stripe_account_use(p_name text, p_mode text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from core.stripe_account s where s.name = p_name and s.mode <> p_mode)
    then
        return;
    elsif exists (
        select from ledger.account a where a.owner = p_name and a.code like 'stripe:%')
    then
        raise exception using errcode = 'PU900',
            message = format('the key for the Stripe account %s is a %s key, its books are not',
                p_name, p_mode),
            hint = 'use the key of the other mode, or another database';
    end if;
    update core.stripe_account s set mode = p_mode where s.name = p_name;
end
$$;
