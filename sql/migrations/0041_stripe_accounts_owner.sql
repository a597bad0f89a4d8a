-- Before the load changes anything: whose the Stripe account `default` is.  Until migration 0041
-- every tenant's objects were made with its key.  From then on it is one tenant's; each other one
-- needs a Stripe account of its own (admin.create_stripe_account), and until it has one its routes
-- that call Stripe answer 503.
--
-- Where one tenant alone has used it, it is that tenant's.  Where several have, the operator says
-- whose it is, by the tenant's slug: psql -v stripe_account_owner=acme -f sql/load.sql
--
-- What is under way for another tenant must end first: it would be looked up at another Stripe
-- account, not be found, and be made a second time.
\if :{?stripe_account_owner}
\else
\set stripe_account_owner ''
\endif
select set_config('purser.stripe_account_owner', :'stripe_account_owner', false) as owner \gset
do $$
declare
    -- what is made at Stripe, and the status in which its call is under way
    c_made constant text[] := array[['payments.payment', 'creating'],
        ['payments.refund_intent', 'open'], ['connect.account', 'creating'],
        ['payouts.payout', 'processing']];
    v_owner text := nullif(current_setting('purser.stripe_account_owner'), '');
    v_made text[];
    v_found text[];
    v_ids text[] := '{}';
    v_under_way text[] := '{}';
begin
    if to_regclass('core.tenant') is null then
        return;
    elsif exists (select from core.migration m where m.name = '0041_stripe_accounts') then
        return;
    end if;
    -- row-level security shows a superuser every tenant, and this role
    if not (select rolsuper from pg_roles where rolname = current_user) then
        set local role purser_background;
    end if;
    foreach v_made slice 1 in array c_made loop
        continue when to_regclass(v_made[1]) is null;
        execute format('select array_agg(t.id::text) from core.tenant t '
            'where exists (select from %s m where m.tenant_id = t.id)', v_made[1]) into v_found;
        v_ids := v_ids || v_found;
    end loop;
    select coalesce(array_agg(distinct i), '{}') into v_ids from unnest(v_ids) as i;
    if v_owner is null and cardinality(v_ids) > 1 then
        raise exception using
            message = format('several tenants share the Stripe account `default`: %s. '
                'Nothing was changed.', (
                    select string_agg(t.slug, ', ' order by t.slug)
                    from core.tenant t where t.id = any (v_ids))),
            hint = 'From this version on it is one tenant''s, and each other one needs its own '
                '(README, "Upgrade"). Name the owner: '
                'psql -v stripe_account_owner=SLUG -f /usr/share/purser/sql/load.sql';
    elsif v_owner is not null and not exists (
        select from core.tenant t where t.slug = v_owner)
    then
        raise exception 'stripe_account_owner: there is no tenant %. Nothing was changed.', v_owner;
    end if;
    select coalesce(max(t.id), v_ids[1], '') into v_owner from core.tenant t where t.slug = v_owner;
    foreach v_made slice 1 in array c_made loop
        continue when to_regclass(v_made[1]) is null;
        execute format('select array_agg(m.id::text) from %s m '
            'where m.status = %L and m.tenant_id <> $1', v_made[1], v_made[2])
        into v_found using v_owner;
        v_under_way := v_under_way || v_found;
    end loop;
    if cardinality(v_under_way) > 0 then
        raise exception using
            message = format('calls of Stripe are under way for tenants other than its owner: %s. '
                'Nothing was changed.', array_to_string(v_under_way[:20], ', ')),
            hint = 'Let the programs that run finish them, then load again.';
    end if;
    perform set_config('purser.stripe_account_owner', v_owner, false);
end
$$;
