-- Helpers for payouts, after world.sql: URLs of acme, Stripe accounts, funded accounts.
update core.tenant set connect_return_url = 'https://acme.test/r',
    connect_refresh_url = 'https://acme.test/f'
where id = 'ten_a';

create function t.now_ms() returns bigint
    language sql as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$;

-- A Stripe account: pending, active, restricted or disabled.
create function t.acct(p_id text, p_is text, p_con text default null) returns jsonb
    language sql as $$
    select jsonb_build_object('id', p_id, 'object', 'account',
        'details_submitted', p_is <> 'pending', 'payouts_enabled', p_is = 'active',
        'charges_enabled', false,
        'capabilities', jsonb_build_object(
            'transfers', case p_is when 'active' then 'active' else 'inactive' end),
        'requirements', jsonb_build_object(
            'disabled_reason', case p_is when 'disabled' then 'rejected.fraud' end),
        'metadata', case when p_con is not null then t.metadata(p_con) else '{}' end,
        'external_accounts', jsonb_build_object(
            'data', case p_is when 'pending' then '[]' else jsonb_build_array(
                jsonb_build_object('object', 'bank_account', 'bank_name', 'OTHER',
                    'last4', '0000', 'default_for_currency', false),
                jsonb_build_object('object', 'bank_account', 'bank_name', 'STRIPE TEST BANK',
                    'last4', '6789', 'default_for_currency', true)) end))
$$;

-- A Connect account of the user that is this at Stripe; its id.
create function t.payee(
    p_user text, p_acct text, p_is text default 'active', p_country text default 'US'
) returns text language plpgsql as $$
declare
    v_id text;
begin
    perform t.act(p_user);
    v_id := (select account_id from connect.account_begin(p_country, 'US', 'api', 30000));
    perform connect.account_settle(v_id, t.acct(p_acct, p_is), t.now_ms());
    return v_id;
end
$$;

-- An account of the user with a subaccount, in this status.
create function t.prop(p_user text, p_status text default 'funded') returns text
    language plpgsql as $$
declare
    v_id text;
begin
    perform t.act(p_user);
    v_id := (payments.free_create('trial', 'crypto', 10000)).id;
    if p_status <> 'provisioning' then
        perform payments.provision_settle(v_id, 1, 'uuid-' || v_id, 'hot-' || v_id);
        perform payments.lifecycle_sync(v_id, p_status);
    end if;
    return v_id;
end
$$;

-- The validator's answer: a total in cents as it writes it, and the weeks that bear it out.  A week
-- is complete, p_ago weeks before the one that runs; p_other replaces members.
create function t.total(p_cents bigint) returns text language sql as $$
    select (p_cents / 100.0)::numeric(20, 2)::text
$$;
create function t.week(p_balance numeric, p_other jsonb default '{}', p_ago bigint default 1)
    returns jsonb language sql as $$
    select jsonb_build_object('start_time_ms', start_ms, 'end_time_ms', start_ms + 604800000,
        'balance', p_balance, 'unrealized', 0, 'weekly_penalty', 1, 'scale', 1) || p_other
    from (select extract(epoch from date_trunc('week',
        clock_timestamp() at time zone 'UTC'))::bigint * 1000 - p_ago * 604800000)
        as monday (start_ms)
$$;
create function t.weeks(p_cents bigint) returns text language sql as $$
    select case when p_cents > 0 then jsonb_build_array(t.week(p_cents / 100.0))::text else '[]' end
$$;

-- What the validator says, by its total in cents; the principal asks.
create function t.read(
    p_account text, p_total bigint, p_bucket text default 'funded', p_weeks text default null
) returns payouts.estimate language plpgsql as $$
begin
    perform payouts.estimate_get(p_account, p_bucket, t.total(p_total),
        coalesce(p_weeks, t.weeks(p_total)), null, t.now_ms());
    return (select e from payouts.estimate e where e.account_id = p_account);
end
$$;
-- The bucket that the account is in by its status.
create function t.bucket(p_account text) returns text language sql as $$
    select s.status
    from payments.prop_account a, coalesce(a.status_before, a.status) as s (status)
    where a.id = p_account and s.status in ('evaluation', 'funded', 'eliminated')
$$;
create function t.estimate(p_account text, p_total bigint, p_weeks text default null) returns text
    language sql as $$
    select concat_ws(' ', amount_usd, amount_cents, currency, available::text,
        case when as_of is null then 'now' else 'cached' end)
    from payouts.estimate_get(p_account, t.bucket(p_account), t.total(p_total),
        coalesce(p_weeks, t.weeks(p_total)), null, t.now_ms())
$$;
create function t.request(p_account text, p_total bigint, p_amount bigint default null) returns text
    language sql as $$
    select (payouts.payout_request(p_account, t.bucket(p_account), t.total(p_total),
        t.weeks(p_total), null, t.now_ms(), p_amount)).id
$$;
create function t.transfer(
    p_id text, p_payout text, p_amount bigint, p_to text default 'acct_1'
) returns jsonb language sql as $$
    select jsonb_build_object('id', p_id, 'object', 'transfer', 'amount', p_amount,
        'currency', 'usd', 'destination', p_to, 'amount_reversed', 0,
        'metadata', t.metadata(p_payout))
$$;
create function t.reversal(
    p_id text, p_amount bigint, p_created_s bigint default 1700000000, p_currency text default 'usd'
) returns jsonb language sql as $$
    select jsonb_build_object('id', p_id, 'object', 'transfer_reversal', 'amount', p_amount,
        'currency', p_currency, 'created', p_created_s)
$$;
create function t.submit(p_payout text) returns text language sql as $$
    select concat_ws(' ', status, amount_cents, stripe_destination, attempt)
        || case when next_step not in ('send', 'done')
            then concat(' ', next_step, ' ', hold_code, ': ', last_error) else '' end
    from payouts.payout_submit(p_payout, 'api', 30000)
$$;
create function t.stands(p_payout text) returns text language sql as $$
    select concat_ws(' ', status, stripe_transfer_id) from payouts.payout where id = p_payout
$$;
create function t.events(p_object text) returns text language sql as $$
    select string_agg(type, ' ' order by id) from webhooks.outbox where object_id = p_object
$$;
