-- One call of every function of admin that changes something, each in a state where it is allowed:
-- table call.  After world.sql and payouts.sql.  The operator t_operator is made as README says.
\set operator t_operator
\ir ../../../sql/operator.sql
set client_min_messages = warning;

insert into core.tenant (id, slug, name) values ('ten_c', 'gamma', 'C'), ('ten_d', 'delta', 'D');
insert into core.stripe_account (tenant_id, name) values ('ten_d', 'spare');
insert into auth."user" (id, tenant_id, email) values ('usr_dora', 'ten_c', 'dora@gamma.test');

-- a pending payout and a failed one
create temp table payee as select t.payee('usr_alice', 'acct_1') as id;
create function t.paid_prop() returns text language sql as $$ select t.prop('usr_alice') $$;
create function t.failed_payout() returns text language plpgsql as $$
declare
    v_id text := t.request(t.prop('usr_alice'), 100);
begin
    perform t.submit(v_id), payouts.payout_refuse(v_id, 1, 'x', 'x');
    return v_id;
end $$;
create function t.reversed_payout() returns text language plpgsql as $$
declare
    v_id text := t.request(t.prop('usr_alice'), 100);
begin
    perform t.submit(v_id), payouts.transfer_event(null,
        t.transfer('tr_back', v_id, 100) || '{"amount_reversed": 100}',
        jsonb_build_array(t.reversal('trr_back', 100)));
    return v_id;
end $$;
create function t.gone_payee() returns text language plpgsql as $$
declare
    v_id text := t.payee('usr_carol', 'acct_gone');
begin
    perform connect.account_gone(v_id, 'account_invalid', clock_timestamp());
    return v_id;
end $$;

create function t.endpoint() returns text language sql as $$
    select id from webhooks.endpoint_create('prop', 'https://acme.test/hook', '["*"]', null)
$$;
create function t.delivery() returns text language plpgsql as $$
begin
    perform t.act('usr_alice'), t.endpoint(),
        webhooks.outbox_add('prop', 'payment.failed', 'pay_hook', 'hook', '{}');
    perform webhooks.outbox_fan_out(1000);
    return (select id from webhooks.delivery where object_id = 'pay_hook' limit 1);
end $$;

create temp table paid_account as select t.account_of(t.paid('pi_1')) as id;
create table t.call (name text primary key, arguments jsonb not null);
insert into t.call values
    ('create_tenant', '{"p_slug": "newco", "p_name": "New", "p_entity_hotkey": null}'),
    ('create_stripe_account', '{"p_tenant": "gamma", "p_name": "gamma"}'),
    ('assign_stripe_account', '{"p_tenant": "beta", "p_name": "spare"}'),
    ('replace_stripe_account', '{"p_name": "spare", "p_stripe_id": "acct_9"}'),
    ('create_app', '{"p_tenant": "acme", "p_slug": "app2"}'),
    ('revoke_app', '{"p_app": "hsc_a"}'),
    ('mint_app_token', '{"p_app": "hsc_b", "p_scopes": "{api,payouts:write}", "p_days": 30}'),
    ('create_user', '{"p_tenant": "acme", "p_email": "new@acme.test"}'),
    ('mint_session', '{"p_user": "usr_alice", "p_days": 30}'),
    ('erase_user', '{"p_tenant": "gamma", "p_user": "usr_dora"}'),
    ('mint_journal_key', '{"p_user": "usr_alice"}'),
    ('revoke_journal_keys', '{"p_user": "usr_alice"}'),
    ('revoke_sessions', '{"p_user": "usr_carol"}'),
    ('new_installation', '{}'),
    ('set_tier', '{"p_tenant": "acme", "p_id": "tier_new", "p_market": "crypto",
        "p_asset_class": "crypto", "p_account_size": 100, "p_price_cents": 5, "p_currency": "usd",
        "p_active": true}'),
    ('retry', '{"p_object_id": "evt_1"}'),
    ('replay_event', '{"p_id": "evt_2"}'),
    ('resend', jsonb_build_object('p_tenant', 'acme', 'p_delivery', t.delivery())),
    ('recover', jsonb_build_object('p_tenant', 'acme', 'p_endpoint', t.endpoint(),
        'p_since', '2020-01-01T00:00:00Z', 'p_until', null)),
    ('suspend_account', jsonb_build_object('p_account', (select id from paid_account))),
    ('restore_account', jsonb_build_object('p_account', (select id from paid_account))),
    ('restore_payee', jsonb_build_object('p_tenant', 'acme', 'p_account', t.gone_payee())),
    ('set_connect_urls', '{"p_tenant": "acme", "p_app_url": "https://app.acme.test",
        "p_return_url": null, "p_refresh_url": null}'),
    ('set_payout_policy', '{"p_tenant": "acme", "p_auto_submit": true, "p_minimum_cents": 50}'),
    ('set_payout_limits', '{"p_tenant": "acme", "p_maximum_cents": null,
        "p_day_maximum_cents": null, "p_second_person_cents": null,
        "p_payee_change_hold_hours": 0, "p_reading_max_age_s": 900}'),
    ('release_payout', jsonb_build_object('p_payout', t.request(t.paid_prop(), 100))),
    ('retry_payout', jsonb_build_object('p_payout', t.failed_payout())),
    ('resolve_exception', jsonb_build_object('p_tenant', 'acme', 'p_resolution', 'refunded', 'p_id',
        core.exception_open('transfer_conflict', 'transfer', 'tr_1', '{"amount": 1}'))),
    ('cancel_payout', jsonb_build_object('p_tenant', 'acme', 'p_payout',
        t.request(t.paid_prop(), 100))),
    ('cancel_checkouts', '{"p_tenant": "acme"}'),
    ('reowe_payout', jsonb_build_object('p_tenant', 'acme', 'p_payout', t.reversed_payout())),
    ('refund', jsonb_build_object('p_tenant', 'acme', 'p_payment', t.paid('pi_2'),
        'p_amount_cents', 100)),
    ('accept_mismatch', jsonb_build_object('p_tenant', 'acme', 'p_payment', t.mismatched('pi_3'))),
    ('set_account_status', jsonb_build_object('p_tenant', 'acme', 'p_status', 'funded',
        'p_account', t.prop('usr_alice', 'eliminated'))),
    ('discard_reading', jsonb_build_object('p_tenant', 'acme', 'p_account',
        (t.read(t.prop('usr_alice'), 100)).account_id)),
    ('adopt', jsonb_build_object('p_tenant', 'acme', 'p_stripe_id', 'pi_5', 'p_object',
        t.second_intent('pi_4', 'pi_5'))),
    ('post_adjustment', '{"p_tenant": "acme",
        "p_legs": {"code": "suspense:payments", "asset": "usd", "amount": 1}}');
select t.event('evt_1'), t.event('evt_2');
select stripe_events.event_finish('default', 'evt_1', 'failed', 'x'),
    stripe_events.event_finish('default', 'evt_2', 'applied', null);

-- The names and types of what a function of admin takes.
create view t.parameter as
select p.proname as function, a.name, format_type(p.proargtypes[a.number - 1], null) as type,
    a.number
from pg_proc p
cross join unnest(p.proargnames) with ordinality as a (name, number)
where p.pronamespace = 'admin'::regnamespace and a.number <= p.pronargs;

-- A call as an operator writes it.
create function t.statement(p_name text, p_arguments jsonb) returns text
    language sql as $$
    select format('select x::text from admin.%I(%s) as x', p_name,
        string_agg(format('%I => %L::%s', name, p_arguments ->> name, type), ', ' order by number))
    from t.parameter
    where function = p_name and p_arguments ? name
$$;

-- Runs a statement as the operator; its answer, or SQLSTATE and message.
create function t.as_operator(p_sql text, out answer text, out refused text)
    language plpgsql as $$
begin
    perform set_config('session_authorization', 't_operator', true);
    execute p_sql into answer;
    perform set_config('session_authorization', 'postgres', true);
exception
    when others then
        refused := sqlstate || ': ' || sqlerrm;
end
$$;

-- Every row that a call may change.
create function t.all_rows() returns text language plpgsql as $$
declare
    v_table regclass;
    v_hash text;
    v_all text := '';
begin
    for v_table in
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspowner = 'purser_owner'::regrole and c.relkind = 'r'
        order by c.oid
    loop
        execute format('select md5(string_agg(x::text, '''' order by x::text)) from %s x', v_table)
            into v_hash;
        v_all := v_all || coalesce(v_hash, '-');
    end loop;
    return md5(v_all);
end
$$;

-- What a dry run says beside what the real call does in the same state: null = they agree.  The
-- real call is rolled back.
create function t.disagreement(p_name text, p_arguments jsonb) returns text language plpgsql as $$
declare
    v_real record;
    v_dry record;
begin
    begin
        select * into v_real
        from t.as_operator(t.statement(p_name, p_arguments || '{"p_dry_run": false}'));
        set constraints all immediate;
        raise exception using errcode = 'PU498';
    exception
        when sqlstate 'PU498' then null;
        when others then v_real.refused := sqlstate || ': ' || sqlerrm;
    end;
    select * into v_dry
    from t.as_operator(t.statement(p_name, p_arguments));
    return case
        when v_real.refused is distinct from v_dry.refused
            then format('real: %s, dry: %s', coalesce(v_real.refused, v_real.answer),
                coalesce(v_dry.refused, v_dry.answer))
        when v_real.refused is not null and v_real.refused !~ '^PU4'
            then format('not in words: %s', v_real.refused)
        when v_real.refused ~ '^PU422' and v_real.refused !~ ('^PU422: (' || (
                select string_agg(a.name, '|') from t.parameter a where a.function = p_name)
                || '): ')
            then format('does not name the argument: %s', v_real.refused)
        when v_real.refused is null and coalesce(v_dry.answer, 'dry run') not like 'dry run%'
            then format('the dry run answers %s', v_dry.answer) end;
end
$$;
