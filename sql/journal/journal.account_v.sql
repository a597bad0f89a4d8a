-- Accounts of the transaction's principal with their totals: the root of their history's sums.
-- Each has its entity tag.
call pg_temp.view('journal.account_v', $view$
select a.*, encode(sha256(convert_to(to_jsonb(a)::text, 'UTF8')), 'hex') as etag
from (
    select a.id, a.book_id as user_id, a.account_number, a.firm_id, f.name as firm_name,
        a.account_type, a.size_cents * 0.01 as account_size, a.net_pnl_cents * 0.01 as net_pnl,
        a.status, n.total_cents * 0.01 as total_gross_payouts,
        n.share_cents * 0.01 as total_net_payouts,
        (a.size_cents + a.net_pnl_cents - n.total_cents) * 0.01 as balance,
        to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as created_at,
        to_char(a.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated_at
    from journal.account a
    join journal.firm f on f.id = a.firm_id
    join journal.node n on n.history_id = a.id and n.level = 4
    where a.book_id = (
        select b.id
        from journal.book b
        where b.tenant_id = (select current_setting('purser.tenant', true))
            and b.user_id = (select current_setting('purser.principal', true)))) as a;
$view$);
grant select on journal.account_v to purser_payouts;
