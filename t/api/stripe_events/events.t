# Protects: however Stripe's events arrive (late, twice, in any order, or never), each fact has one
# effect, and none is lost.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_json json_of);
use T::Events qw(event event_text delivery deliver);
use T::Purser;

my $purser = T::Purser->start(accounts => 1, conf => { reconcile_after_s => 3600 });
my $api = $purser->api;
my $http = $purser->nginx->http;

sub mode { return $purser->double->control(POST => '/_double/webhooks', {@_}) }

sub at_stripe {
    my ($path) = @_;
    my $answer = $purser->double->http->request({ method => 'GET', uri => $path,
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY" } });
    return json_of($answer)->{data};
}

sub checkout { return json_of($api->POST('/v2/payments/checkout', $purser->checkout_body)) }

# A paid checkout whose events are withheld: (checkout, its events by type).
sub paid_in_silence {
    my ($method) = @_;
    mode(mode => 'withhold');
    my $checkout = checkout();
    my $intent = $checkout->{stripe_payment_intent_id};
    $purser->double->confirm($intent, $method || 'pm_card_visa');
    return ($checkout, events_of($intent));
}

sub events_of {
    my ($intent) = @_;
    return { map { $_->{type} => $_ } grep {
        my $o = $_->{data}{object};
        $o->{id} eq $intent || ($o->{payment_intent} // '') eq $intent
    } @{ at_stripe('/v1/events?limit=100') } };
}

sub account_of {
    my ($checkout) = @_;
    return $purser->rows('select * from payments.prop_account where payment_id = ?',
        $checkout->{payment_id})->[0];
}

sub wait_active {
    my ($checkout, $what) = @_;
    return $purser->wait_for("$what: the account is active",
        sub { ((account_of($checkout) || {})->{status} // '') eq 'active' });
}

sub state_of {
    return $purser->value('select state from stripe_events.event where id = ?', $_[0]{id})
        // 'unknown';
}

sub wait_state {
    my ($event, $state) = @_;
    return $purser->wait_for("the event is $state", sub { state_of($event) eq $state });
}

# There is one account, one posting, one message and one subaccount.
sub is_once {
    my ($checkout, $name) = @_;
    my $id = $checkout->{payment_id};
    my $is = join ' ', map { $purser->value(@$_) }
        ['select count(*) from payments.prop_account where payment_id = ?', $id],
        [q(select count(*) from ledger.transfer where kind = 'challenge_payment' and source = ?),
            $id],
        [q(select count(*) from webhooks.outbox where type = 'payment.succeeded' and object_id = ?),
            $id];
    is($is, '1 1 1', "$name: one account, one posting, one message");
    return is($purser->double->control(GET => '/_double/state')->{subaccounts},
        $purser->value('select count(*) from payments.prop_account '
            . 'where subaccount_uuid is not null'), "$name: as many subaccounts as accounts");
}

for my $mode ({ mode => 'duplicate' }, { mode => 'deliver', early => \1 },
    map { { mode => 'shuffle', seed => $_ } } 1 .. 4) {
    my $name = join ' ', $mode->{mode}, $mode->{early} ? 'early' : (), $mode->{seed} // ();
    mode(%$mode);
    my ($checkout, $account) = $purser->buy;
    is_once($checkout, "events, $name");
}
mode(mode => 'deliver');

# The constraints of the table: one account for a payment and for a PaymentIntent.
subtest 'events: the table refuses a second account' => sub {
    my ($checkout, $account) = $purser->buy;
    my $open = checkout();
    my %second = (
        payment_id => [$checkout->{payment_id}, 'pi_other'],
        stripe_payment_intent_id => [$open->{payment_id}, $checkout->{stripe_payment_intent_id}],
    );
    for my $column (sort keys %second) {
        my $done = eval { $purser->dbh->do(<<'END', undef, @{ $second{$column} }, $account->{id}) };
insert into payments.prop_account
    (id, tenant_id, user_id, tier_id, asset_class, account_size, payment_id,
        stripe_payment_intent_id, status)
select core.new_id('prop'), tenant_id, user_id, tier_id, asset_class, account_size, ?, ?,
    'provisioning'
from payments.prop_account where id = ?
END
        like($done ? 'written' : $@, qr/duplicate key .*"prop_account_${column}"/,
            "a second account of the same $column is a duplicate");
    }
};

subtest 'events: early: the event comes before the answer to our own call' => sub {
    mode(mode => 'deliver', early => \1);
    my $before = $purser->value('select count(*) from payments.payment');
    my $checkout = checkout();
    ok($checkout->{client_secret}, 'the checkout is answered after the event');
    is($purser->value('select count(*) from payments.payment'), $before + 1,
        'the early event makes no second payment');
    my ($created) = grep { $_->{data}{object}{id} eq $checkout->{stripe_payment_intent_id} }
        @{ at_stripe('/v1/events?limit=10') };
    wait_state($created, 'applied');
    pass('the early event is applied');
    mode(mode => 'deliver');
};

subtest 'events: 50 identical events at once' => sub {
    my ($checkout, $events) = paid_in_silence();
    my $event = $events->{'payment_intent.succeeded'};
    my $request = delivery($event);
    my @answers = $http->parallel(($request) x 50);
    is(scalar(grep { $_->{status} == 200 && $_->{body} eq '{"received":true}' } @answers), 50,
        'all are answered by 200');
    is($purser->value('select count(*) from stripe_events.event where id = ?', $event->{id}), 1,
        'the event is stored once');
    wait_active($checkout, 'identical events');
    is_once($checkout, 'identical events');
};

subtest 'events: 50 different events at once about one success' => sub {
    my ($checkout, $events) = paid_in_silence();
    my $intent = $events->{'payment_intent.succeeded'}{data}{object};
    my @events = map { event('payment_intent.succeeded', $intent) } 1 .. 50;
    my @answers = $http->parallel(map { delivery($_) } @events);
    is(scalar(grep { $_->{status} == 200 } @answers), 50, 'all are answered by 200');
    wait_active($checkout, 'different events');
    $purser->wait_for('all are applied', sub {
        $purser->value(q(select count(*) = 50 from stripe_events.event )
            . q(where state = 'applied' and id = any (?)), [map { $_->{id} } @events]) });
    is_once($checkout, 'different events');
};

subtest 'events: a refund whose event comes before that of its payment waits' => sub {
    my ($checkout) = paid_in_silence();
    $purser->double->control(POST => '/_double/refunds',
        { payment_intent => $checkout->{stripe_payment_intent_id} });
    my $events = events_of($checkout->{stripe_payment_intent_id});
    my ($refund, $paid) = @$events{qw(charge.refunded payment_intent.succeeded)};
    is_status(deliver($purser, $refund), 200, "the refund's event is taken");
    wait_state($refund, 'parked');
    is(account_of($checkout), undef, 'the refund makes no account');
    is_status(deliver($purser, $paid), 200, "the payment's event is taken");
    wait_state($refund, 'applied');
    is(account_of($checkout)->{status}, 'suspended',
        "the refunded payment's account is suspended from the start");
    is($purser->value('select refunded_cents from payments.payment where id = ?',
        $checkout->{payment_id}), 19_900, 'the payment counts the whole refund');
};

subtest 'events: those that are not for us' => sub {
    my ($checkout, $events) = paid_in_silence();
    my $intent = $events->{'payment_intent.succeeded'}{data}{object};
    my %other = (
        'of a connected account' => event('payment_intent.succeeded', $intent,
            account => 'acct_1Connected'),
        'of live mode' => event('payment_intent.succeeded', $intent, livemode => \1),
        'of a type that we do not know' => event('payment_intentional.succeeded', $intent),
        'of a thin event' => event('v1.payment_intent.succeeded', $intent),
        'of a charge' => event('charge.succeeded', $intent),
        'with a status that we do not know' => event('payment_intent.succeeded',
            { %$intent, status => 'superseded' }),
        'a refund without intent' => event('refund.created',
            { object => 'refund', id => 're_1', payment_intent => undef }),
        'a dispute without id' => event('charge.dispute.created',
            { object => 'dispute', payment_intent => $intent->{id} }),
    );
    for my $name (sort keys %other) {
        is_status(deliver($purser, $other{$name}), 200, "$name: the event is taken");
        wait_state($other{$name}, 'ignored');
        is(account_of($checkout), undef, "$name: no account comes of it");
    }
    is($purser->value('select status from payments.payment where id = ?', $checkout->{payment_id}),
        'requires_payment_method', 'the payment is not paid by events of others');
    is_status(deliver($purser, $events->{'payment_intent.succeeded'}), 200,
        "the payment's own event is taken");
    wait_active($checkout, 'the right one');
};

subtest "events: strangers' objects do nothing" => sub {
    my $before = $purser->value('select count(*) from payments.payment')
        . $purser->value('select count(*) from payments.prop_account');
    my %intent = (object => 'payment_intent', amount => 19_900, amount_received => 19_900,
        currency => 'usd', status => 'succeeded');
    my @strange = map { event('payment_intent.succeeded',
        { %intent, id => 'pi_of_another_shop', %$_ }) } {}, { metadata => undef },
        { metadata => {} }, { metadata => { payment_id => 'pay_1' } },
        { metadata => { purser_object => 'pay_1' } },
        { metadata => { purser_installation => 'another', purser_object => 'pay_1' } };
    deliver($purser, $_) for @strange;
    wait_state($_, 'ignored') for @strange;
    is($purser->value('select count(*) from payments.payment')
        . $purser->value('select count(*) from payments.prop_account'), $before,
        'strange objects make no payment and no account');
};

# The open exception of an object, as operators see it.
sub exception_of {
    my ($object) = @_;
    return $purser->value('select kind from admin.exceptions '
        . 'where object_id = ? and resolved_at is null', $object);
}
sub suspense {
    return $purser->value(q(select coalesce(sum(-balance), 0) from ledger.balance_v )
        . q(where code = 'suspense:payments'));
}

# A paid PaymentIntent with our metadata that we did not make; its id.
sub strange_intent {
    my ($object) = @_;
    my $metadata = $purser->metadata($object);
    my $made = json_of($purser->double->http->request({ method => 'POST',
        uri => '/v1/payment_intents', headers => {
            Authorization => "Bearer $T::Purser::SECRET_KEY",
            'Content-Type' => 'application/x-www-form-urlencoded' },
        body => join '&', 'amount=19900', 'currency=usd',
            'automatic_payment_methods[enabled]=true',
            map { "metadata[$_]=$metadata->{$_}" } sort keys %$metadata }));
    $purser->double->confirm($made->{id}, 'pm_card_visa');
    return $made->{id};
}

subtest 'events: money that fits no payment waits in suspense' => sub {
    mode(mode => 'withhold');
    my $checkout = checkout();
    my $before = suspense();
    my %names = (payment_second_intent => $checkout->{payment_id},
        payment_without_row => 'pay_' . '0' x 32);
    for my $kind (sort keys %names) {
        my $id = strange_intent($names{$kind});
        my $event = events_of($id)->{'payment_intent.succeeded'};
        deliver($purser, $event);
        wait_state($event, 'applied');
        is(exception_of($id), $kind, "$kind: operators see the exception");
        deliver($purser, { %$event, id => "$event->{id}again" });
        wait_state({ id => "$event->{id}again" }, 'applied');
        next if $kind ne 'payment_second_intent';
        my ($tenant) = $purser->tenants;
        $purser->value(q{select admin.resolve_exception(?, e.id, 'refunded', 'test', false) }
            . q{from admin.exceptions e where e.object_id = ?}, $tenant->{slug}, $id);
        is(exception_of($id), undef, 'an operator resolves an exception');
    }
    is(account_of($checkout), undef, 'a second intent of a payment makes no account');
    is(suspense() - $before, 2 * 19_900, 'what both took is booked to suspense once');
    mode(mode => 'deliver');
};

subtest 'events: a payment of another amount than asked' => sub {
    my ($checkout, $events) = paid_in_silence();
    my $before = suspense();
    my $event = $events->{'payment_intent.succeeded'};
    my $body = { %{ $event->{data}{object} }, amount_received => 100 };
    $purser->double->faults({ match => "GET /v1/payment_intents/$body->{id}", do => 'body',
        body => JSON::PP::encode_json($body) });
    deliver($purser, $event);
    wait_state($event, 'applied');
    is(account_of($checkout), undef, 'one dollar buys no account');
    is(exception_of($checkout->{payment_id}), 'payment_mismatch',
        'operators see a payment of another amount');
    is(suspense() - $before, 100, 'money of another amount waits in suspense');
};

subtest 'events: money is booked from what Stripe says now' => sub {
    my $before = suspense();
    my ($checkout, $events) = paid_in_silence();
    my %intent = %{ $events->{'payment_intent.succeeded'}{data}{object} };
    my $less = event('payment_intent.succeeded', { %intent, amount_received => 100 });
    deliver($purser, $less);
    wait_state($less, 'applied');
    wait_active($checkout, 'an event with another amount than Stripe has');
    is(suspense(), $before, 'an event with another amount: nothing of it is booked');

    mode(mode => 'withhold');
    my $unpaid = checkout();
    my $invented = event('payment_intent.succeeded', { %intent,
        id => $unpaid->{stripe_payment_intent_id}, metadata => {} });
    deliver($purser, $invented);
    wait_state($invented, 'applied');
    is(account_of($unpaid), undef, 'an event of an intent that is not paid makes no account');
    my $nowhere = event('payment_intent.succeeded', { %intent, id => 'pi_invented',
        metadata => $purser->metadata($unpaid->{payment_id}) });
    deliver($purser, $nowhere);
    wait_state($nowhere, 'failed');
    is(account_of($unpaid), undef, 'an event of an intent that Stripe has not makes no account');
    is($purser->value('select count(*) from ledger.transfer where object_id in (?, ?)',
        $unpaid->{stripe_payment_intent_id}, 'pi_invented'), 0,
        'events that Stripe does not bear out book nothing');
    mode(mode => 'deliver');
};

subtest 'events: an older event changes nothing' => sub {
    my ($checkout, $events) = paid_in_silence();
    my $paid = $events->{'payment_intent.succeeded'};
    deliver($purser, $paid);
    wait_active($checkout, 'paid');
    for my $status (qw(requires_payment_method requires_action processing canceled)) {
        my $old = event("payment_intent.$status", { %{ $paid->{data}{object} }, status => $status },
            created => $paid->{created} + ($status eq 'canceled' ? 60 : -60));
        deliver($purser, $old);
        wait_state($old, 'ignored');
        is($purser->value('select status from payments.payment where id = ?',
            $checkout->{payment_id}), 'succeeded', "an older $status does not undo the success");
    }
    $purser->value("select admin.replay_event(?, 'test', false)", $paid->{id});
    wait_state($paid, 'applied');
    is_once($checkout, 'replayed by an operator');
};

subtest 'events: Stripe does not answer while an event is applied' => sub {
    my ($checkout, $events) = paid_in_silence();
    deliver($purser, $events->{'payment_intent.succeeded'});
    wait_active($checkout, 'paid');
    $purser->double->control(POST => '/_double/refunds',
        { payment_intent => $checkout->{stripe_payment_intent_id} });
    my $refund = events_of($checkout->{stripe_payment_intent_id})->{'charge.refunded'};
    $purser->double->faults({ match => 'GET /v1/refunds', do => '500', times => -1 });
    deliver($purser, $refund);
    $purser->wait_for('it was tried', sub {
        $purser->value('select last_error is not null and lease_holder is null '
            . 'from stripe_events.event where id = ?', $refund->{id}) });
    is(state_of($refund), 'pending', 'the event stays pending and is tried later');
    $purser->double->no_faults;
    wait_state($refund, 'applied');
    is(account_of($checkout)->{status}, 'suspended', 'the event is applied when Stripe answers');
};

subtest 'events: those that never came are read from the list at the start' => sub {
    my ($checkout) = paid_in_silence();
    $purser->jobs->restart;
    wait_active($checkout, 'events from the list');
    is_once($checkout, 'events from the list');
    is($purser->value('select count(*) from payments.payment where looked_at is not null'), 0,
        'the payment is not looked up at Stripe');
    my ($again) = map { $_->{'payment_intent.succeeded'} }
        events_of($checkout->{stripe_payment_intent_id});
    is_status(deliver($purser, $again), 200,
        'the event is taken when the webhook brings it after all');
    is_once($checkout, 'back-fill and webhook');
};

subtest 'events: a list that cannot be read is read again' => sub {
    my ($checkout) = paid_in_silence();
    $purser->jobs->stop;
    $purser->double->faults({ match => 'GET /v1/events', do => 'html', times => 1 });
    $purser->start_program('purser-jobs');
    $purser->wait_for('the list was refused',
        sub { $purser->jobs->log_text =~ /list not read/ });
    $purser->jobs->restart;
    wait_active($checkout, 'the next start');
    is_once($checkout, 'the next start');
};

subtest 'events: a payment whose event is nowhere is looked up' => sub {
    $purser->jobs->stop;
    my $now = $purser->value('select now()');
    $purser->start_program('purser-jobs', conf => { reconcile_after_s => 1 });
    $purser->wait_for('the list is read',
        sub { $purser->value('select last_finished_at > ? from stripe_events.bookmark'
            . ' where list = ?', $now, 'events') });
    my ($checkout) = paid_in_silence();
    wait_active($checkout, 'an event found by a look-up');
    is_once($checkout, 'an event found by a look-up');
    ok($purser->value('select looked_at is not null from payments.payment where id = ?',
        $checkout->{payment_id}), 'the payment is looked up at Stripe');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'events: every posting has its reason in the end');
unlike($purser->jobs->log_text, qr/level=error/, 'events: the log of purser-jobs has no error');

done_testing;
