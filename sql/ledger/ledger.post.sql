-- Double-entry bookkeeping: posts one transfer of any number of legs, in one or several assets.
-- Legs of one account are added up and those of zero left out; each asset sums to zero.  A source
-- is posted once for each kind; a repeat must have the same legs.
--
-- posted_at is taken when ledger.transfer is locked by the insert, on which ledger.wait_until_final
-- leans.
-- No account is locked unless it has a floor: those are locked in the order of their numbers.
-- Its statements are few and plain: one that joined, summed and inserted at once cost more.
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
    v_stripe record := core.stripe_account_of_tenant();
    v_leg ledger.leg;
    v_account ledger.account;
    v_place int;
    v_ids bigint[] := array[]::bigint[];
    v_amounts numeric[] := array[]::numeric[];
    v_floors boolean := false;
    v_transfer text := core.new_id('ltr');
begin
    foreach v_leg in array p_legs loop
        continue when v_leg.amount = 0;
        select * into v_account
        from ledger.account a
        where a.tenant_id = v_tenant and a.mode = v_stripe.mode and a.code = v_leg.code
            and a.owner = coalesce(v_leg.owner, v_stripe.name) and a.asset = v_leg.asset;
        if not found then
            v_account := ledger.account_open(v_tenant, v_stripe.mode, v_leg.code,
                coalesce(v_leg.owner, v_stripe.name), v_leg.asset);
        end if;
        v_floors := v_floors or v_account.floor is not null;
        v_place := array_position(v_ids, v_account.id);
        if v_place is null then
            v_ids := v_ids || v_account.id;
            v_amounts := v_amounts || v_leg.amount;
        else
            v_amounts[v_place] := v_amounts[v_place] + v_leg.amount;
        end if;
    end loop;
    if 0 = all (v_amounts) then
        return false;
    end if;
    insert into ledger.transfer (id, tenant_id, kind, source, posted_at, effective_at, object_id,
        external_id)
    values (v_transfer, v_tenant, p_kind, p_source, clock_timestamp(),
        coalesce(p_effective_at, clock_timestamp()), p_object_id, p_external_id)
    on conflict (tenant_id, kind, source) do nothing;
    if not found then
        perform ledger.same_legs(v_tenant, p_kind, p_source, v_ids, v_amounts);
        return false;
    end if;
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount)
    select v_tenant, v_transfer, l.id, l.amount
    from unnest(v_ids, v_amounts) as l(id, amount)
    where l.amount is distinct from 0;
    if v_floors then
        perform ledger.move_floors(v_tenant, v_ids, v_amounts);
    end if;
    return true;
end
$$;
grant execute on function ledger.post(
    text, text, ledger.leg[], timestamptz, text, text
) to purser_background;
