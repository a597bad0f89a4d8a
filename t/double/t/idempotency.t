#!/usr/bin/perl
# Protects: idempotency keys of the double: replay, other parameters, requests in flight, lifetime.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start;
my %fields = (amount => 2500, currency => 'usd');

sub create ($key, %more) {
    return $d->stripe(POST => '/v1/payment_intents', { %fields, %more }, key => $key);
}

my $first = create('k1');
is $first->{status}, 200, 'keys: the first request is answered by 200';
ok !$first->{headers}->header('Idempotent-Replayed'), 'keys: the first answer is no replay';
my $again = create('k1');
is $again->{body}, $first->{body}, 'keys: the repeat gets the same bytes';
is $again->{headers}->header('Idempotent-Replayed'), 'true',
    'keys: the repeat is marked as a replay';
is $again->{headers}->header('Original-Request'), $first->{headers}->header('Request-Id'),
    'keys: the repeat names the first request';
is $d->control(GET => '/state')->{payment_intents}, 1, 'keys: the repeat is not executed';

$d->control(POST => "/payment_intents/$first->{json}{id}/confirm", {});
is create('k1')->{body}, $first->{body},
    'keys: the repeat gets the same bytes although the object changed';

my $other = create('k1', amount => 2600);
is $other->{status}, 400, 'keys: other parameters are refused';
is $other->{json}{error}{type}, 'idempotency_error',
    'keys: the refusal of other parameters is an idempotency_error';
is $d->stripe(POST => '/v1/refunds', { %fields }, key => 'k1')->{json}{error}{type},
    'idempotency_error', 'keys: another path is refused';
is create('k2')->{status}, 200, 'keys: another key is answered by 200';
is $d->control(GET => '/state')->{payment_intents}, 2, 'keys: another key is executed';

is create('k3', bogus => 1)->{status}, 400, 'keys: a request that validation refuses gets 400';
is create('k3')->{status}, 200, 'keys: a refusal by validation is not stored';

is create('k3b', amount => 49)->{json}{error}{code}, 'amount_too_small',
    'keys: a value that is refused gets its code';
is create('k3b')->{status}, 200, 'keys: a refused value is not stored';

my $card = 'pm_card_chargeDeclined';
my $declined = create('k4', confirm => 'true', payment_method => $card);
is $declined->{status}, 402, 'keys: a declined card gets 402';
my $replayed = create('k4', confirm => 'true', payment_method => $card);
is $replayed->{body}, $declined->{body}, 'keys: a failure after execution began is stored';
is $replayed->{status}, 402, 'keys: a stored failure is replayed with its status';

$d->control(POST => '/faults', { rules => [{ match => 'POST /v1/payment_intents', do => '429' }] });
is create('k5')->{status}, 429, 'keys: a rate limit gets 429';
is create('k5')->{status}, 200, 'keys: a rate limit is not stored';

subtest 'double: a key that is in flight' => sub {
    $d->control(POST => '/faults',
        { rules => [{ match => 'POST /v1/payment_intents', do => 'delay', delay_ms => 1500 }] });
    my $slow = $d->stripe_begin(POST => '/v1/payment_intents', \%fields, key => 'k6');
    $d->pause(0.2);
    my $busy = create('k6');
    is $busy->{status}, 409, 'the second request gets 409';
    is $busy->{json}{error}{code}, 'idempotency_key_in_use', 'the code is idempotency_key_in_use';
    ok $d->wait_for(sub { $slow->{done} }), 'the first request ends';
    is $slow->{status}, 200, 'the first request succeeds';
    is create('k6')->{body}, $slow->{body}, 'the first answer is replayed then';
};

subtest 'double: accounts have keys of their own' => sub {
    my $account = $d->account;
    my $mine = $d->stripe(POST => '/v1/payment_intents', { %fields }, key => 'k1',
        account => $account);
    is $mine->{status}, 200, "the account's request is executed";
    isnt $mine->{json}{id}, $first->{json}{id}, "the account's request makes another object";
};

$d->control(POST => '/clock', { advance_s => 86401 });
my $later = create('k1');
isnt $later->{json}{id}, $first->{json}{id}, 'keys: a key ends after 24 hours';

is create('x' x 256)->{status}, 400, 'keys: a key has at most 255 characters';
done_testing;
