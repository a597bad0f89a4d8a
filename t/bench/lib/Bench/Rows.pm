package Bench::Rows;

# The rows of t/bench/growth: N in every state of every table that grows, dead ones too.
#
# They are inserted by generate_series without triggers and foreign keys, as they would be after
# their steps.  Tenant ten_0 has the Stripe account `default`; the account of ten_1 has no key any
# more, so that no job works on what is open there.  usr_me has a few rows of each kind, which the
# lists of a client show.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(base dead live);

my ($rows, $progress);

# Columns of every row of a table; those of a state are laid over them.  `n` counts the rows, KEY
# stands for the state's own prefix of ids.
my %common = (
    'payments.payment' => { id => q('pay_KEY' || n), tier_id => q('tier_25k'),
        market => q('crypto'), asset_class => q('crypto'), account_size => 25_000,
        amount_cents => 19_900, currency => q('usd'), stripe_payment_intent_id => q('pi_KEY' || n),
        client_secret => q('s'), created_at => q(now() - interval '2 h'),
        looked_at => q(now() - interval '1 h') },
    'payments.prop_account' => { id => q('prop_KEY' || n), tier_id => q('tier_25k'),
        asset_class => q('crypto'), account_size => 25_000, status => q('provisioning') },
    'payments.refund_intent' => { id => q('rfi_KEY' || n), payment_id => q('pay_paid' || n),
        amount_cents => 1, currency => q('usd') },
    'connect.account' => { id => q('con_KEY' || n), country => q('US'), email => q('e@a.test'),
        recipient => 'false', onboarding => 'false', stripe_account_id => q('acct_KEY' || n) },
    'payouts.payout' => { id => q('po_KEY' || n), account_id => q('prop_active' || n),
        valuation_id => q('val_' || n), amount_cents => 100,
        connect_account_id => q('con_active' || n), destination => q('acct_active' || n),
        sent_at => q(now() - interval '3 days') },
    'stripe_events.event' => { id => q('evt_KEY' || n), type => q('payment_intent.succeeded'),
        livemode => 'true', created_s => 1, payload => q('{}'), stripe_account => q('default') },
    'core.idempotency' => { api => q('prop'), principal => q('usr_' || n), method => q('POST'),
        path => q('/v2/payments/checkout'), key => q('KEY' || n), request_hash => q('\x00'::bytea),
        state => q('done'), response_status => 200, response_body => q('{}') },
    'core.exception' => { id => q('exc_KEY' || n), kind => q('refund_refused'),
        object_kind => q('refund_intent'), object_id => q('rfi_KEY' || n),
        detail => q(jsonb_build_object('account_id', 'prop_KEY' || n)) },
    'webhooks.endpoint' => { id => q('whe_KEY' || n), api => q('prop'), mode => q('live'),
        url => q('https://hooks.test/'), events => q('{*}'::text[]) },
    'webhooks.delivery' => { id => q('whd_KEY' || n), endpoint_id => q('whe_me1'),
        event_id => q('msg_KEY' || n), event_type => q('payment.succeeded'),
        object_id => q('pay_KEY' || n), number => 1 },
    'auth.session' => { hash => q(sha256(('sKEY' || n)::bytea)) },
    'auth.app_token' => { hash => q(sha256(('tKEY' || n)::bytea)), app_id => q('hsc_1'),
        scopes => q('{reads,payments,connect,payouts}'::text[]) },
);
my $user = { 'core.idempotency' => 1, 'payments.refund_intent' => 1, 'stripe_events.event' => 1,
    'core.exception' => 1, 'auth.app_token' => 1, 'webhooks.endpoint' => 1,
    'webhooks.delivery' => 1 };    # has no user_id

my %due = (next_run_at => q(now() - interval '1 min'));
my %later = (next_run_at => q(now() + interval '1 day'));
my %never = (next_run_at => q('infinity'));
my %gone = (%due, tenant_id => q('ten_1'));
my %paid = (status => q('succeeded'), paid_at => 'now()');
my %made = (provision_state => q('done'), subaccount_uuid => 'gen_random_uuid()',
    subaccount_id => 'n', synthetic_hotkey => q('5Firm_' || n), payment_id => q('pay_paid' || n),
    stripe_payment_intent_id => q('pi_paid' || n));
my %sent = (stripe_transfer_id => q('tr_KEY' || n), completed_at => 'now()');
my %old = (created_at => q(now() - interval '40 days'));

# Nothing of this is due, and nothing but retention will touch most of it again: [table, state].
my @dead = (
    ['payments.payment', paid => { %paid }],
    ['payments.payment', canceled => { status => q('canceled') }],
    ['payments.payment', failed => { status => q('failed') }],
    ['payments.payment', later => { status => q('requires_payment_method'), %later }],
    ['payments.payment', unread => { status => q('requires_action'), %old, %never,
        abandoned_at => 'now()' }],
    ['payments.payment', making => { status => q('creating'), %later,
        stripe_payment_intent_id => 'null' }],
    ['payments.payment', gonemaking => { status => q('creating'), %gone,
        stripe_payment_intent_id => 'null' }],
    ['payments.payment', goneopen => { status => q('requires_payment_method'), %gone }],
    ['payments.payment', goneold => { status => q('requires_payment_method'), %gone, %old,
        abandoned_at => 'now()' }],
    ['payments.prop_account', active => { %made, status => q('funded') }],
    ['payments.prop_account', ended => { %made, status => q('eliminated'), payment_id => 'null',
        stripe_payment_intent_id => 'null' }],
    ['payments.prop_account', failed => { provision_state => q('failed'),
        status => q('subaccount_failed') }],
    ['payments.prop_account', halted => { status => q('suspended'), %due,
        status_before => q('provisioning') }],
    ['payments.prop_account', later => { provision_state => q('unknown'), %later }],
    ['payments.prop_account', gone => { %gone }],
    ['payments.refund_intent', settled => { status => q('settled'),
        stripe_refund_id => q('re_' || n) }],
    ['payments.refund_intent', refused => { status => q('refused'), failure_code => q('x') }],
    ['payments.refund_intent', later => { %later }],
    ['payments.refund_intent', gone => { %gone }],
    ['connect.account', active => { status => q('active'), payouts_enabled => 'true',
        transfers_enabled => 'true', payable_since => q(now() - interval '9 days') }],
    ['connect.account', disabled => { status => q('disabled') }],
    ['connect.account', failed => { status => q('failed'), stripe_account_id => 'null' }],
    ['connect.account', later => { %later, status => q('creating'),
        stripe_account_id => 'null' }],
    ['connect.account', gone => { %gone, status => q('creating'), stripe_account_id => 'null' }],
    ['payouts.payout', paid => { %sent, status => q('paid') }],
    ['payouts.payout', reversed => { %sent, status => q('reversed'), reowed_at => 'now()' }],
    ['payouts.payout', failed => { status => q('failed'), failure_reason => q('x') }],
    ['payouts.payout', canceled => { status => q('canceled') }],
    ['payouts.payout', waiting => { status => q('pending'), account_id => q('prop_ended' || n) }],
    ['payouts.payout', later => { status => q('processing'), %later,
        account_id => q('prop_failed' || n) }],
    ['payouts.payout', gone => { status => q('processing'), %gone,
        account_id => q('prop_gone' || n) }],
    ['stripe_events.event', applied => { state => q('applied') }],
    ['stripe_events.event', ignored => { state => q('ignored') }],
    ['stripe_events.event', failed => { state => q('failed'), last_error => q('x') }],
    ['stripe_events.event', parked => { state => q('parked'), waits_for => q('pi_x' || n),
        %later }],
    ['core.idempotency', done => { }],
    ['core.exception', resolved => { resolved_at => 'now()', resolution => q('x') }],
    ['webhooks.endpoint', gone => { tenant_id => q('ten_1'), deactivated_at => 'now()' }],
    ['webhooks.delivery', delivered => { status => q('delivered'), delivered_at => 'now()' }],
    ['webhooks.delivery', failed => { status => q('failed'), last_error => q('x') }],
    ['webhooks.delivery', later => { %later }],
    ['auth.session', valid => { expires_at => q(now() + interval '1 day') }],
    ['auth.session', ended => { expires_at => q(now() - interval '1 day') }],
    ['auth.app_token', ended => { expires_at => q(now() - interval '1 day') }],
);

# What jobs and retention have to do.  Running keys of a process that died are as few as its
# threads: not a state that grows.
my @live = (
    ['payments.payment', make => { status => q('creating'), %due,
        stripe_payment_intent_id => 'null' }],
    ['payments.payment', open => { status => q('requires_payment_method'), %due }],
    ['payments.payment', old => { status => q('requires_payment_method'), %due, %old,
        abandoned_at => 'now()' }],
    ['payments.prop_account', queued => { %due }],
    ['payments.prop_account', lost => { %due, provision_state => q('calling'),
        call_started_at => 'now()' }],
    ['payments.refund_intent', open => { %due }],
    ['connect.account', make => { %due, status => q('creating'), stripe_account_id => 'null' }],
    ['payouts.payout', send => { status => q('processing'), %due }],
    ['payouts.payout', submit => { status => q('pending'), %due, submit_requested_at => 'now()',
        account_id => q('prop_halted' || n) }],
    ['stripe_events.event', pending => { %due }],
    ['stripe_events.event', stale => { state => q('parked'), %later,
        received_at => q(now() - interval '40 days') }],
    ['stripe_events.event', kept => { state => q('applied'),
        received_at => q(now() - interval '100 days') }],
    ['core.idempotency', kept => { %old }],
    ['core.exception', open => { }],
    ['webhooks.delivery', due => { %due }],
    ['auth.session', kept => { expires_at => q(now() - interval '40 days') }],
    ['auth.app_token', kept => { expires_at => q(now() - interval '40 days') }],
);

sub _insert {
    my ($dbh, $table, $state, $columns, $from) = @_;
    my %column = (tenant_id => q('ten_0'), $user->{$table} ? () : (user_id => q('usr_' || n)),
        %{ $common{$table} }, %$columns);
    delete $column{tenant_id} if $table eq 'stripe_events.event';
    my @names = sort keys %column;
    my $sql = sprintf 'insert into %s (%s) select %s from %s', $table, join(', ', @names),
        join(', ', @column{@names}), $from || 'generate_series(1::bigint, ?::bigint) as n';
    $sql =~ s/KEY/$state/g;
    $dbh->do($sql, undef, $from ? () : $rows);
    $progress->("$table $state") if !$from;
    return;
}

# A journal with one account and payout for each of so many users; 0 = for usr_me.
sub _journals {
    my ($dbh, $count) = @_;
    $dbh->do(<<'END', undef, $count, $count);
with book as (
    insert into journal.book (tenant_id, user_id)
    select 'ten_0', case ?::bigint when 0 then 'usr_me' else 'usr_' || n end
    from generate_series(1::bigint, greatest(?::bigint, 1)) as n
    returning id
), firm as (
    insert into journal.firm (tenant_id, book_id, name, name_folded)
    select 'ten_0', b.id, 'Firm', journal.name_fold('Firm') from book b returning id, book_id
), account as (
    insert into journal.account (tenant_id, book_id, firm_id, account_number, account_type,
        size_cents, created_at, updated_at)
    select 'ten_0', f.book_id, f.id, '1', 'funded', 1, now(), now() from firm f
    returning id, book_id, firm_id, created_at
), payout as (
    insert into journal.payout (id, tenant_id, book_id, firm_id, account_id, date, total_cents,
        split_hundredths, status, created_at, updated_at)
    select i.id, 'ten_0', a.book_id, a.firm_id, a.id, '2026-01-01', 100, 5000, 'completed',
        journal.time_of(i.id), now()
    from account a
    cross join lateral (select journal.new_id(a.created_at) as id) as i
    returning book_id, firm_id, account_id, total_cents, share_cents
)
insert into journal.node (history_id, level, date, payout_id, tenant_id, pending, processing,
    completed, failed, total_cents, share_cents)
select h.id, l, '-infinity', '00000000-0000-0000-0000-000000000000', 'ten_0', 0, 0, 1, 0,
    p.total_cents, p.share_cents
from payout p
cross join lateral (values (p.book_id), (p.firm_id), (p.account_id)) as h (id)
cross join generate_series(1, 4) as l
END
    return;
}

# A few rows of usr_me in tenant ten_0, and what each table needs once.
sub base {
    my ($dbh) = @_;
    $dbh->do($_) for split /;\n/, <<'END';
set session_replication_role = 'replica';
insert into core.tenant (id, slug, name, entity_hotkey, connect_return_url, connect_refresh_url)
select 'ten_' || n, 'firm-' || n, 'Firm ' || n, '5Firm' || n, 'https://f.test', 'https://f.test'
from generate_series(0, 1) as n;
insert into core.stripe_account (tenant_id, name) values ('ten_0', 'default'), ('ten_1', 'gone');
insert into stripe_events.bookmark (stripe_account, list, covered_until, read_in)
select a, l, now(), core.incarnation()
from unnest(array['default', 'gone']) as a, unnest(array['events', 'balance_transactions']) as l
on conflict do nothing;
insert into payments.tier (tenant_id, id, market, asset_class, account_size, price_cents, currency)
values ('ten_0', 'tier_25k', 'crypto', 'crypto', 25000, 19900, 'usd'),
    ('ten_0', 'tier_demo', 'crypto', 'crypto', 10000, 0, 'usd');
insert into auth."user" (tenant_id, id, email) values ('ten_0', 'usr_me', 'me@example.test');
insert into auth.app (tenant_id, id, slug, secret_hash) values ('ten_0', 'hsc_1', 'a', sha256('x'));
insert into journal.api_key (hash, tenant_id, user_id) values (sha256('jme'), 'ten_0', 'usr_me')
END
    my $few = 'generate_series(1, 20) as n';
    my %me = (user_id => q('usr_me'));
    my %own = (payment_id => q('pay_me' || n), stripe_payment_intent_id => q('pi_me' || n));
    _insert($dbh, 'payments.payment', me => { %me, %paid }, $few);
    _insert($dbh, 'payments.prop_account', me => { %me, %made, %own, status => q('funded') }, $few);
    _insert($dbh, 'connect.account', me => { %me, status => q('active') }, $few);
    _insert($dbh, 'payouts.payout', me => { %me, status => q('paid'), %sent }, $few);
    _insert($dbh, 'webhooks.endpoint', me => {}, 'generate_series(1, 1) as n');
    _insert($dbh, 'webhooks.delivery', me => { status => q('delivered') }, $few);
    my $ever = { expires_at => q(now() + interval '1 day') };
    _insert($dbh, 'auth.session', me => { %me, %$ever }, 'generate_series(1, 1) as n');
    _insert($dbh, 'auth.app_token', me => $ever, 'generate_series(1, 1) as n');
    _journals($dbh, 0);
    return;
}

# The rows that hang on those of %common, one of each.
my @beside = (['auth."user"' => <<'END'], ['payouts.valuation' => <<'END'],
insert into auth."user" (tenant_id, id, email)
select 'ten_0', 'usr_' || n, n || '@example.test' from generate_series(1::bigint, ?::bigint) as n
END
insert into payouts.valuation (id, tenant_id, account_id, total_cents, formula_version, weeks,
    digest)
select 'val_' || n, 'ten_0', 'prop_active' || n, 10000, '1', '[]',
    encode(sha256(convert_to('[]', 'UTF8')), 'hex')
from generate_series(1::bigint, ?::bigint) as n
END
    ['payouts.estimate' => <<'END'], ['reconciliation.balance_transaction' => <<'END'],
insert into payouts.estimate (account_id, tenant_id, valuation_id, total_cents, highest_cents,
    committed_cents, observed_at)
select 'prop_active' || n, 'ten_0', 'val_' || n, 10000, 10000, 100, now()
from generate_series(1::bigint, ?::bigint) as n
END
insert into reconciliation.balance_transaction (tenant_id, stripe_account, id, type, amount, fee,
    net, currency, source_id, object_id, booked_as, created_at, read_at)
select 'ten_0', 'default', 'txn_' || n, 'charge', 19900, 0, 19900, 'usd', 'ch_' || n,
    'pi_paid' || n, 'clearing', now() - interval '1 h', now() - interval '1 h'
from generate_series(1::bigint, ?::bigint) as n
END
    ['ledger.account' => <<'END'], ['ledger.transfer' => <<'END'], ['ledger.entry' => <<'END'],
insert into ledger.account (tenant_id, mode, code, owner, asset)
select 'ten_0', 'live', c, case when c like 'stripe:%' then 'default' else '' end, 'usd'
from unnest(array['stripe:clearing', 'stripe:balance', 'revenue:challenges']) as c
where ?::bigint > 0
END
insert into ledger.transfer (id, tenant_id, kind, source, posted_at, effective_at, object_id)
select 'ltr_' || k.of || n, 'ten_0', k.kind, k.source || n, now(), now() - interval '1 h',
    'pi_paid' || n
from generate_series(1::bigint, ?::bigint) as n
cross join (values ('p', 'challenge_payment', 'pay_paid'), ('b', 'balance_transaction', 'txn_'))
    as k (of, kind, source)
END
insert into ledger.entry (tenant_id, transfer_id, account_id, amount)
select 'ten_0', 'ltr_' || l.of || n, a.id, l.amount
from generate_series(1::bigint, ?::bigint) as n
cross join (values ('p', 'stripe:clearing', 19900), ('p', 'revenue:challenges', -19900),
    ('b', 'stripe:clearing', -19900), ('b', 'stripe:balance', 19900)) as l (of, code, amount)
join ledger.account a on a.code = l.code
END
    ['webhooks.outbox' => <<'END'], ['stripe_events.passed' => <<'END'],
insert into webhooks.outbox (id, tenant_id, api, type, object_id, dedupe, data)
select 'msg_' || n, 'ten_0', 'prop', 'payment.succeeded', 'pay_paid' || n, n::text, '{}'
from generate_series(1::bigint, ?::bigint) as n
END
insert into stripe_events.passed (stripe_account, day, reason, type, count)
select 'default', current_date - (n % 300)::int, 'unused', 'type.' || n, 1
from generate_series(1::bigint, ?::bigint) as n
END
    ['payments.suspension' => <<'END'], ['payments.dispute' => <<'END'],
insert into payments.suspension (tenant_id, account_id, kind, source, lifted_at)
select 'ten_0', 'prop_active' || n, 'dispute', 'du_' || n, now()
from generate_series(1::bigint, ?::bigint) as n
END
insert into payments.dispute (id, tenant_id, payment_id, amount_cents, currency, status,
    stripe_status)
select 'du_' || n, 'ten_0', 'pay_paid' || n, 1, 'usd', 'won', 'won'
from generate_series(1::bigint, ?::bigint) as n
END
    ['admin.audit' => <<'END']);
insert into admin.audit (id, at, actor, action, arguments, reason, previous_hash, hash)
select n, now(), 'op', 'retry', '{}', 'r', sha256((n - 1)::text::bytea), sha256(n::text::bytea)
from generate_series(1::bigint, ?::bigint) as n
END

sub dead {
    my ($dbh, $count, $report) = @_;
    ($rows, $progress) = ($count, $report);
    for (@beside) {
        my ($table, $sql) = @$_;
        $dbh->do($sql, undef, $rows);
        $progress->($table);
    }
    _journals($dbh, $rows);
    $progress->('journals');
    _insert($dbh, @$_) for @dead;
    return;
}

sub live {
    my ($dbh, $count, $report) = @_;
    ($rows, $progress) = ($count, $report);
    _insert($dbh, @$_) for @live;
    return;
}

1;
