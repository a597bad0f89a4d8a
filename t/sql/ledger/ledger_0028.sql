-- What the load of migration 0028 left of the ledger beside its tables, which the migrations still
-- make: functions, views, rights.  For migration.t, which updates such a database.
begin;
set local role purser_owner;
create or replace function core.new_id(p_prefix text) returns text
    language sql volatile
as $$
    select p_prefix || '_'
        || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
        || left(replace(gen_random_uuid()::text, '-', ''), 12) || right(gen_random_uuid()::text, 8)
$$;
create or replace function ledger.lock(p_asset text, p_codes text[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
begin
    while (
        select count(*) from ledger.account a
        where a.tenant_id = v_tenant and a.asset = p_asset and a.code = any (p_codes))
        < cardinality(p_codes)
    loop
        insert into ledger.account (tenant_id, code, asset)
        select v_tenant, c, p_asset from unnest(p_codes) as c order by c collate "C"
        on conflict (tenant_id, code, asset) do nothing;
    end loop;
    perform
    from ledger.account a
    where a.tenant_id = v_tenant and a.asset = p_asset and a.code = any (p_codes)
    order by a.code
    for no key update;
end
$$;
create or replace function ledger.post(
    p_kind text, p_source text, p_asset text, p_plus text, p_minus text, p_amount bigint
) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_transfer text := core.new_id('ltr');
begin
    if p_amount = 0 or exists (
        select from ledger.transfer t
        where t.tenant_id = v_tenant and t.kind = p_kind and t.source = p_source)
    then
        return false;
    end if;

    perform ledger.lock(p_asset, array[p_plus, p_minus]);
    insert into ledger.transfer (id, tenant_id, kind, source, posted_at)
    values (v_transfer, v_tenant, p_kind, p_source, clock_timestamp())
    on conflict (tenant_id, kind, source) do nothing;
    if not found then
        return false;
    end if;

    with moved as (
        update ledger.account a
        set balance = a.balance + case a.code when p_plus then p_amount else -p_amount end,
            version = a.version + 1
        where a.tenant_id = v_tenant and a.asset = p_asset and a.code in (p_plus, p_minus)
        returning a.id, a.code, a.balance, a.version
    )
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount, balance_after, version)
    select v_tenant, v_transfer, m.id, case m.code when p_plus then p_amount else -p_amount end,
        m.balance, m.version
    from moved m;
    return true;
end
$$;
grant select on ledger.account, ledger.transfer, ledger.entry to purser_background;

set local role purser_background;
create or replace function ledger.transfer_check() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_transfer text collate "C";
    v_tenant text collate "C" := new.tenant_id;
begin
    if TG_TABLE_NAME = 'transfer' then
        v_transfer := new.id;
    else
        v_transfer := new.transfer_id;
    end if;
    if not exists (
        select from ledger.transfer t where t.id = v_transfer and t.tenant_id = v_tenant)
    then
        raise exception using errcode = 'PU900', message = 'ledger entry without transfer',
            detail = v_transfer;
    end if;
    if (select count(*) from ledger.entry e where e.transfer_id = v_transfer) < 2
        or exists (
            select
            from ledger.entry e
            join ledger.account a on a.id = e.account_id
            where e.transfer_id = v_transfer
            group by a.asset
            having sum(e.amount) <> 0
                or bool_or(e.tenant_id <> v_tenant or a.tenant_id <> v_tenant))
    then
        raise exception using errcode = 'PU900', message = 'ledger transfer does not sum to zero',
            detail = v_transfer;
    end if;
    return null;
end
$$;
create or replace view admin.ledger_balances as
select t.slug as tenant, a.code, a.asset, a.balance, a.version
from ledger.account a
join core.tenant t on t.id = a.tenant_id;
create view admin.ledger_check as
select 'balance differs from the entries' as problem, a.id::text as object_id,
    format('%s, entries %s', a.balance, coalesce(sum(e.amount), 0)) as detail
from ledger.account a
left join ledger.entry e on e.account_id = a.id
group by a.id
having a.balance <> coalesce(sum(e.amount), 0) or a.version <> count(e.id)
union all
select 'running balance is broken', r.id::text, format('version %s', r.version)
from (
    select e.id, e.version, e.balance_after, sum(e.amount) over w as running,
        row_number() over w as number
    from ledger.entry e
    window w as (partition by e.account_id order by e.version)) as r
where r.balance_after <> r.running or r.version <> r.number;
set local role none;
revoke all on all functions in schema core, ledger from public;
alter default privileges for role purser_owner, purser_background
    revoke execute on functions from public;
commit;

-- A year of p_count transfers of five tenants, as ledger.post left them, the times rising.
create schema t;
create procedure t.year(p_count int) language plpgsql as $$
begin
    perform set_config('session_replication_role', 'replica', true);
    create temporary table leg on commit drop as
    select n, 'ltr_' || lpad(to_hex(n), 12, '0') || left(md5(n::text), 20) as transfer_id,
        'ten_' || n % 5 as tenant_id, m.kind, 'src_' || n as source,
        case n % 5 when 4 then 'eur' else 'usd' end as asset,
        now() - interval '1 year' * (1 - n / p_count::float) as posted_at, s.code, s.side * m.amount
            as amount
    from generate_series(1, p_count) as n
    join (values
        (0, 13, 'challenge_payment', 'stripe:balance', 'revenue:challenges', 19900),
        (14, 15, 'challenge_refund', 'refunds:challenges', 'stripe:balance', 9900),
        (16, 16, 'dispute_funds', 'stripe:disputed', 'stripe:balance', 19900),
        (17, 17, 'dispute_fee', 'fees:disputes', 'stripe:balance', 1500),
        (18, 18, 'trader_payout_owed', 'costs:traders', 'payables:traders', 40000),
        (19, 19, 'trader_payout_paid', 'payables:traders', 'stripe:balance', 39000)
    ) as m (first, last, kind, plus, minus, amount) on (n / 5) % 20 between m.first and m.last
    cross join lateral (values (m.plus, 1), (m.minus, -1)) as s (code, side);
    insert into ledger.account (tenant_id, code, asset, balance, version)
    select l.tenant_id, l.code, l.asset, sum(l.amount), count(*) from leg l group by 1, 2, 3;
    insert into ledger.transfer (id, tenant_id, kind, source, posted_at)
    select distinct l.transfer_id, l.tenant_id, l.kind, l.source, l.posted_at from leg l;
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount, balance_after, version)
    select l.tenant_id, l.transfer_id, a.id, l.amount, sum(l.amount) over w, row_number() over w
    from leg l
    join ledger.account a using (tenant_id, code, asset)
    window w as (partition by a.id order by l.n)
    order by l.n;
end
$$;
