# Protects: a refund that an operator asks for is made once at Stripe, within what was paid,
# whatever becomes of the answers, also when Stripe has forgotten the key and when others refund.
use strict;
use warnings;

use Test::More;
use T::Api qw(json_of);
use T::Purser;
use T::Refunds qw(ask stands made at_dashboard);

my $purser = T::Purser->start;

sub buy {
    my ($checkout, $account) = $purser->buy;
    return @$checkout{qw(payment_id stripe_payment_intent_id)}, $account->{id};
}

sub webhooks { return $purser->double->control(POST => "/_double/webhooks$_[1]", $_[0]) }
sub withhold { return webhooks({ mode => 'withhold' }, '') }
sub deliver { webhooks({ mode => 'deliver' }, ''); return webhooks({}, '/flush') }

sub wait_stands {
    my ($id, $expected, $name) = @_;
    $purser->wait_for("$name: $expected", sub { stands($purser, $id) eq $expected });
    return pass("$name: the intent is $expected");
}

# As if the intent had been sent so long ago; it is due now.
sub age {
    my ($id, $hours) = @_;
    return $purser->rows(q{update payments.refund_intent set next_run_at = now(), attempts = 0,
        lease_holder = null, lease_until = null, sent_at = now() - ? * interval '1 h'
        where id = ? returning id}, $hours, $id);
}

sub status {
    my ($account) = @_;
    return json_of($purser->api->GET("/v2/payments/prop-accounts/$account"))->{status};
}

subtest 'a refund in two parts' => sub {
    my ($payment, $intent, $account) = buy();
    my $first = ask($purser, $payment, 5000);
    wait_stands($first, 'settled', 'the first part');
    my ($sent) = grep { $_->{params}{payment_intent} eq $intent }
        $purser->double->calls(POST => '/v1/refunds');
    is($sent->{headers}{'idempotency-key'} // $sent->{headers}{'Idempotency-Key'},
        "$first:refund", q(the first part: the key is the intent's));
    is_deeply([@{ $sent->{params}{metadata} }{qw(purser_api purser_object purser_attempt)}],
        ['prop', $first, 1], 'the first part: our metadata goes with it');
    is(status($account), 'active', 'the first part does not suspend the account');
    wait_stands(ask($purser, $payment, undef), 'settled', 'the rest');
    is_deeply([sort values %{ made($purser, $intent) }], [14_900, 5000], 'both parts are made');
    $purser->wait_for('the account is suspended', sub { status($account) eq 'suspended' });
    ok(!eval { ask($purser, $payment, 1) }, 'nothing is left to refund');
    like($@, qr/0 of 19900 usd are left to refund/, 'the operator reads why');
};

subtest 'a refund whose answer is lost, and whose key Stripe has forgotten' => sub {
    my ($payment, $intent) = buy();
    withhold();
    $purser->double->faults({ match => 'POST /v1/refunds', do => 'cut_after', times => 10 });
    my $id = ask($purser, $payment, 7000);
    $purser->wait_for('the refund is made', sub { keys %{ made($purser, $intent) } });
    $purser->wait_for('the answer is missed', sub { $purser->value(
        q{select attempts > 0 and lease_holder is null from admin.refunds where id = ?}, $id) });
    is(stands($purser, $id), 'open', 'without an answer the intent is open');
    my $posts = $purser->double->calls(POST => '/v1/refunds');
    age($id, 25);
    wait_stands($id, 'settled', 'found by metadata');
    is(scalar $purser->double->calls(POST => '/v1/refunds'), $posts,
        'a refund is not asked for when its key is forgotten');
    is_deeply([values %{ made($purser, $intent) }], [7000], 'there is one refund');
    $purser->double->no_faults;
    deliver();
};

subtest 'a refund that never reached Stripe' => sub {
    my ($payment, $intent) = buy();
    $purser->double->faults({ match => 'POST /v1/refunds', do => '500', times => 10 });
    my $id = ask($purser, $payment, 7000);
    $purser->wait_for('the call fails', sub { $purser->value(
        q{select attempts > 0 and lease_holder is null from admin.refunds where id = ?}, $id) });
    age($id, 23.5);
    $purser->wait_for('the claim', sub { $purser->value(q{select last_error = }
        . q{'between sending again and looking up' from admin.refunds where id = ?}, $id) });
    is(stands($purser, $id), 'open', 'in the last hour of its key nothing is decided');
    age($id, 25);
    wait_stands($id, 'refused abandoned', 'not found');
    is($purser->value(q{select kind from admin.exceptions where object_id = ?}, $id),
        'refund_refused', 'the operator sees an exception');
    $purser->double->no_faults;
    wait_stands(ask($purser, $payment, 7000), 'settled', 'asked for again');
    is_deeply([values %{ made($purser, $intent) }], [7000], 'one refund is made at last');
    ok($purser->value(q{select resolved_at is not null from admin.exceptions where object_id = ?},
        $id), 'the exception is closed');
};

subtest q(a refund at Stripe's dashboard at the same time) => sub {
    my ($payment, $intent) = buy();
    withhold();
    is(at_dashboard($purser, $intent, 15_000)->{status}, 200, 'the dashboard refunds');
    my $id = ask($purser, $payment, 5000);
    wait_stands($id, 'refused refused', 'more than is left at Stripe');
    deliver();
    $purser->wait_for(q(the dashboard's refund is booked), sub { $purser->value(
        'select refunded_cents from payments.payment where id = ?', $payment) == 15_000 });
    is_deeply([values %{ made($purser, $intent) }], [15_000], 'no more is refunded than was paid');
    wait_stands(ask($purser, $payment, undef), 'settled', 'all that is left');
    is_deeply([sort values %{ made($purser, $intent) }], [15_000, 4900], 'all is refunded');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the books agree');
done_testing;
