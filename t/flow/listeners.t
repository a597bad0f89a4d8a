# Protects: bulkheads.  A slow Stripe occupies the threads of the upstream listener only: reads go
# on, a request that finds no free thread gets 503 at once, and every client gets answers.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $THREADS = 32;
my $purser = T::Purser->start(programs => ['purser-payments'],
    conf => { threads_upstream => $THREADS, stripe_timeout_ms => 20_000,
        stripe_deadline_ms => 30_000 },
    nginx => { site => "limit_conn purser_upstream $THREADS;\nlimit_conn_status 503;\n" });
my $api = $purser->api;
my ($checkout, $list) = ('/v2/payments/checkout', '/v2/payments/prop-accounts');

sub slow {
    my ($ms) = @_;
    $purser->double->no_faults;
    return $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'delay',
        delay_ms => $ms, times => -1 });
}

# Statuses with how many there are of each: "200:32 503:96".
sub counted {
    my %count;
    $count{ $_->{status} }++ for @_;
    return join ' ', map { "$_:$count{$_}" } sort keys %count;
}

subtest 'listeners: a burst of 128 checkouts, 300 ms each at Stripe' => sub {
    slow(300);
    my @answers = $api->parallel((map { ['POST', $checkout, $purser->checkout_body] } 1 .. 128),
        map { ['GET', $list] } 1 .. 64);
    my @checkouts = splice @answers, 0, 128;
    my @full = grep { $_->{status} != 200 } @checkouts;
    is(counted(@answers), '200:64', 'all reads are answered');
    cmp_ok(128 - @full, '>=', $THREADS, 'a listener full of checkouts is served');
    is(counted(@full), '503:' . @full, 'the other checkouts are refused');
    ok(scalar @full, 'some checkouts were refused');
    is_problem($full[0], 503, 'V2_UNAVAILABLE', 'a refused checkout gets the usual shape');
    is(scalar(grep { ($_->{headers}{'retry-after'} // '') ne '1' } @full), 0,
        'all refused checkouts get Retry-After');
    is($purser->value('select count(*) from payments.payment'), 128 - @full,
        'the refused checkouts have no effect');
};

# Without a time limit: the reads must end while every thread of the other listener waits for
# Stripe.
subtest 'listeners: while the listener is full' => sub {
    slow(8000);
    my $before = $purser->value('select count(*) from payments.payment');
    my $burst = T::Proc->start(log => "$purser->{dir}/burst", command => ['burst'], code => sub {
        $| = 1;
        print counted($api->parallel(map { ['POST', $checkout, $purser->checkout_body] }
            1 .. $THREADS));
    });
    $purser->wait_for('every thread waits',
        sub { $purser->value('select count(*) from payments.payment') == $before + $THREADS });
    my $open = sub {
        $purser->value(q(select count(*) from payments.payment where status = 'creating'));
    };
    is(counted(map { $api->GET($list) } 1 .. 60), '200:60',
        '60 reads one after the other are answered');
    is($open->(), $THREADS, 'those reads end before the first checkout');
    is(counted($api->parallel(map { ['GET', $list] } 1 .. 60)), '200:60',
        '60 reads at once are answered');
    is($open->(), $THREADS, 'those reads end before the first checkout, too');
    my $refused = $api->POST($checkout, $purser->checkout_body);
    is_problem($refused, 503, 'V2_UNAVAILABLE', 'one more checkout is refused');
    is($open->(), $THREADS, 'the refusal comes before the first checkout ends');
    is_status($api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }), 200,
        'a write that calls no other service goes on');
    is_problem($api->POST('/v2/lifecycle/sync/prop_none', {}), 503, 'V2_UNAVAILABLE',
        'another route of that listener is refused');
    $burst->wait;
    is($burst->log_text, "200:$THREADS", 'all checkouts in the listener are served');
    slow(0);
    is_status($api->POST($checkout, $purser->checkout_body), 200,
        'a checkout is served when a thread of the listener is free');
};

# Kept connections park threads (nginx: keepalive): with more clients than threads each must come to
# its turn.
subtest 'listeners: no client starves' => sub {
    for my $clients (64, 512) {
        is(counted($api->parallel(map { ['GET', $list] } 1 .. $clients)), "200:$clients",
            "$clients clients at once get one answer each");
    }
    my @clients = map {
        my $number = $_;
        T::Proc->start(log => "$purser->{dir}/client$number", command => ['client'], code => sub {
            my ($end, $count) = (time + 2, 0);
            $| = 1;
            while (time < $end) { $count++ if $api->GET($list)->{status} == 200 }
            print $count;
        });
    } 1 .. 24;
    $_->wait for @clients;
    my @counts = sort { $a <=> $b } map { $_->log_text || 0 } @clients;
    my $mean = 0;
    $mean += $_ / @counts for @counts;
    cmp_ok($counts[0], '>', $mean / 10,
        sprintf 'the least served of 24 clients got %d answers, the mean %.0f', $counts[0], $mean);
};

unlike($purser->payments->log_text, qr/level=error/, 'listeners: the log has no error');

done_testing;
