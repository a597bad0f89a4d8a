-- Gives a tenant its Stripe account.  Its events then come in at /v2/webhooks/stripe/NAME, and its
-- keys and tokens are the files of that name in stripe_accounts_dir, which the programs find by
-- themselves.  The mode is that of the first key.
--
-- Parameters: p_tenant slug or id; p_name lower-case letters, digits, - and _
-- Returns: the name; null after a dry run
-- Raises: PU404; PU412 the tenant has one, or the name is taken; PU422
-- Tables written: core.stripe_account, stripe_events.bookmark, admin.audit
create or replace function admin.create_stripe_account(
    p_tenant text, p_name text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_has text := core.stripe_account_of(v_tenant);
begin
    perform admin.need(p_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$', 'p_name',
        'lower-case letters, digits, - and _, at most 63, the first a letter or digit');
    if v_has is not null then
        raise exception using errcode = 'PU412',
            message = format('%s has the Stripe account %s', p_tenant, v_has);
    elsif exists (select from core.stripe_account s where s.name = p_name) then
        raise exception using errcode = 'PU412',
            message = format('another tenant has the Stripe account %s', p_name);
    end if;
    perform admin.record('create_stripe_account', v_tenant, jsonb_build_object('name', p_name),
        p_reason, false);
    insert into core.stripe_account (tenant_id, name) values (v_tenant, p_name);
    insert into stripe_events.bookmark (stripe_account, list)
    values (p_name, 'events'), (p_name, 'balance_transactions')
    on conflict do nothing;
    perform admin.finish('create_stripe_account ' || p_name, p_dry_run);
    return p_name;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.create_stripe_account is
    'gives a tenant its Stripe account; its events come in at /v2/webhooks/stripe/NAME';
