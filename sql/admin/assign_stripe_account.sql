-- Makes a Stripe account another tenant's, for an owner that was named wrongly.  From then on its
-- events and balance transactions are that tenant's only, and the tenant that had it has none.
-- What is under way for either of the two must end first, since it would be looked up at another
-- Stripe account.  What is posted stays in the books where it stands.
--
-- Parameters: p_tenant slug or id
-- Returns: the name; null after a dry run
-- Raises: PU404; PU412 the tenant has another one, or a call of Stripe is under way
-- Tables written: core.stripe_account, admin.audit
create or replace function admin.assign_stripe_account(
    p_tenant text, p_name text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_has text := core.stripe_account_of(v_tenant);
    v_owner text;
    v_under_way text;
begin
    select s.tenant_id into v_owner
    from core.stripe_account s where s.name = p_name for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no Stripe account %L', p_name);
    elsif v_has <> p_name then
        raise exception using errcode = 'PU412',
            message = format('%s has the Stripe account %s', p_tenant, v_has);
    end if;
    v_under_way := admin.under_way(array[v_owner, v_tenant]);
    if v_under_way is not null then
        raise exception using errcode = 'PU412',
            message = format('calls of Stripe or checkouts are under way: %s; '
                'admin.cancel_checkouts cancels these', v_under_way);
    end if;
    perform admin.record('assign_stripe_account', v_tenant,
        jsonb_build_object('name', p_name, 'owner_before', v_owner), p_reason, false);
    update core.stripe_account s set tenant_id = v_tenant where s.name = p_name;
    perform admin.finish('assign_stripe_account ' || p_name || ' to ' || p_tenant, p_dry_run);
    return p_name;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.assign_stripe_account is
    'makes a Stripe account another tenant''s, when its owner was named wrongly';
