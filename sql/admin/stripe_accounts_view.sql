call pg_temp.view('admin.stripe_accounts', $view$
select s.name, t.slug as tenant, s.mode, s.stripe_id,
    case when s.key_mode is null then case when s.key_problem is null then 'none' else 'not used'
        end
        when s.key_mode <> s.mode then 'of the other mode'
        else 'in use' end as key,
    s.key_problem, s.key_at as key_reported_at,
    (select max(e.received_at) from stripe_events.event e
        where e.stripe_account = s.name and e.received_at > now() - interval '7 days')
        as last_event_at,
    (select max(b.covered_until) from stripe_events.bookmark b
        where b.stripe_account = s.name and b.list = 'events') as events_until,
    (select max(b.covered_until) from stripe_events.bookmark b
        where b.stripe_account = s.name and b.list = 'balance_transactions')
        as balance_transactions_until,
    s.created_at
from core.stripe_account s
join core.tenant t on t.id = s.tenant_id;
$view$);
comment on view admin.stripe_accounts is
    'whose each Stripe account is, whether purser-jobs has a key for it or why it uses none in the '
    'file, and how far it is read';
