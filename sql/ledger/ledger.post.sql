-- Double-entry bookkeeping: posts one transfer of any number of legs, in one or several assets.
-- Legs of one account are added up and those of zero left out; each asset sums to zero.  A source
-- is posted once for each kind; a repeat must have the same legs.
--
-- posted_at is taken when ledger.transfer is locked by the insert, on which ledger.wait_until_final
-- leans.
-- No account is locked unless it has a floor: those are locked in the order of their numbers.
--
-- Parameters: p_effective_at when it happened; p_object_id what open items are matched by;
--   p_external_id Stripe's balance transaction
-- Returns: false when the same was posted before or all legs are zero
-- Raises: PU900 posted before with other legs, an asset or a code that is not in the chart; PU440
--   the balance of an account would fall below its floor
-- Locks: the ledger accounts that have a floor
-- Tables written: ledger.account, ledger.transfer, ledger.entry
create or replace function ledger.post(
    p_kind text, p_source text, p_legs ledger.leg[], p_effective_at timestamptz,
    p_object_id text default null, p_external_id text default null
) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_legs record := ledger.legs(v_tenant, core.stripe_account_mode(core.stripe_account_name()),
        p_legs);
    v_transfer text := core.new_id('ltr');
begin
    if v_legs.ids is null then
        return false;
    end if;
    with posted as (
        insert into ledger.transfer (id, tenant_id, kind, source, posted_at, effective_at,
            object_id, external_id)
        values (v_transfer, v_tenant, p_kind, p_source, clock_timestamp(),
            coalesce(p_effective_at, clock_timestamp()), p_object_id, p_external_id)
        on conflict (tenant_id, kind, source) do nothing
        returning id
    )
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount)
    select v_tenant, p.id, l.id, l.amount
    from posted p, unnest(v_legs.ids, v_legs.amounts) as l(id, amount);
    if not found then
        perform ledger.same_legs(v_tenant, p_kind, p_source, v_legs.ids, v_legs.amounts);
        return false;
    end if;
    if v_legs.floors then
        perform ledger.move_floors(v_tenant, v_legs.ids, v_legs.amounts);
    end if;
    return true;
end
$$;
grant execute on function ledger.post(
    text, text, ledger.leg[], timestamptz, text, text
) to purser_background;
