-- What operators read of tenants, their apps, users, credentials and tiers.  No secret, and no hash
-- of one.

call pg_temp.view('admin.tenants', $view$
select t.slug as tenant, t.id, t.name, t.entity_hotkey, s.name as stripe_account,
    t.connect_return_url, t.connect_refresh_url, t.payout_auto_submit, t.payout_minimum_cents,
    t.payout_maximum_cents, t.payout_day_maximum_cents, t.payout_second_person_cents,
    t.payee_change_hold_hours, t.reading_max_age_s, t.created_at
from core.tenant t
left join core.stripe_account s on s.tenant_id = t.id;
$view$);
comment on view admin.tenants is 'every tenant and its settings';

call pg_temp.view('admin.tiers', $view$
select t.slug as tenant, i.id, i.market, i.asset_class, i.account_size, i.price_cents, i.currency,
    i.active
from payments.tier i
join core.tenant t on t.id = i.tenant_id;
$view$);
comment on view admin.tiers is 'every tier; one that is not active is not sold any more';

call pg_temp.view('admin.users', $view$
select t.slug as tenant, u.id, u.email, u.email_verified, u.created_at, u.erased_at,
    (select count(*) from payments.payment p
        where p.tenant_id = u.tenant_id and p.user_id = u.id and p.status = 'succeeded')
        as payments_paid,
    (select count(*) from payments.prop_account a
        where a.tenant_id = u.tenant_id and a.user_id = u.id) as accounts,
    (select string_agg(c.status, ', ' order by c.id desc) from connect.account c
        where c.tenant_id = u.tenant_id and c.user_id = u.id) as payee,
    (select coalesce(sum(p.amount_cents), 0) from payouts.payout p
        where p.tenant_id = u.tenant_id and p.user_id = u.id and p.status = 'paid')
        as payouts_paid_cents,
    (select count(*) from auth.session s
        where s.user_id = u.id and s.tenant_id = u.tenant_id and s.revoked_at is null
            and s.expires_at > now()) as sessions
from auth."user" u
join core.tenant t on t.id = u.tenant_id;
$view$);
comment on view admin.users is 'every user: e-mail, what they bought, what they were paid';

call pg_temp.view('admin.apps', $view$
select t.slug as tenant, a.id as client_id, a.slug, a.created_at, a.revoked_at,
    (select count(*) from auth.app_token k
        where k.app_id = a.id and k.tenant_id = a.tenant_id and k.revoked_at is null
            and k.expires_at > now()) as tokens
from auth.app a
join core.tenant t on t.id = a.tenant_id;
$view$);
comment on view admin.apps is 'every app, and how many of its tokens are valid';

call pg_temp.view('admin.tokens', $view$
select t.slug as tenant, k.kind, k.owner_id, k.scopes, k.created_at, k.expires_at, k.revoked_at,
    k.revoked_at is null and coalesce(k.expires_at > now(), true) as valid
from (
    select tenant_id, 'access token of an app' as kind, app_id as owner_id, scopes, created_at,
        expires_at, revoked_at
    from auth.app_token
    union all
    select tenant_id, 'session of a user', user_id, null, created_at, expires_at, revoked_at
    from auth.session
    union all
    select tenant_id, 'journal key of a user', user_id, null, created_at, null, revoked_at
    from journal.api_key) as k
join core.tenant t on t.id = k.tenant_id;
$view$);
comment on view admin.tokens is
    'every access token, session and journal key, without its secret: whose, and until when';
