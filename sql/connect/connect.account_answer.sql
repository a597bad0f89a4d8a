-- A Connect account with what its calls of Stripe need.  Only functions of this schema
-- read it.
call pg_temp.view('connect.account_answer', $view$
select a.id as account_id, a.tenant_id, core.installation_id() as installation, a.user_id,
    a.stripe_account_id, a.status, a.country, a.recipient, a.email,
    extract(epoch from a.created_at)::bigint as created_s, a.payouts_enabled, a.charges_enabled,
    a.details_submitted, t.connect_return_url as return_url, t.connect_refresh_url as refresh_url,
    core.stripe_account_of(a.tenant_id) as stripe_account, a.lease_no, a.gone_at is not null as gone
from connect.account a
join core.tenant t on t.id = a.tenant_id
where a.tenant_id = (select current_setting('purser.tenant', true));
$view$);
