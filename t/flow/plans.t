# Protects: no statement of a program reads a whole table that grows, also when the statistics still
# say that every table is tiny.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Payouts;
use T::Purser;

# No autovacuum: the statistics of the planner stay those of empty tables.
my $purser = T::Purser->start(settings => { autovacuum => 'off' });
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

# The sequential scans of each table so far.  A session reports its own when it is idle, once a
# second.
sub scans {
    $purser->value('select pg_stat_force_next_flush()');
    sleep 2;
    $purser->value('select pg_stat_clear_snapshot()');
    return map { ($_->{name} => $_->{seq_scan}) } @{ $purser->rows(<<'END') };
select schemaname || '.' || relname as name, seq_scan from pg_stat_user_tables
END
}

# A sale, a provisioning and a payout: the statements that every program runs most often.
sub round {
    my ($n) = @_;
    my $checkout = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body,
        'Idempotency-Key' => "buy$n"));
    $purser->double->confirm($checkout->{stripe_payment_intent_id});
    is_status($api->POST('/v2/payments/free', \%free, 'Idempotency-Key' => "free$n"), 200,
        "round $n: a free account");
    $purser->wait_for('all accounts are active', sub {
        my $accounts = json_of($api->GET('/v2/payments/prop-accounts'));
        return @$accounts == 2 * $n + $n - 1 && !grep { $_->{status} eq 'provisioning' } @$accounts;
    });
    my $prop = $alice->funded([100], [100]);
    my $payout = json_of($api->POST('/v2/payouts/request', { prop_account_id => $prop->{id} },
        'Idempotency-Key' => "pay$n"));
    is_status($alice->writer->POST("/v2/payouts/$payout->{id}/submit", {}), 200,
        "round $n: the payout is paid");
    is_status($api->GET($_), 200, "round $n: $_ is answered")
        for '/v2/payouts', '/v2/connect/accounts',
        '/v2/payments/prop-accounts/failed';
    return;
}

$alice->payee;
round(1);
$purser->dbh->do('vacuum analyze');
$_->restart for values %{ $purser->{program} };
round(2);
my %before = scans();
$purser->{program}{'purser-jobs'}->restart;    # it prunes when it starts, then once a minute
round($_) for 3 .. 5;
# which no other request of this test reads
$purser->value('select count(*) from payments.suspension');
my %after = scans();
# Tables with few rows: how far the event list was read, our id at Stripe, each process, and each
# firm's Stripe account, by which claims look at the firm's due rows.
delete @after{qw(stripe_events.bookmark core.installation core.instance core.stripe_account)};
my @scanned = grep { $after{$_} != $before{$_} } sort keys %after;
is_deeply(\@scanned, ['payments.suspension'],
    'plans: no table was read whole but by this test itself');

done_testing;
