-- Payouts of the transaction's principal, each with its entity tag.
call pg_temp.view('journal.payout_v', $view$
select r.*, encode(sha256(convert_to(jsonb_build_array(r, (
    select p.version from journal.payout p where p.id = r.id))::text, 'UTF8')), 'hex') as etag
from journal.payout_row r
where r.user_id = (
    select b.id
    from journal.book b
    where b.tenant_id = (select current_setting('purser.tenant', true))
        and b.user_id = (select current_setting('purser.principal', true)));
$view$);
grant select on journal.payout_v to purser_payouts;
