#!/usr/bin/perl
# Idempotency-Key: replay, other parameters, in flight, what is stored, how long.

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
is $first->{status}, 200, 'first';
ok !$first->{headers}->header('Idempotent-Replayed'), 'not a replay';
my $again = create('k1');
is $again->{body}, $first->{body}, 'the same bytes';
is $again->{headers}->header('Idempotent-Replayed'), 'true', 'marked as a replay';
is $again->{headers}->header('Original-Request'), $first->{headers}->header('Request-Id'),
    'names the first request';
is $d->control(GET => '/state')->{payment_intents}, 1, 'executed once';

$d->control(POST => "/payment_intents/$first->{json}{id}/confirm", {});
is create('k1')->{body}, $first->{body}, 'the same bytes although the object changed';

my $other = create('k1', amount => 2600);
is $other->{status}, 400, 'other parameters';
is $other->{json}{error}{type}, 'idempotency_error', 'type';
is $d->stripe(POST => '/v1/refunds', { %fields }, key => 'k1')->{json}{error}{type},
    'idempotency_error', 'another path';
is create('k2')->{status}, 200, 'another key';
is $d->control(GET => '/state')->{payment_intents}, 2, 'executed';

is create('k3', bogus => 1)->{status}, 400, 'refused by validation';
is create('k3')->{status}, 200, 'is not stored';

is create('k3b', amount => 49)->{json}{error}{code}, 'amount_too_small', 'a refused value';
is create('k3b')->{status}, 200, 'is not stored either';

my $card = 'pm_card_chargeDeclined';
my $declined = create('k4', confirm => 'true', payment_method => $card);
is $declined->{status}, 402, 'declined';
my $replayed = create('k4', confirm => 'true', payment_method => $card);
is $replayed->{body}, $declined->{body}, 'a failure after execution began is stored';
is $replayed->{status}, 402, 'with its status';

$d->control(POST => '/faults', { rules => [{ match => 'POST /v1/payment_intents', do => '429' }] });
is create('k5')->{status}, 429, 'rate limited';
is create('k5')->{status}, 200, 'is not stored';

subtest 'in flight' => sub {
    $d->control(POST => '/faults',
        { rules => [{ match => 'POST /v1/payment_intents', do => 'delay', delay_ms => 1500 }] });
    my $slow = $d->stripe_begin(POST => '/v1/payment_intents', \%fields, key => 'k6');
    $d->pause(0.2);
    my $busy = create('k6');
    is $busy->{status}, 409, 'the key is in use';
    is $busy->{json}{error}{code}, 'idempotency_key_in_use', 'code';
    ok $d->wait_for(sub { $slow->{done} }), 'the first ends';
    is $slow->{status}, 200, 'well';
    is create('k6')->{body}, $slow->{body}, 'and is replayed then';
};

subtest 'accounts have keys of their own' => sub {
    my $account = $d->account;
    my $mine = $d->stripe(POST => '/v1/payment_intents', { %fields }, key => 'k1',
        account => $account);
    is $mine->{status}, 200, 'executed';
    isnt $mine->{json}{id}, $first->{json}{id}, 'another object';
};

$d->control(POST => '/clock', { advance_s => 86401 });
my $later = create('k1');
isnt $later->{json}{id}, $first->{json}{id}, 'a key ends after 24 hours';

is create('x' x 256)->{status}, 400, 'a key has at most 255 characters';
done_testing;
