# Protects: a payout that Stripe refuses since the balance is too low is paid by itself once money
# comes in, under a key of its own.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start;

sub row { return $purser->rows('select * from payouts.payout where id = ?', $_[0])->[0] }
sub wait_status {
    my ($id, $status) = @_;
    return $purser->wait_for("the payout is $status", sub { row($id)->{status} eq $status }, 30);
}
sub events {
    return join ' ', map { $_->{type} }
        @{ $purser->rows('select type from webhooks.outbox where object_id = ? order by id',
            $_[0]) }
}
sub keys_of {
    my ($payout) = @_;
    my @keys = map { $_->{headers}{'idempotency-key'} }
        grep { ($_->{params}{metadata}{purser_object} // '') eq $payout }
        $purser->double->calls(POST => '/v1/transfers');
    return @keys;
}

subtest 'refused payout: it is paid by itself when money comes in' => sub {
    my ($trader, $other) = map { T::Payouts->new($purser) } 1 .. 2;
    $_->payee, $_->funded([41.25, 0]) for $trader, $other;
    T::Payouts::policy($purser, 1, 0);
    T::Payouts::balance($purser, 0);
    my @ids = map { json_of($_->api->POST('/v2/payouts/request', {}))->{id} } $trader, $other;
    for my $id (@ids) {
        $purser->wait_for('Stripe refused it', sub { row($id)->{deferrals} });
        is(row($id)->{status}, 'processing', 'the payout stays processing');
        is(events($id), '', 'the outbox has nothing');
    }
    is($purser->value(q{select count(*) from admin.stuck where what = 'payout'}), 2,
        'operators see both payouts');
    is_problem($trader->api->POST('/v2/payouts/request', {}), 409, 'V2_PAYOUT_IN_PROGRESS',
        'the amount stays committed');
    T::Payouts::balance($purser, 100_000);
    wait_status($_, 'paid') for @ids;
    for my $id (@ids) {
        is_deeply([keys_of($id)], ["$id:transfer", "$id:transfer:2"],
            'Stripe was asked twice, under two keys');
        is(events($id), 'payout.completed', 'the outbox has one payout.completed');
    }
    is_deeply([map { scalar $_->[0]->transfers($_->[1]) } [$trader, $ids[0]], [$other, $ids[1]]],
        [1, 1], 'there is one transfer for each');
    T::Payouts::policy($purser, 0, 0);
    T::Payouts::balance($purser, 100_000_000);
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'refused payout: every posting has its reason in the end');
is_deeply($purser->rows(q{select * from admin.stuck where what = 'payout'}), [],
    'refused payout: no payout is stuck in the end');
done_testing;
