-- Firms at which the transaction's principal has accounts, with the totals of their payouts.
call pg_temp.view('journal.firm_v', $view$
select f.id, f.name, f.name_folded,
    (select count(*) from journal.account a where a.firm_id = f.id) as accounts,
    n.pending + n.processing + n.completed + n.failed as payouts,
    n.total_cents * 0.01 as total_gross_payouts, n.share_cents * 0.01 as total_net_payouts
from journal.firm f
join journal.node n on n.history_id = f.id and n.level = 4
where f.book_id = (
    select b.id
    from journal.book b
    where b.tenant_id = (select current_setting('purser.tenant', true))
        and b.user_id = (select current_setting('purser.principal', true)))
    and exists (select from journal.account a where a.firm_id = f.id);
$view$);
grant select on journal.firm_v to purser_payouts;
