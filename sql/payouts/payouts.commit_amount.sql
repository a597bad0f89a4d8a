-- Trigger function of payouts.payout: keeps the account's committed_cents, the sum of its payouts
-- that are neither failed nor canceled, nor reversed and owed again.
--
-- highest_cents is the most that payouts ever took of what was earned.  Only what they take raises
-- it, up to the validator's total; a reading alone does not.  The check of payouts.estimate
-- (committed_cents <= highest_cents) refuses whatever would be more than was ever earned.
--
-- Raises: 23514
-- Locks: the account's estimate
-- Tables written: payouts.estimate
create or replace function payouts.commit_amount() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_change bigint := case when new.status in ('failed', 'canceled')
        or new.reowed_at is not null then 0 else new.amount_cents end;
begin
    if TG_OP = 'UPDATE' then
        v_change := v_change - case when old.status in ('failed', 'canceled')
            or old.reowed_at is not null then 0 else old.amount_cents end;
    end if;
    if v_change <> 0 then
        update payouts.estimate e
        set committed_cents = e.committed_cents + v_change, updated_at = now(),
            highest_cents = greatest(e.highest_cents,
                least(e.committed_cents + v_change, e.total_cents))
        where e.account_id = new.account_id and e.tenant_id = new.tenant_id;
        if not found then
            raise exception using errcode = 'PU900', message = 'a payout without an estimate',
                detail = new.id;
        end if;
    end if;
    return null;
end
$$;
