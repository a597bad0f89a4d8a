# Protects: a purser-jobs that was frozen past its lease, and wakes up, adds nothing to what another
# one did meanwhile: one subaccount, one PaymentIntent, one transfer, in whatever order.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Frozen;
use T::Payouts;
use T::Purser;

# No time for a second attempt within a request: a lost answer is left to purser-jobs.
my $purser = T::Purser->start(conf => { stripe_timeout_ms => 450, stripe_deadline_ms => 450,
    provider_timeout_ms => 3000, provider_settle_ms => 3200 });
my $frozen = T::Frozen->new($purser);
my $double = $purser->double;

# --- subaccounts: the provider has no idempotency -----------------------------------

my $create = 'POST /api/create-subaccount';
my %recorded = (provisioning => qr/ msg="provisioning" /);

sub subaccounts { return $double->control(GET => '/_double/state')->{subaccounts} }
sub creates { return scalar $double->calls(POST => '/api/create-subaccount') }

# during = the first one wakes up while the create call of the second one is under way.
sub provision {
    my ($name, $point, $calls, %options) = @_;
    my ($subaccounts, $creates) = (subaccounts(), creates());
    my ($api, $user) = $purser->new_user_api("frozen$creates\@acme.test");
    $frozen->first($point, $options{during} && 4500);
    $double->faults(@{ $options{faults} }) if $options{faults};
    my $account = json_of($api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }))->{id};
    $frozen->second;
    $purser->wait_for('the second create call is under way', sub {
        $purser->value(q{select provision_state || provision_attempts from payments.prop_account }
            . q{where id = ?}, $account) eq 'calling2';
    }, 20)
        if $options{during};
    my $active = sub {
        $purser->value('select provision_state from payments.prop_account where id = ?', $account)
            eq 'done';
    };
    $purser->wait_for("$name: the second purser-jobs provisions", $active, 15)
        if !$options{during};
    $frozen->wake($recorded{provisioning});
    $purser->wait_for("$name: the account is provisioned", $active, 15);
    sleep 3 if $options{during};    # a third create call would have been made
    $double->no_faults;
    is(subaccounts() - $subaccounts, 1, "$name: one subaccount");
    is(creates() - $creates, $calls, "$name: $calls create calls");
    is($purser->value(q{select count(*) from core.exception}), 0, "$name: no exception");
    return;
}

provision('frozen before its create call', "before $create", 1);
provision('frozen after its create call', "after $create", 1);
provision('frozen with a refusal', "after $create", 2,
    faults => [{ match => $create, do => 'body', status => 400, body => '{"error":"no"}' }]);
provision('frozen with a refusal, awake during the next call', "after $create", 2, during => 1,
    faults => [{ match => $create, do => 'body', status => 400, body => '{"error":"no"}' },
        { match => $create, do => 'delay', delay_ms => 2500 }]);
provision('frozen with a lost answer', "after $create", 1,
    faults => [{ match => $create, do => 'cut_after' }]);

# --- PaymentIntents -------------------------------------------------------------------

# The objects at Stripe that name this row of ours.
sub made {
    my ($path, $row) = @_;
    my %ids;
    for my $call ($double->calls(POST => $path)) {
        next if ($call->{params}{metadata}{purser_object} // '') ne $row;
        my $answer = $call->{response} // ($call->{result} || {})->{body};
        $ids{ $answer->{id} }++ if ref $answer eq 'HASH' && $answer->{id};
    }
    return scalar keys %ids;
}

for my $when (qw(before after)) {
    $frozen->first("$when POST /v1/payment_intents");
    $double->faults({ match => 'POST /v1/payment_intents', do => '500', times => 1 });
    my ($api, $user) = $purser->new_user_api("checkout-$when\@acme.test");
    is_status($api->POST('/v2/payments/checkout', $purser->checkout_body), 502,
        "frozen $when the call of a checkout: the request gets no answer of Stripe's");
    my $row = $purser->value('select id from payments.payment where user_id = ?', $user);
    $frozen->second;
    my $status = sub {
        $purser->value('select status from payments.payment where id = ?', $row);
    };
    $purser->wait_for('the second purser-jobs settles the checkout',
        sub { $status->() eq 'requires_payment_method' });
    $frozen->wake(qr/ msg="stripe call" .*payment_intents/);
    $double->no_faults;
    is(made('/v1/payment_intents', $row), 1, "frozen $when the call of a checkout: one intent");
    is($status->(), 'requires_payment_method',
        "frozen $when the call of a checkout: the payment waits for its payer");
}

# --- transfers --------------------------------------------------------------------------

T::Payouts::policy($purser, 1, 0);
for my $when (qw(before after)) {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    $trader->funded([412.5, 0]);
    $frozen->first("$when POST /v1/transfers");
    my $row = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    $frozen->second;
    $purser->wait_for('the second purser-jobs pays', sub {
        $purser->value('select status from payouts.payout where id = ?', $row) eq 'paid';
    });
    $frozen->wake(qr/ msg="stripe call" .*transfers/);
    is(made('/v1/transfers', $row), 1, "frozen $when the call of a payout: one transfer");
    is($purser->value('select status from payouts.payout where id = ?', $row), 'paid',
        "frozen $when the call of a payout: the payout is paid");
}
is($purser->value('select count(*) from admin.ledger_check'), 0, 'the books agree');
done_testing;
