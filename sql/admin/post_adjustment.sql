-- Posts a transfer that an operator decided on.  What Stripe holds (stripe:balance) is moved by
-- Stripe's balance transactions only.
--
-- Parameters: p_tenant slug or id; p_legs [{"code", "asset", "amount"}, ...], debit positive, in
--   the asset's smallest unit, each asset sums to zero; or one leg, {"code", "asset", "amount"},
--   whose other side is adjustments:operator
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such tenant; PU422 legs that are none; PU440 as ledger.post
-- Tables written: ledger.*, admin.audit
create or replace function admin.post_adjustment(
    p_tenant text, p_legs jsonb, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_legs ledger.leg[];
    v_audit text;
begin
    perform auth.assume(v_tenant, '');
    v_legs := admin.adjustment_legs(p_legs);
    perform admin.record('post_adjustment', v_tenant, jsonb_build_object('legs', p_legs), p_reason,
        false);
    v_audit := (select max(a.id)::text from admin.audit a);
    perform admin.need(ledger.post('operator_adjustment', v_audit, v_legs, clock_timestamp()),
        'p_legs', 'nothing to post');
    return admin.finish(format('operator_adjustment %s: ', v_audit) || (
        select string_agg(l.code || ' ' || admin.money(l.amount, l.asset), ', ')
        from unnest(v_legs) as l), p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.post_adjustment is
    'posts legs [{"code", "asset", "amount"}, ...], or one against adjustments:operator';
