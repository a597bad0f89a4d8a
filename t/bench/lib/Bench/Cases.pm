package Bench::Cases;

# What t/bench/growth measures, and how it finds what has no case: the claims, lists, look-ups,
# writes, prunes and operators' views of the catalog.  As user usr_me of Bench::Rows.

use strict;
use warnings;

# Kind, name in the catalog (what follows a blank is for the reader), statement.
my $keys = q('{default:live}');
my $lease = q('holder', 60000);
my $page = 'order by id desc limit 20';
my @cases = (
    (map { [claim => "$_->[0]_claim", "select * from $_->[0]_claim($lease, $_->[1])"] }
        ['payments.checkout', $keys], ['payments.payment_intent', "60, $keys, 604800"],
        ['payments.cancellation', $keys], ['payments.provision', "60000, '{default}'"],
        ['payments.refund', $keys], ['connect.account', $keys], ['payouts.payout', $keys],
        ['stripe_events.event', '20'], ['stripe_events.backfill', "300, 30, $keys"],
        ['reconciliation.balance_transaction', "300, 30, $keys"]),
    [claim => 'webhooks.delivery_claim',
        q(select * from webhooks.delivery_claim('holder', 60000, 100, 10, '', ''))],
    [claim => 'retention.prune', 'select retention.prune(100)'],
    [claim => 'core.leases_return', q(select core.leases_return('holder'))],
    [claim => 'core.deferred_wake of payouts', q(select core.deferred_wake('payouts.payout',
        'processing', 'default', 'usd', now()))],
    [claim => 'core.deferred_wake of refunds', q(select core.deferred_wake('payments.refund_intent',
        'open', 'default', 'usd', now()))],
    [claim => 'stripe_events.event_wake', q(select stripe_events.event_wake('pi_me1'))],

    [list => 'payments.prop_account_v', "select * from payments.prop_account_v $page"],
    [list => 'payments.prop_account_v of an id',
        q(select * from payments.prop_account_v where id = 'prop_me1')],
    [list => 'payments.prop_account_v that failed',
        "select * from payments.prop_account_v where status = 'subaccount_failed' $page"],
    [list => 'payments.tier_v', 'select * from payments.tier_v'],
    [list => 'payments.payment_v of an id',
        q(select * from payments.payment_v where id = 'pay_me1')],
    [list => 'connect.account_v', "select * from connect.account_v $page"],
    [list => 'payouts.payout_v', "select * from payouts.payout_v $page"],
    [list => 'journal.payout_v of an id',
        q(select * from journal.payout_v where id = '00000000-0000-7000-8000-000000000000')],
    [list => 'journal.account_v', 'select * from journal.account_v order by created_at desc'],
    [list => 'journal.firm_v', 'select * from journal.firm_v order by name'],
    [list => 'journal.payout_list', q(select * from journal.payout_list(20, 0, null, null, null,
        null, null, null, false))],
    [list => 'journal.payout_csv_export', q(select * from journal.payout_csv_export(null, null,
        null, null, null, null, 100))],
    [list => 'webhooks.endpoint_v', "select * from webhooks.endpoint_v where api = 'prop' $page"],
    [list => 'webhooks.delivery_v', 'select * from webhooks.delivery_v '
        . "where api = 'prop' and endpoint_id = 'whe_me1' $page"],
    [list => 'core.program_check', q(select core.program_check('{}'))],
    [list => 'core.stripe_key_mistake',
        q(select core.stripe_key_mistake('default', 'acct_platform'))],
    [list => 'core.idempotency_replay',
        q(select * from core.idempotency_replay('prop', 'POST', '/p', 'k'))],
    [list => 'auth.authenticate_app',
        q(select * from auth.authenticate_app(sha256('tme1'), 'reads', ''))],
    [list => 'auth.authenticate_session', q(select * from auth.authenticate_session(sha256('tme1'),
        sha256('sme1'), 'reads', 'prop_me1'))],
    [list => 'auth.authenticate_journal',
        q(select * from auth.authenticate_journal(sha256('jme'), ''))],
    [list => 'payments.intent_known', q(select payments.intent_known('pi_me1', null))],
    [list => 'connect.onboarding_link_begin',
        "select * from connect.onboarding_link_begin('acct_me1', $keys)"],
    [list => 'payouts.hold_reason', q(select payouts.hold_reason('po_me1'))],
    [list => 'payouts.estimate_target', q(select * from payouts.estimate_target(null))],
    [list => 'admin.trace', q(select * from admin.trace('pay_me1'))],
    [list => 'admin.hold_reason',
        q(select admin.hold_reason(p) from payouts.payout p where p.tenant_id = 'ten_0'
            and p.id = 'po_me1')],
    [list => 'stripe_events.unread_reason', q(select stripe_events.unread_reason('po_me1'))],

    [write => 'stripe_events.event_receive', q(select stripe_events.event_receive('{default}',
        '{evt_new}', '{x}', '{null}', '{t}', '{1}', '{null}', '{pi_me1}', array['{}']))],
    [write => 'core.idempotency_begin',
        q(select core.idempotency_begin('prop', 'POST', '/p', 'new', '\x00', 'w', 1000))],
    [write => 'payments.checkout_begin', "select payments.checkout_begin('tier_25k', 'crypto',"
        . " 'crypto', 25000, 19900, 'usd', 'w', 1000, $keys)"],
    [write => 'payments.free_create',
        q(select * from payments.free_create('tier_demo', 'crypto', 10000))],
    [write => 'ledger.post', q(select ledger.post('challenge_payment', 'new', array[
        ledger.stripe_leg('stripe:clearing', 'usd', 1),
        ledger.leg('revenue:challenges', 'usd', -1)], now(), 'new'))],

    [view => 'admin.jobs_due', 'select * from admin.jobs_due()'],
    [view => 'admin.reconciliation', 'select * from admin.reconciliation()'],
    [view => 'admin.posting_check', 'select * from admin.posting_check()'],
);

# Functions of the catalog that are none of these: another case calls them, they touch no table, or
# one row of their arguments.
my %none = map { $_ => 1 } qw(stripe_events.bookmark_claim core.job_claim payouts.payout_read
    admin.audit_hash admin.adjustment_legs admin.finish admin.limit_reason admin.money);

# [kind, name, statement] of each: those above, and every view of operators'.
sub of {
    my ($dbh) = @_;
    return @cases, map { [view => $_, "select v::text from $_ v"] } @{ $dbh->selectcol_arrayref(
        q(select format('admin.%s', c.relname) from pg_class c
            where c.relnamespace = 'admin'::regnamespace and c.relkind = 'v' order by 1)) };
}

# Claims, wakes and prunes, what programs only read, operators' functions that only read.
sub unmeasured {
    my ($dbh, @measured) = @_;
    my %measured = map { $_->[1] =~ s/ .*//r => 1 } @measured;
    return grep { !$measured{$_} && !$none{$_} } @{ $dbh->selectcol_arrayref(<<'END') };
select distinct format('%s.%s', o.schema, o.name)
from (
    select p.pronamespace::regnamespace as schema, p.proname as name,
        p.proname ~ '_(claim|wake)$|^prune|^leases_return$' or p.provolatile <> 'v' and exists (
            select from pg_roles r
            where r.rolname ~ '^purser_(payments|connect|payouts|webhooks|jobs|admin)$'
                and has_function_privilege(r.oid, p.oid, 'execute')) as counts
    from pg_proc p
    union all
    select c.relnamespace::regnamespace, c.relname, exists (
        select from pg_roles r
        where r.rolname ~ '^purser_(payments|connect|payouts|webhooks|jobs|admin)$'
            and has_table_privilege(r.oid, c.oid, 'select'))
    from pg_class c where c.relkind = 'v') as o
join pg_namespace n on n.nspname = o.schema::text
    and n.nspowner in ('purser_owner'::regrole, 'purser_background'::regrole)
where o.counts
order by 1
END
}


# The settings of a program's connection (src/core/db/conn.c), and who calls.
sub as_programs {
    my ($dbh) = @_;
    $dbh->do("set $_") for 'plan_cache_mode = force_generic_plan', 'enable_seqscan = off',
        'jit = off', q(purser.tenant = 'ten_0'), q(purser.principal = 'usr_me'),
        q(purser.mode = 'live');
    return;
}

1;
