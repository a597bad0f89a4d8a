-- The journals of the sandbox: a trader with a dozen accounts and two years of payouts, and
-- another tenant's trader with a few.  Comes after data.sql in the same session.

begin;
select admin.mint_journal_key(:'trader', :reason, false) as journal_key,
    admin.mint_journal_key(:'other_user', :reason, false) as other_journal_key \gset

-- account number, firm, type, size, net profit and loss, status, first payout so many days ago
create temporary table sandbox_account (number text, firm text, type text, size bigint, pnl bigint,
    status text, first int);
insert into sandbox_account values
    ('APEX-104821', 'Apex Trader Funding', 'funded', 50000, 14820, 'active', 712),
    ('APEX-104822', 'Apex Trader Funding', 'funded', 50000, 9310, 'active', 655),
    ('APEX-117350', 'Apex Trader Funding', 'funded', 150000, 22475, 'active', 402),
    ('APEX-120944', 'Apex Trader Funding', 'evaluation', 100000, 1180, 'active', null),
    ('TS-50K-77120', 'Topstep', 'funded', 50000, 11930, 'active', 690),
    ('TS-150K-80416', 'Topstep', 'funded', 150000, 18260, 'active', 330),
    ('2100458731', 'FTMO', 'funded', 100000, 26140, 'active', 590),
    ('2100513302', 'FTMO', 'funded', 200000, 15900, 'closed', 365),
    ('TPT-33918', 'Take Profit Trader', 'funded', 75000, 8425, 'active', 280),
    ('MFFU-90233', 'My Funded Futures', 'funded', 100000, 12760, 'active', 450),
    ('MFFU-91570', 'My Funded Futures', 'evaluation', 50000, -640, 'active', null),
    ('5ERS-6021', 'The5ers', 'funded', 20000, 4150, 'active', 200);

select count(auth.assume(u.tenant_id, u.id)) as acts from auth."user" u where u.id = :'trader' \gset
select count(journal.account_create(a.number, a.firm, a.type, a.size * 100, a.pnl * 100,
    a.status)) as accounts
from sandbox_account a \gset
-- every six weeks to four months from each account, the newest ones still on their way
select count(journal.payout_create(p.date, p.cents, v.id, p.split, p.status,
        format('PAYOUT-%s-%s', to_char(p.date, 'YYYY-MM'), lpad(p.n::text, 3, '0')))) as payouts
from (
    select a.*, row_number() over (order by a.date, a.number) as n
    from (
        select s.number, current_date - d as date,
            (45000 + (hashtext(s.number || d) & 262143)) as cents,
            case s.firm when 'FTMO' then 8000 when 'Topstep' then 9000 when 'The5ers' then 7500
                else 10000 end as split,
            case when d < 6 then 'pending' when d < 16 then 'processing'
                when hashtext(s.number || d) % 17 = 0 then 'failed'
                else 'completed' end as status
        from sandbox_account s
        cross join lateral generate_series(s.first, 0, -(38 + (hashtext(s.number) & 63))) as d
        where s.first is not null) as a) as p
join journal.account_v v on v.account_number = p.number \gset

select count(auth.assume(u.tenant_id, u.id)) as acts
from auth."user" u where u.id = :'other_user' \gset
select (journal.account_create('FTMO-881', 'FTMO', 'funded', 5000000, 310000, null)).id
    as account \gset
select count(journal.payout_create(current_date - n * 60, 125000 + n * 1000, :'account', 8000,
    'completed', null)) as payouts
from generate_series(1, 5) as n \gset
commit;

\echo JOURNAL_KEY=:journal_key
\echo OTHER_JOURNAL_KEY=:other_journal_key
