#!/usr/bin/perl
# Protects: several Stripe accounts in one double, told apart by secret key, share no object, event,
# balance or idempotency key.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $receiver = Double::Client->new;
my $url = $receiver->receive;
my $d = Double::Client->start(args => ['--stripe', "default:sk_test_double:whsec_one:$url",
    '--stripe', "beta:sk_test_beta:whsec_two:$url/beta"]);

sub beta ($method, $path, $fields = {}, %with) {
    return $d->stripe($method, $path, $fields, auth => 'sk_test_beta', %with);
}

my %fields = (amount => 2500, currency => 'usd');
my $one = $d->stripe(POST => '/v1/payment_intents', \%fields, key => 'same')->{json};
my $two = beta(POST => '/v1/payment_intents', \%fields, key => 'same')->{json};
isnt $two->{id}, $one->{id}, 'accounts: an idempotency key is one account\'s';
is beta(GET => "/v1/payment_intents/$one->{id}")->{status}, 404,
    'accounts: one account does not see the other\'s object';
is $d->stripe(GET => "/v1/payment_intents/$two->{id}")->{status}, 404,
    'accounts: the other does not see the one\'s';
is_deeply [map { $_->{data}{object}{id} } @{ beta(GET => '/v1/events')->{json}{data} }],
    [$two->{id}], 'accounts: the event list has the account\'s events';
is $d->stripe(GET => '/v1/balance', {}, auth => 'sk_test_nobody')->{status}, 401,
    'accounts: another key is unknown';
is $d->stripe(GET => '/v1/account')->{json}{id}, 'acct_1Default', 'accounts: a key has its account';
is beta(GET => '/v1/account')->{json}{id}, 'acct_1Beta', 'accounts: the other key has another one';
is $d->stripe(GET => '/v1/account', {}, auth => 'sk_test_beta_2')->{json}{id}, 'acct_1Beta',
    'accounts: a second key of an account is of the same one';

$d->control(POST => '/balance?stripe=beta', { account => 'platform', currency => 'usd',
    available => 700 });
is $d->available, 0, 'accounts: ?stripe= gives money to that account only';
is beta(GET => '/v1/balance')->{json}{available}[0]{amount}, 700,
    'accounts: the named account has the money';
is $d->json(POST => "/_double/payment_intents/$two->{id}/confirm", {})->{status}, 404,
    'accounts: the control side of default does not see it';
is $d->control(POST => "/payment_intents/$two->{id}/confirm?stripe=beta", {})->{status},
    'succeeded', 'accounts: that of its account does';
is $d->json(GET => '/_double/state?stripe=nobody')->{status}, 404,
    'accounts: an unknown name is refused';

ok $receiver->wait_for(sub { @{ $receiver->received } >= 4 }), 'accounts: both send webhooks';
my %secret = map { my $hook = $_;
    ($hook->{event}{data}{object}{id} => join ' ',
        grep { Double::Client->signed_with($hook, $_) } qw(whsec_one whsec_two)) }
    @{ $receiver->received };
is $secret{ $one->{id} }, 'whsec_one', 'accounts: the events of default have its signature';
is $secret{ $two->{id} }, 'whsec_two', 'accounts: the other account\'s have that account\'s';
is scalar(grep { $_->{path} eq '/v1/payment_intents' } @{ $d->control(GET => '/log') }), 2,
    'accounts: one log has the calls of both';
is $d->call(GET => "/pay/$two->{id}?client_secret=$two->{client_secret}", {}, '')->{status},
    200,
    'accounts: the pay page finds the account of a payment';
$d->control(POST => '/reset');
is_deeply beta(GET => '/v1/events')->{json}{data}, [], 'accounts: a reset is one of all';

done_testing;
