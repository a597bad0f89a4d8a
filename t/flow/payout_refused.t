# Protects: a payout that Stripe refuses since the balance is too low is paid by itself once money
# comes in, under a key of its own; what waits for a payee who leaves stays owed and is not sent.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start;
$purser->dbh->do('update core.tenant set payee_change_hold_hours = 0');

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

subtest 'refused payout: the payee leaves between request and submit' => sub {
    my $trader = T::Payouts->new($purser);
    my $payee = $trader->payee;
    $trader->funded([62.5, 0]);
    my $id = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    my $deleted = $purser->double->http->request({ method => 'DELETE',
        uri => "/v1/accounts/$payee->{stripe_account_id}",
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY" } });
    is_status($deleted, 200, 'the account is deleted at Stripe');
    $purser->value("update connect.account set checked_at = checked_at - interval '61 s' "
        . 'where id = ? returning 1', $payee->{id});
    my ($shown) = @{ json_of($trader->api->GET('/v2/connect/accounts')) };
    is("$shown->{status} $shown->{payouts_enabled}", 'disabled 0',
        'the list of accounts finds that it is gone');
    is_problem($trader->writer->POST("/v2/payouts/$id/submit", {}), 409,
        'V2_PAYOUTS_NOT_ENABLED', 'a submit is refused');
    is(row($id)->{status}, 'pending', 'the payout stays pending');
    is(scalar keys_of($id), 0, 'Stripe is not asked for a transfer');
    is_problem($trader->api->POST(
        "/v2/connect/accounts/$payee->{stripe_account_id}/onboarding-link", {}), 409,
        'V2_PAYOUTS_NOT_ENABLED', 'there is no onboarding link for an account that is gone');
    my $asked = $purser->double->calls(GET => "/v1/accounts/$payee->{stripe_account_id}");
    $trader->api->GET('/v2/connect/accounts');
    is(scalar $purser->double->calls(GET => "/v1/accounts/$payee->{stripe_account_id}"), $asked,
        'an account that is gone is not read again');
    $trader->payee;
    is_json($trader->api->POST("/v2/payouts/$id/cancel", {}), { status => 'canceled' },
        'the payout for the payee who is gone is canceled');
    my $next = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    is_json($trader->writer->POST("/v2/payouts/$next/submit", {}), { status => 'paid' },
        'another payee is paid');
};

subtest 'refused payout: the payee leaves while the payout waits for money' => sub {
    my $trader = T::Payouts->new($purser);
    my $payee = $trader->payee;
    $trader->funded([75, 0]);
    my $id = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    T::Payouts::refuse($purser, 'balance_insufficient');
    is_status($trader->writer->POST("/v2/payouts/$id/submit", {}), 202,
        'the submit is answered by 202');
    $purser->double->control(
        POST => "/_double/accounts/$payee->{stripe_account_id}/deauthorize", {});
    $purser->wait_for('the payee is gone', sub {
        $purser->value('select gone_at is not null from connect.account where id = ?',
            $payee->{id}) });
    $purser->value("select admin.retry(?, 'test', false)", $id);
    wait_status($id, 'failed');
    is(scalar keys_of($id), 1, 'Stripe is not asked for another transfer');
    is(events($id), 'payout.failed', 'the outbox has payout.failed');
    is_json($trader->api->GET('/v2/payouts/estimate'),
        { amount_cents => 7500, available => JSON::PP::false }, 'the amount is owed again');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'refused payout: every posting has its reason in the end');
is_deeply($purser->rows(q{select * from admin.stuck where what = 'payout'}), [],
    'refused payout: no payout is stuck in the end');
done_testing;
