-- Connect accounts of the transaction's principal that exist at Stripe.
-- stale: Stripe should be asked again before they are shown.
call pg_temp.view('connect.account_v', $view$
select a.id, a.stripe_account_id, a.status, a.payouts_enabled, a.charges_enabled,
    a.details_submitted, a.bank_name, a.last4, a.country,
    to_char(a.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as checked_at,
    a.gone_at is null and (a.status not in ('active', 'disabled')
        or a.checked_at not between now() - interval '60 s' and now() + interval '60 s') as stale,
    (select s.name from core.stripe_account s where s.tenant_id = a.tenant_id) as stripe_account
from connect.account a
where a.tenant_id = (select current_setting('purser.tenant', true))
    and a.user_id = (select current_setting('purser.principal', true))
    and a.stripe_account_id is not null;
$view$);
grant select on connect.account_v to purser_connect;
