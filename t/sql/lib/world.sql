-- Two tenants with an app, users, sessions and tiers; helpers in schema t.
-- Included by every *.pg inside its transaction; also loaded by the *.t files.
set client_min_messages = warning;
create schema t;

insert into core.tenant (id, slug, name, entity_hotkey)
values ('ten_a', 'acme', 'Acme', '5Acme'), ('ten_b', 'beta', 'Beta', '5Beta');
insert into core.stripe_account (tenant_id, name)
values ('ten_a', 'default');
update stripe_events.bookmark set covered_until = now(), due_at = 'infinity',
    read_in = core.incarnation();
insert into auth.app (id, tenant_id, slug, secret_hash)
values ('hsc_a', 'ten_a', 'web', sha256('hsk_a')), ('hsc_b', 'ten_b', 'web', sha256('hsk_b'));
insert into auth.app_token (hash, app_id, tenant_id, scopes, expires_at)
values (sha256('tok_a'), 'hsc_a', 'ten_a', '{api}', now() + interval '1 day'),
    (sha256('tok_b'), 'hsc_b', 'ten_b', '{api}', now() + interval '1 day'),
    (sha256('tok_reads'), 'hsc_a', 'ten_a', '{reads}', now() + interval '1 day'),
    (sha256('tok_write'), 'hsc_a', 'ten_a', '{payouts:write}', now() + interval '1 day'),
    (sha256('tok_old'), 'hsc_a', 'ten_a', '{api}', now() - interval '1 s'),
    (sha256('tok_gone'), 'hsc_a', 'ten_a', '{api}', now() + interval '1 day');
update auth.app_token set revoked_at = now() where hash = sha256('tok_gone');
insert into auth."user" (id, tenant_id, email)
values ('usr_alice', 'ten_a', 'alice@acme.test'), ('usr_carol', 'ten_a', 'carol@acme.test'),
    ('usr_bob', 'ten_b', 'bob@beta.test');
insert into auth.session (hash, user_id, tenant_id, expires_at)
values (sha256('ses_alice'), 'usr_alice', 'ten_a', now() + interval '1 day'),
    (sha256('ses_carol'), 'usr_carol', 'ten_a', now() + interval '1 day'),
    (sha256('ses_bob'), 'usr_bob', 'ten_b', now() + interval '1 day'),
    (sha256('ses_old'), 'usr_alice', 'ten_a', now() - interval '1 s'),
    (sha256('ses_gone'), 'usr_alice', 'ten_a', now() + interval '1 day');
update auth.session set revoked_at = now() where hash = sha256('ses_gone');
insert into payments.tier (tenant_id, id, market, asset_class, account_size, price_cents, currency,
    active)
values ('ten_a', 'tier_25k', 'crypto', 'crypto', 25000, 19900, 'usd', true),
    ('ten_a', 'tier_old', 'crypto', 'crypto', 25000, 9900, 'usd', false),
    ('ten_a', 'trial', 'crypto', 'crypto', 10000, 0, 'usd', true),
    ('ten_b', 'tier_25k', 'crypto', 'crypto', 25000, 29900, 'eur', true),
    ('ten_b', 'trial', 'crypto', 'crypto', 10000, 0, 'usd', true);

-- Acts for a user, without an idempotency key.
create function t.act(p_user text) returns void language sql as $$
    select auth.assume(u.tenant_id, u.id), set_config('purser.idempotency', '', true)
    from auth."user" u
    where u.id = p_user
$$;

-- The number of a row's lease: what an answer names that is not late.
create function t.lease_no(p_id text) returns int language sql as $$
    select lease_no from payments.payment where id = p_id
    union all select lease_no from payments.prop_account where id = p_id
    union all select lease_no from payments.refund_intent where id = p_id
    union all select lease_no from connect.account where id = p_id
    union all select lease_no from payouts.payout where id = p_id
$$;

-- Runs one statement as a role; the first column of its first row.
create function t.run(p_role text, p_sql text) returns text language plpgsql as $$
declare
    v_answer text;
begin
    perform set_config('role', p_role, true);
    execute p_sql into v_answer;
    perform set_config('role', 'none', true);
    return v_answer;
end
$$;

-- A payment of the tier tier_25k, 'creating'.
create function t.begin(p_user text) returns text language plpgsql as $$
begin
    perform t.act(p_user);
    return (payments.checkout_begin('tier_25k', 'crypto', 'crypto', 25000,
        (select price_cents from payments.tier
            where id = 'tier_25k' and tenant_id = current_setting('purser.tenant')),
        (select currency from payments.tier
            where id = 'tier_25k' and tenant_id = current_setting('purser.tenant')),
        'api', 30000)).payment_id;
end
$$;

-- A payment settled at Stripe as p_intent, waiting for its payer.
create function t.open(p_user text, p_intent text) returns text language plpgsql as $$
declare
    v_id text := t.begin(p_user);
begin
    perform payments.checkout_settle(v_id, p_intent, p_intent || '_secret',
        'requires_payment_method');
    return v_id;
end
$$;

-- The metadata that this installation gives an object at Stripe for a row of acme's.
create function t.metadata(p_object text, p_other jsonb default '{}') returns jsonb
    language sql as $$
    select jsonb_build_object('purser_installation', core.installation_id(), 'purser_api', 'prop',
        'purser_tenant', 'ten_a', 'purser_object', p_object) || p_other
$$;

-- The event's effect for alice's 19900 usd.
create function t.intent(
    p_event text, p_intent text, p_status text, p_created_s bigint default 1000,
    p_payment text default null
) returns text language sql as $$
    select payments.payment_intent_event(p_event, p_intent,
        case when p_payment is not null then t.metadata(p_payment) end, p_status,
        19900, 19900, 'usd', p_created_s, null, null, p_intent || '_secret')
$$;

-- The open exceptions of acme: kind and object.
create function t.exceptions() returns text language sql as $$
    select coalesce(string_agg(kind || ' ' || object_id, ', ' order by opened_at, id), '')
    from core.exception
    where tenant_id = 'ten_a' and resolved_at is null
$$;

-- An operator resolves them all.
create function t.resolve() returns bigint language sql as $$
    select count(admin.resolve_exception('acme', e.id, 'dealt with', 'test', false))
    from core.exception e
    where e.tenant_id = 'ten_a' and e.resolved_at is null
$$;

create function t.paid(p_intent text) returns text language plpgsql as $$
declare
    v_id text := t.open('usr_alice', p_intent);
begin
    perform t.intent(null, p_intent, 'succeeded');
    return v_id;
end
$$;

-- A payment of alice's for which Stripe took another amount or currency.
create function t.mismatched(p_intent text, p_received bigint default 9900,
    p_currency text default 'usd')
    returns text language plpgsql as $$
declare
    v_id text := t.open('usr_alice', p_intent);
begin
    perform payments.payment_intent_event(null, p_intent, null, 'succeeded', 19900, p_received,
        p_currency, 1000, null, null, null);
    return v_id;
end
$$;

-- A payment of alice's that waits for its payer, and a second intent of it that took the money.
create function t.second_intent(p_intent text, p_second text) returns text language plpgsql as $$
declare
    v_id text := t.open('usr_alice', p_intent);
begin
    perform t.intent(null, p_second, 'succeeded', 1000, v_id);
    return v_id;
end
$$;

create function t.event(p_id text, p_intent text default null) returns bigint language sql as $$
    select stripe_events.event_receive(array['default'], array[p_id],
        array['payment_intent.succeeded'], array[null]::text[], array[true],
        array[1000::bigint], array['2026'], array[p_intent],
        array['{}'])
$$;

create function t.account_of(p_payment text) returns text language sql as $$
    select id from payments.prop_account where payment_id = p_payment
$$;

create function t.status_of(p_payment text) returns text language sql as $$
    select p.status || coalesce(' ' || a.status, '')
    from payments.payment p
    left join payments.prop_account a on a.payment_id = p.id
    where p.id = p_payment
$$;

-- Balances of acme, e.g. 'revenue:challenges -19900, stripe:balance 19900'.
create function t.balances() returns text language sql as $$
    select coalesce(string_agg(code || ' ' || balance, ', ' order by code), '')
    from ledger.balance_v
    where tenant_id = 'ten_a' and balance <> 0
$$;

-- What transfers of these kinds moved, e.g. 'losses:disputes eur 500, stripe:disputed eur -500'.
create function t.moved(p_kind text) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', m.code, m.asset, m.amount), ', '
        order by m.code collate "C", m.asset), '')
    from (
        select a.code, a.asset, sum(e.amount) as amount
        from ledger.transfer t
        join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
        join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
        where t.tenant_id = 'ten_a' and t.kind like p_kind
        group by a.code, a.asset
        having sum(e.amount) <> 0) as m
$$;

create function t.refund(p_id text, p_amount bigint, p_status text default 'succeeded')
    returns jsonb language sql as $$
    select jsonb_build_object('id', p_id, 'amount', p_amount, 'currency', 'usd', 'status', p_status)
$$;

create function t.dispute(
    p_id text, p_intent text, p_status text, variadic p_moves bigint[] default '{}'
) returns jsonb language sql as $$
    select jsonb_build_object('id', p_id, 'payment_intent', p_intent, 'amount', 19900,
        'currency', 'usd', 'status', p_status, 'reason', 'fraudulent',
        'evidence_details', jsonb_build_object('due_by', 1800000000), 'balance_transactions', (
            select coalesce(jsonb_agg(jsonb_build_object('id', 'txn_' || p_id || n, 'amount', m,
                'fee', case when n = 1 then 1500 else 0 end, 'currency', 'usd',
                'type', 'adjustment', 'created', 1700000000 + n)), '[]')
            from unnest(p_moves) with ordinality as x (m, n)))
$$;

create function t.subaccount(
    p_id bigint, p_class text default 'crypto', p_size text default '25000',
    p_status text default 'active'
) returns jsonb language sql as $$
    select jsonb_build_object('subaccount_id', p_id, 'subaccount_uuid', 'uuid-' || p_id,
        'synthetic_hotkey', '5Acme_' || p_id, 'asset_class', p_class, 'account_size', p_size,
        'status', p_status)
$$;
