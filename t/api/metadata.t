# Protects: an object at Stripe is ours by its id, whatever staff do to its metadata, else by
# metadata of which all is ours; what was made under the keys of before is still found.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_json json_of);
use T::Events qw(event deliver);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(conf => { reconcile_after_s => 3600 });
my $double = $purser->double;

sub webhooks { return $double->control(POST => '/_double/webhooks', { mode => $_[0] }) }

# Staff at Stripe's dashboard: this is all the metadata that is left.
sub edit {
    my ($object, $metadata) = @_;
    return $double->control(POST => "/_double/objects/$object/metadata", $metadata);
}

# Each call of this path is executed, and its answer lost.
sub losing {
    my ($path, $code) = @_;
    $double->faults({ match => "POST $path", do => 'cut_after', times => -1 });
    my $answer = $code->();
    $double->no_faults;
    return $answer;
}

# The id of what the last call of this path made.
sub made {
    my ($path) = @_;
    my ($call) = reverse $double->calls(POST => $path);
    return ($call->{response} // $call->{result}{body})->{id};
}

sub newest { return $purser->rows("select * from $_[0] order by id desc limit 1")->[0] }

sub state_of {
    my ($event, $state) = @_;
    return $purser->wait_for("the event is $state", sub {
        ($purser->value('select state from stripe_events.event where id = ?', $event->{id}) // '')
            eq $state;
    });
}

# A trader with a pending payout, and its id.
sub pending {
    my ($cents) = @_;
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    $trader->funded([$cents / 100, 0]);
    return ($trader, json_of($trader->api->POST('/v2/payouts/request', {}))->{id});
}

# A payment, an account and a payout whose objects Stripe has made without our knowing their ids:
# { kind => { table, id, object } }.
sub unanswered {
    webhooks('withhold');
    my ($trader, $payout) = pending(1000);
    my $payee = T::Payouts->new($purser);
    my %waits = (payout => { table => 'payouts.payout', id => $payout });
    $purser->jobs->stop;
    losing('/v1/transfers', sub { $trader->writer->POST("/v2/payouts/$payout/submit", {}) });
    $waits{payout}{object} = made('/v1/transfers');
    losing('/v1/accounts', sub { $payee->api->POST('/v2/connect/accounts', { country => 'US' }) });
    $waits{account} = { table => 'connect.account', id => newest('connect.account')->{id},
        object => made('/v1/accounts') };
    losing('/v1/payment_intents',
        sub { $purser->api->POST('/v2/payments/checkout', $purser->checkout_body) });
    $waits{payment} = { table => 'payments.payment', id => newest('payments.payment')->{id},
        object => made('/v1/payment_intents') };
    return \%waits;
}

my %column = (payment => 'stripe_payment_intent_id', account => 'stripe_account_id',
    payout => 'stripe_transfer_id');
my %open = (payment => 'creating', account => 'creating', payout => 'processing');
my %old_key = (payment => 'payment_id', account => 'connect_account_id', payout => 'payout_id');

sub row_of {
    my ($waits, $kind) = @_;
    return $purser->rows("select status, $column{$kind} as object from $waits->{$kind}{table} "
        . 'where id = ?', $waits->{$kind}{id})->[0];
}

# So old that Stripe may have forgotten their keys: the jobs look them up, the intent among those
# that were made within a day of its row.
sub look_up {
    my ($waits) = @_;
    my %sent = (payment => 'created_at', account => 'created_at', payout => 'sent_at');
    $purser->value("update $waits->{$_}{table} set $sent{$_} = $sent{$_} - interval '24 h 5 min' "
        . 'where id = ? returning 1', $waits->{$_}{id}) for sort keys %sent;
    return start_jobs($waits);
}

sub start_jobs {
    my ($waits) = @_;
    $purser->value("update $waits->{$_}{table} set next_run_at = now() where id = ? returning 1",
        $waits->{$_}{id}) for sort keys %$waits;
    return $purser->start_program('purser-jobs');
}

sub found_out {
    my ($waits) = @_;
    return $purser->wait_for('the jobs found out about all of them', sub {
        !grep { row_of($waits, $_)->{status} eq $open{$_} } keys %open;
    }, 20);
}

subtest 'metadata: intents of others that name our payment' => sub {
    $double->faults({ match => 'POST /v1/payment_intents', do => '500', times => -1 });
    $purser->api->POST('/v2/payments/checkout', $purser->checkout_body);
    my $payment = newest('payments.payment');
    my %intent = (object => 'payment_intent', amount => 19_900, amount_received => 0,
        currency => 'usd', status => 'requires_payment_method', client_secret => 's');
    my %others = (purser_installation => 'ins_' . '0' x 32, purser_tenant => 'ten_other',
        purser_api => 'marketplace');
    for my $key (sort keys %others) {
        my $event = event('payment_intent.payment_failed', { %intent, id => "pi_$key",
            metadata => $purser->metadata($payment->{id}, $key => $others{$key},
                payment_id => $payment->{id}) });
        is_status(deliver($purser, $event), 200, "an event with another $key is taken");
        state_of($event, $key eq 'purser_api' ? 'applied' : 'ignored');
    }
    is($purser->value(q{select string_agg(kind || ' ' || object_id, ', ' order by object_id)
        from core.exception where resolved_at is null}),
        'payment_without_row pi_purser_api',
        'those of this installation are exceptions');
    my $row = newest('payments.payment');
    is($row->{id}, $payment->{id}, 'no payment was made');
    is("$row->{status} " . ($row->{stripe_payment_intent_id} // 'none'), 'creating none',
        'the payment still waits for its intent');
    my $event = event('payment_intent.payment_failed', { %intent, id => 'pi_early',
        metadata => $purser->metadata($payment->{id}) });
    deliver($purser, $event);
    state_of($event, 'applied');
    is(newest('payments.payment')->{stripe_payment_intent_id}, 'pi_early',
        'the intent that carries our metadata is the payment\'s');
    $double->no_faults;
};

subtest 'metadata: a transfer whose metadata was emptied is reversed' => sub {
    my ($trader, $id) = pending(41_250);
    is_json($trader->writer->POST("/v2/payouts/$id/submit", {}), { status => 'paid' },
        'the payout is paid');
    my $transfer = made('/v1/transfers');
    is_deeply(edit($transfer, {})->{metadata}, {}, 'the transfer has no metadata');
    my $answer = $double->http->request({ method => 'POST',
        uri => "/v1/transfers/$transfer/reversals", body => 'amount=250', headers => {
            Authorization => "Bearer $T::Purser::SECRET_KEY",
            'Content-Type' => 'application/x-www-form-urlencoded' } });
    is_status($answer, 200, 'staff reverse a part of the transfer');
    $purser->wait_for('the reversal is seen', sub {
        $purser->value('select reversed_cents from payouts.payout where id = ?', $id) == 250;
    });
    is($purser->value(q(select balance from ledger.balance_v where code = 'recoveries:traders')),
        -250, 'the reversal is booked');
};

subtest 'metadata: objects of before are looked up by the old keys' => sub {
    my $waits = unanswered();
    edit($waits->{$_}{object}, { $old_key{$_} => $waits->{$_}{id} }) for sort keys %old_key;
    look_up($waits);
    found_out($waits);
    is(row_of($waits, $_)->{object}, $waits->{$_}{object}, "the $_ has its object")
        for sort keys %old_key;
    webhooks('deliver');
};

subtest 'metadata: events of objects of before find their rows by the old keys' => sub {
    my $waits = unanswered();
    edit($waits->{$_}{object}, { $old_key{$_} => $waits->{$_}{id} }) for sort keys %old_key;
    $purser->value("update $waits->{$_}{table} set next_run_at = now() + interval '1 h' "
        . 'where id = ? returning 1', $waits->{$_}{id}) for sort keys %old_key;
    $double->confirm($waits->{payment}{object});
    $double->control(POST => "/_double/accounts/$waits->{account}{object}/onboard",
        { outcome => 'active' });
    $purser->start_program('purser-jobs');
    webhooks('deliver');
    $double->control(POST => '/_double/webhooks/flush');
    my %done = (payment => 'succeeded', account => 'active', payout => 'paid');
    for my $kind (sort keys %done) {
        $purser->wait_for("the $kind is $done{$kind}",
            sub { row_of($waits, $kind)->{status} eq $done{$kind} });
        is(row_of($waits, $kind)->{object}, $waits->{$kind}{object}, "the $kind has its object");
    }
};

subtest 'metadata: an object of before is found though its key is taken' => sub {
    my $waits = unanswered();
    edit($waits->{$_}{object}, { $old_key{$_} => $waits->{$_}{id} }) for sort keys %old_key;
    # Stripe remembers another metadata than is sent now
    $purser->value("select admin.new_installation('other parameters', false)");
    my $before = $double->control(GET => '/_double/state');
    start_jobs($waits);
    found_out($waits);
    is(row_of($waits, $_)->{object}, $waits->{$_}{object}, "the $_ has its object")
        for sort keys %old_key;
    my $after = $double->control(GET => '/_double/state');
    is_deeply([@$after{qw(payment_intents accounts transfers)}],
        [@$before{qw(payment_intents accounts transfers)}], 'Stripe makes no second object');
    webhooks('deliver');
};

subtest "metadata: another installation's objects are neither taken nor taken for none" => sub {
    my $waits = unanswered();
    $purser->value("select admin.new_installation('a copy of the database', false)");
    look_up($waits);
    for my $kind (sort keys %column) {
        $purser->wait_for("the $kind was looked up", sub {
            ($purser->value("select last_error from $waits->{$kind}{table} where id = ?",
                $waits->{$kind}{id}) // '') =~ /another owner/;
        }, 20);
        is_deeply(row_of($waits, $kind), { status => $open{$kind}, object => undef },
            "the $kind stays open without an object");
    }
    webhooks('deliver');
    $double->control(POST => '/_double/webhooks/flush');
    is_json($purser->api->POST('/v2/payments/checkout', $purser->checkout_body),
        { status => 'requires_payment_method' }, 'the copy sells under its own id');
};

done_testing;
