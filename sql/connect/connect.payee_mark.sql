-- Trigger function of connect.account: when it could first be paid, and when its bank account was
-- another one since then.  What payouts hold a changed payee by (payouts.payee_hold).
create or replace function connect.payee_mark() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new.payable_since is null and connect.account_is_payable(new) then
        new.payable_since := clock_timestamp();
    elsif old.payable_since is not null
        and ((old.bank_name, old.last4) is distinct from (new.bank_name, new.last4)
            or old.bank_id <> new.bank_id or old.bank_id is not null and new.bank_id is null)
    then
        new.bank_changed_at := clock_timestamp();
    end if;
    return new;
end
$$;
