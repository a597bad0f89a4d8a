package T::Challenge;

# A scenario for T::Fault: a user buys and pays one challenge and gets one free account.  The seed
# chooses whether the double's events are duplicated, shuffled, withheld or early.  Afterwards the
# scenario counts accounts, postings and PaymentIntents in the database and in the double.

use strict;
use warnings;

use Exporter qw(import);
use T::Api qw(json_of);

our @EXPORT_OK = qw(challenge disturbed_challenge);

my @modes = (
    { mode => 'duplicate' },
    { mode => 'shuffle' },
    { mode => 'withhold' },    # for ever: reconciling finds the payment
    { mode => 'deliver', early => JSON::PP::true() },
);

sub challenge {
    my ($fault, $number, $seed) = @_;
    my $purser = $fault->purser;
    my ($api, $user) = $purser->new_user_api("fault$$-$number-$seed\@acme.test");
    $purser->double->control(POST => '/_double/webhooks',
        { %{ $modes[($seed - 1) % @modes] }, seed => $seed });
    my $checkout = $fault->insist(sub {
        $api->POST('/v2/payments/checkout', $purser->checkout_body,
            'Idempotency-Key' => "checkout-$number");
    });
    return "checkout answered $checkout->{status} $checkout->{body}" if $checkout->{status} != 200;
    my $intent = json_of($checkout)->{stripe_payment_intent_id};
    $purser->double->confirm($intent);
    my $free = $fault->insist(sub {
        $api->POST('/v2/payments/free',
            { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 },
            'Idempotency-Key' => "free-$number");
    });
    return "free answered $free->{status} $free->{body}" if $free->{status} != 200;
    my $unsettled = _settled($fault, $user, 2);
    return $unsettled if $unsettled;
    my $again = $fault->insist(sub {
        $api->POST('/v2/payments/checkout', $purser->checkout_body,
            'Idempotency-Key' => "checkout-$number");
    });
    return ($again->{body} eq $checkout->{body} ? () : "a repeat is answered $again->{body}",
        _counted($purser, $user, $intent, 2));
}

# The same when every answer is lost: Stripe makes the PaymentIntent without an answer, no event
# ever comes, and the provider makes the subaccount without an answer.  So purser-jobs must resume
# the checkout, reconcile the payment and look the subaccount up.
sub disturbed_challenge {
    my ($fault, $number, $seed) = @_;
    my $purser = $fault->purser;
    my ($api, $user) = $purser->new_user_api("disturbed$$-$number-$seed\@acme.test");
    $purser->double->control(POST => '/_double/webhooks', { mode => 'withhold', seed => $seed });
    $purser->double->faults(
        { match => 'POST /v1/payment_intents', do => 'cut_after', times => 1 },
        { match => 'POST /api/create-subaccount', do => $seed % 2 ? 'cut_after' : '500',
            times => 1, $seed % 2 ? () : (executed => JSON::PP::true()) },
    );
    my @call = ('/v2/payments/checkout', $purser->checkout_body,
        'Idempotency-Key' => "disturbed-$number");
    my $first = $api->POST(@call);
    my $intent = $fault->wait_for(10, sub {
        $purser->value('select stripe_payment_intent_id from payments.payment where user_id = ?',
            $user);
    }) or return 'no program found out about the PaymentIntent';
    $purser->double->confirm($intent);
    my $checkout = $fault->insist(sub { $api->POST(@call) });
    $purser->double->no_faults if $first->{status} == 200;
    my $unsettled = _settled($fault, $user, 1);
    return $unsettled if $unsettled;
    return ($checkout->{status} == 200 ? () : "checkout answered $checkout->{status}",
        _counted($purser, $user, $intent, 1));
}

# Nothing of this user may stay in between.
my $open = <<'END';
select concat_ws(', ',
    (select 'payments ' || string_agg(status, ' ') from payments.payment
        where user_id = $1 and status <> 'succeeded'),
    (select 'accounts ' || string_agg(status || '/' || provision_state, ' ')
        from payments.prop_account where user_id = $1 and status <> 'active'),
    (select 'no account'
        where (select count(*) from payments.prop_account where user_id = $1) < $2),
    (select 'keys ' || string_agg(state, ' ') from core.idempotency
        where principal = $1 and state <> 'done'),
    (select 'leases' from payments.payment where user_id = $1 and lease_holder is not null limit 1),
    (select 'leases' from payments.prop_account
        where user_id = $1 and lease_holder is not null limit 1),
    (select 'events ' || string_agg(state, ' ') from stripe_events.event
        where state in ('pending', 'failed')))
END

sub _settled {
    my ($fault, $user, $accounts) = @_;
    my $left;
    return if $fault->wait_for(15, sub {
        ($left = $fault->purser->value($open, $user, $accounts)) eq '';
    });
    return "still open: $left";
}

sub _counted {
    my ($purser, $user, $intent, $accounts) = @_;
    my %is = (
        payments => $purser->value('select count(*) from payments.payment where user_id = ?',
            $user),
        accounts => $purser->value('select count(*) from payments.prop_account where user_id = ?',
            $user),
        paid => $purser->value('select count(*) from payments.prop_account '
            . 'where stripe_payment_intent_id = ?', $intent),
        transfers => $purser->value(<<'END', $user),
select count(*) from ledger.transfer t join payments.payment p on p.id = t.source
where t.kind = 'challenge_payment' and p.user_id = ?
END
        succeeded => $purser->value(<<'END', $user),
select count(*) from webhooks.outbox o join payments.payment p on p.id = o.object_id
where o.type = 'payment.succeeded' and p.user_id = ?
END
        charges => _charges($purser, $intent),
        %{ _worldwide($purser) },
    );
    my %should = (payments => 1, accounts => $accounts, paid => 1, transfers => 1, succeeded => 1,
        charges => 1,
        subaccounts => 'as many', intents => 'as many', unbalanced => 0);
    return map { "$_: $is{$_}, not $should{$_}" } grep { $is{$_} ne $should{$_} } sort keys %should;
}

# Stripe's own list of PaymentIntents, read over its API.
sub _charges {
    my ($purser, $intent) = @_;
    my $answer = $purser->double->http->request({ method => 'GET',
        uri => "/v1/charges?payment_intent=$intent",
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY" } });
    return scalar grep { $_->{status} eq 'succeeded' } @{ json_of($answer)->{data} };
}

# The double's books against ours, over all scenarios so far.
sub _worldwide {
    my ($purser) = @_;
    my $state = $purser->double->control(GET => '/_double/state');
    my $made = $purser->value('select count(*) from payments.prop_account '
        . 'where subaccount_uuid is not null');
    my $payments = $purser->value('select count(*) from payments.payment');
    return {
        subaccounts => $made == $state->{subaccounts} ? 'as many'
        : "$state->{subaccounts} for $made accounts",
        intents => $payments == $state->{payment_intents} ? 'as many'
            : "$state->{payment_intents} for $payments payments",
        unbalanced => $purser->value(<<'END'),
select count(*) from (select transfer_id
    from ledger.entry e join ledger.account a on a.id = e.account_id
    group by transfer_id, a.asset having sum(e.amount) <> 0) x
END
    };
}

1;
