#!/usr/bin/perl
# Protects: PaymentIntents of the double: credentials, parameters, states, declines, capture,
# cancel.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start;

sub error_of ($answer) { return $answer->{json}{error} }

subtest 'double: credentials' => sub {
    my $answer = $d->stripe(GET => '/v1/balance', {}, auth => 'sk_test_wrong_key');
    is $answer->{status}, 401, 'a wrong key is refused';
    like error_of($answer)->{message}, qr/^Invalid API Key provided/,
        'the message says that the key is invalid';
    unlike $answer->{body}, qr/wrong_key/, 'the message does not echo the key';
    is $d->stripe(GET => '/v1/balance', {}, auth => 'pk_test_double')->{status}, 403,
        'a publishable key may not read the balance';
    $answer = $d->stripe(GET => '/v1/balance', {}, version => '2020-08-27');
    is $answer->{status}, 400, 'another version than the pinned one is refused';
    $answer = $d->stripe(GET => '/v1/balance', {}, version => '2026-10-28.endive');
    is $answer->{headers}->header('Stripe-Version'), '2026-10-28.endive',
        'the answer echoes the version';
    like $answer->{headers}->header('Request-Id'), qr/^req_\w{14}$/, 'the answer has a request id';
    is $d->stripe(GET => '/v1/nothing')->{status}, 404, 'an unknown path is not found';
    is $d->json(POST => '/v1/payment_intents', { amount => 1 },
        Authorization => 'Bearer sk_test_double')->{status}, 400, 'a JSON body is refused';
};

subtest 'double: parameters' => sub {
    my @cases = (
        [{ currency => 'usd' }, 'parameter_missing', 'amount'],
        [{ amount => '25.00', currency => 'usd' }, 'parameter_invalid_integer', 'amount'],
        [{ amount => 2500, currency => 'usd', bogus => 1 }, 'parameter_unknown', 'bogus'],
        [{ amount => 2500, currency => 'usd', 'payment_method_types[]' => 'card' },
            'parameter_unknown', 'payment_method_types'],
        [{ amount => 2500, currency => 'usd', 'transfer_data[destinatoin]' => 'acct_1' },
            'parameter_unknown', 'transfer_data[destinatoin]'],
        [{ amount => 2500, currency => 'usd', capture_method => 'later' }, undef,
            'capture_method'],
        [{ amount => 2500, currency => 'usd', confirm => 1 }, undef, 'confirm'],
        [{ amount => 2500, currency => 'xyz' }, undef, 'currency'],
        [{ amount => 49, currency => 'usd' }, 'amount_too_small', 'amount'],
        [{ amount => 2500, currency => 'usd', transfer_data => 'acct_1' }, undef,
            'transfer_data'],
        [{ amount => '', currency => 'usd' }, 'parameter_invalid_empty', 'amount'],
        [{ amount => 2500, currency => 'usd', 'metadata[' . 'k' x 41 . ']' => 1 }, undef,
            'metadata[' . 'k' x 41 . ']'],
        [{ amount => 2500, currency => 'usd', 'metadata[k]' => 'v' x 501 }, undef,
            'metadata[k]'],
        [{ amount => 2500, currency => 'usd', map { ("metadata[k$_]" => 1) } 1 .. 51 }, undef,
            'metadata'],
        [{ amount => 2500, currency => 'usd', 'expand[]' => 'nonsense' }, undef, 'expand'],
        [{ amount => 2500, currency => 'usd', application_fee_amount => 100 }, undef,
            'application_fee_amount'],
    );
    for my $case (@cases) {
        my ($fields, $code, $param) = @$case;
        my $answer = $d->stripe(POST => '/v1/payment_intents', $fields);
        is $answer->{status}, 400, "$param: the answer is 400";
        is error_of($answer)->{code}, $code, "$param: the code is right";
        is error_of($answer)->{param}, $param, "$param: the parameter is named";
    }
    is $d->control(GET => '/state')->{payment_intents}, 0, 'refused requests make nothing';
};

subtest 'double: create, confirm, succeed' => sub {
    my $intent = $d->intent('metadata[payment_id]' => 'pay_1', 'metadata[size]' => '25000',
        'automatic_payment_methods[enabled]' => 'true');
    is $intent->{status}, 'requires_payment_method',
        'a new PaymentIntent requires a payment method';
    is_deeply $intent->{metadata}, { payment_id => 'pay_1', size => '25000' },
        'the metadata comes back';
    like $intent->{client_secret}, qr/^$intent->{id}_secret_/,
        'the client secret begins with the id';
    my $done = $d->control(POST => "/payment_intents/$intent->{id}/confirm",
        { payment_method => 'pm_card_visa' });
    is $done->{status}, 'succeeded', 'the confirmed PaymentIntent succeeds';
    is $done->{amount_received}, 2500, 'the amount is received';
    my $shown = $d->stripe(GET => "/v1/payment_intents/$intent->{id}",
        { 'expand[0]' => 'latest_charge.balance_transaction' })->{json};
    is $shown->{latest_charge}{balance_transaction}{net}, 2500 - 103, 'the fee is 2.9 % and 30';
    is $shown->{latest_charge}{payment_method_details}{card}{last4}, '4242',
        'the card shows its last digits';
    my $again = $d->stripe(POST => "/v1/payment_intents/$intent->{id}/confirm",
        { payment_method => 'pm_card_visa' });
    is $again->{status}, 400, 'a second confirmation is refused';
    is error_of($again)->{code}, 'payment_intent_unexpected_state',
        'the code is payment_intent_unexpected_state';
    is error_of($again)->{payment_intent}{id}, $intent->{id}, 'the error has the PaymentIntent';
    is $d->stripe(POST => "/v1/payment_intents/$intent->{id}/cancel")->{status}, 400,
        'a succeeded PaymentIntent is not canceled';
};

subtest 'double: what a publishable key may do' => sub {
    my $intent = $d->intent('metadata[x]' => 'private');
    my $path = "/v1/payment_intents/$intent->{id}";
    my @browser = (auth => 'pk_test_double');
    is $d->stripe(GET => $path, {}, @browser)->{status}, 400,
        'a PaymentIntent needs its client secret';
    is $d->stripe(GET => $path, { client_secret => 'wrong' }, @browser)->{status}, 400,
        'a wrong client secret is refused';
    my $secret = { client_secret => $intent->{client_secret} };
    my $shown = $d->stripe(GET => $path, $secret, @browser);
    is $shown->{status}, 200, 'a PaymentIntent is retrieved by its client secret';
    is_deeply $shown->{json}{metadata}, {}, 'a browser sees no metadata';
    is $shown->{headers}->header('Access-Control-Allow-Origin'), '*',
        'a browser may read the answer (CORS)';
    my $paid = $d->stripe(POST => "$path/confirm", { %$secret,
        payment_method => 'pm_card_visa' }, @browser);
    is $paid->{json}{status}, 'succeeded', 'a browser confirms the PaymentIntent';
    my $options = $d->call(OPTIONS => "$path/confirm", {}, '');
    is $options->{status}, 204, 'a preflight is answered by 204';
};

subtest 'double: declined cards' => sub {
    my %codes = (pm_card_chargeDeclined => 'generic_decline',
        pm_card_visa_chargeDeclinedInsufficientFunds => 'insufficient_funds',
        pm_card_chargeDeclinedExpiredCard => 'expired_card',
        pm_card_chargeDeclinedIncorrectCvc => 'incorrect_cvc',
        pm_card_chargeDeclinedLostCard => 'lost_card');
    my $intent = $d->intent;
    for my $card (sort keys %codes) {
        my $answer = $d->stripe(POST => "/v1/payment_intents/$intent->{id}/confirm",
            { payment_method => $card });
        is $answer->{status}, 402, "$card: the answer is 402";
        is error_of($answer)->{type}, 'card_error', "$card: the error is a card_error";
        is error_of($answer)->{decline_code}, $codes{$card}, "$card: the decline code is right";
        is error_of($answer)->{payment_intent}{status}, 'requires_payment_method',
            "$card: the PaymentIntent may be used again";
        is error_of($answer)->{payment_intent}{last_payment_error}{decline_code}, $codes{$card},
            "$card: the PaymentIntent has its last error";
    }
    my $paid = $d->control(POST => "/payment_intents/$intent->{id}/confirm", {});
    is $paid->{status}, 'succeeded', 'another card succeeds';
    is $paid->{last_payment_error}, undef, 'another card clears the last error';
    my $charges = $d->stripe(GET => '/v1/charges', { payment_intent => $intent->{id} })->{json};
    is scalar @{ $charges->{data} }, 6, 'each attempt is a charge';
    is scalar(grep { $_->{status} eq 'succeeded' } @{ $charges->{data} }), 1,
        'one charge succeeded';
    is $d->stripe(POST => "/v1/payment_intents", { amount => 500, currency => 'usd',
        payment_method => 'pm_nonsense' })->{json}{error}{code}, 'resource_missing',
        'an unknown payment method is refused';
};

subtest 'double: cards that ask their owner, and slow methods' => sub {
    my $intent = $d->intent;
    my $path = "/payment_intents/$intent->{id}";
    is $d->control(POST => "$path/confirm",
        { payment_method => 'pm_card_authenticationRequired' })->{status}, 'requires_action',
        'the card requires an action';
    is $d->control(POST => "$path/complete", { outcome => 'failed' })->{status},
        'requires_payment_method', 'the refused action fails the payment';
    $d->control(POST => "$path/confirm", { payment_method => 'pm_card_authenticationRequired' });
    is $d->control(POST => "$path/complete", { outcome => 'succeeded' })->{status}, 'succeeded',
        'the allowed action lets the payment succeed';
    my $slow = $d->intent;
    $path = "/payment_intents/$slow->{id}";
    is $d->control(POST => "$path/confirm",
        { payment_method => 'pm_usBankAccount_success' })->{status}, 'processing',
        'the bank account makes the payment processing';
    is $d->stripe(POST => "/v1$path/cancel")->{status}, 400,
        'a processing payment cannot be canceled';
    is $d->control(POST => "$path/complete", {})->{status}, 'succeeded',
        'the processing payment succeeds in the end';
};

subtest 'double: capture and cancel' => sub {
    my $intent = $d->intent(capture_method => 'manual', confirm => 'true',
        payment_method => 'pm_card_visa');
    is $intent->{status}, 'requires_capture', 'the payment is authorised';
    is $intent->{amount_capturable}, 2500, 'the authorised amount is capturable';
    my $path = "/v1/payment_intents/$intent->{id}";
    is $d->stripe(POST => "$path/capture", { amount_to_capture => 2501 })->{status}, 400,
        'more than the authorised amount is not captured';
    my $done = $d->stripe(POST => "$path/capture", { amount_to_capture => 2000 })->{json};
    is $done->{status}, 'succeeded', 'the captured payment succeeds';
    is $done->{amount_received}, 2000, 'the captured part is received';
    is $d->stripe(POST => "$path/capture")->{status}, 400, 'a second capture is refused';
    my $other = $d->intent(capture_method => 'manual', confirm => 'true',
        payment_method => 'pm_card_visa');
    my $canceled = $d->stripe(POST => "/v1/payment_intents/$other->{id}/cancel",
        { cancellation_reason => 'abandoned' })->{json};
    is $canceled->{status}, 'canceled', 'a canceled payment is canceled';
    is $canceled->{cancellation_reason}, 'abandoned', 'the reason for canceling is kept';
    my $third = $d->intent(capture_method => 'manual', confirm => 'true',
        payment_method => 'pm_card_visa');
    $d->control(POST => '/clock', { advance_s => 8 * 86400 });
    is $d->stripe(GET => "/v1/payment_intents/$third->{id}")->{json}{status}, 'canceled',
        'an authorisation ends after a week';
};

subtest 'double: updates of a PaymentIntent' => sub {
    my $intent = $d->intent('metadata[a]' => 1, 'metadata[b]' => 2);
    my $path = "/v1/payment_intents/$intent->{id}";
    my $changed = $d->stripe(POST => $path, { amount => 3000, 'metadata[a]' => '',
        'metadata[c]' => 3 })->{json};
    is $changed->{amount}, 3000, 'the amount changes';
    is_deeply $changed->{metadata}, { b => '2', c => '3' },
        'metadata merges, and an empty value unsets';
    $d->control(POST => "/payment_intents/$intent->{id}/confirm", {});
    is $d->stripe(POST => $path, { amount => 4000 })->{status}, 400,
        'the amount does not change once paid';
    is $d->stripe(POST => $path, { 'metadata[c]' => 4 })->{status}, 200,
        'the metadata changes once paid';
    my $edited = $d->control(POST => "/objects/$intent->{id}/metadata", { d => '5' });
    is_deeply $edited->{metadata}, { d => '5' }, 'staff replace the metadata';
    is_deeply $d->stripe(GET => $path)->{json}{metadata}, { d => '5' },
        'the metadata that staff wrote is shown';
};

done_testing;
