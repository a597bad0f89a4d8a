# Protects: every request to Stripe is valid by Stripe's OpenAPI description, and byte for byte that
# of Stripe's SDK.
use strict;
use warnings;

use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use Contract::Recorder;
use Contract::Spec qw(form_decode);
use Test::More;
use T::Proc qw(build_dir);

my $driver = build_dir() . '/t/contract/stripe_driver';
my $node_modules = $ENV{PURSER_NODE_MODULES};
my $version = '2026-10-28.endive';

# Values that a wrong encoder would break.
my $awkward = "M\xc3\xbcller & S\xc3\xb6hne [10% =+?#] \xf0\x9f\x98\x80 'x' (y) *!~\t.";

# name, operation with its arguments, method, path, object of the answer
my @operations = (
    ['create', [qw(create pay_1 9900 usd ten_1 usr_1 tier_1)],
        'POST', '/v1/payment_intents', 'payment_intent'],
    ['create, awkward', ['create', 'pay_2', 1, 'jpy', ($awkward) x 3],
        'POST', '/v1/payment_intents', 'payment_intent'],
    ['get', [qw(get pi_1)], 'GET', '/v1/payment_intents/pi_1', 'payment_intent'],
    ['find', [qw(find pay_1 9900 usd ten_1 usr_1 tier_1 1781900000)],
        'GET', '/v1/payment_intents', 'list'],
    ['refund', [qw(refund rfi_1 pi_1 5000 ten_1 usr_1)], 'POST', '/v1/refunds', 'refund'],
    ['refunds', [qw(refunds pi_1)], 'GET', '/v1/refunds', 'list'],
    ['reversals', [qw(reversals tr_1)], 'GET', '/v1/transfers/tr_1/reversals', 'list'],
    ['dispute', [qw(dispute du_1)], 'GET', '/v1/disputes/du_1', 'dispute'],
    ['events', [qw(events 1781900000)], 'GET', '/v1/events', 'list'],
    ['more events', [qw(events 1781900000 evt_9)], 'GET', '/v1/events', 'list'],
    ['transactions', [qw(transactions 1781900000)], 'GET', '/v1/balance_transactions', 'list'],
    ['more transactions', [qw(transactions 1781900000 txn_9)], 'GET',
        '/v1/balance_transactions', 'list'],
);

# Just enough of an answer for the typed call to be content.
my $object;
my $recorder = Contract::Recorder->new(sub {
    my ($request) = @_;
    my ($id) = $request->{target} =~ m{/([a-z]+_[0-9]+)};
    return '{"object":"list","data":[],"has_more":false,"url":"/"}' if $object eq 'list';
    return sprintf '{"object":"%s","id":"%s"}', $object, $id if $id;
    my $asked = form_decode($request->{body});
    return JSON::PP->new->encode({ id => 'pi_1', status => 'processing', client_secret => 's',
        object => $object, %$asked, amount => 0 + $asked->{amount} });
});

sub request_of {
    my (@command) = @_;
    my $run = $recorder->run(@command);
    like($run->{output}, qr/^ok\b/, 'the operation succeeds') or diag($run->{output});
    is(scalar @{ $run->{requests} }, 1, 'the operation makes one request');
    my $request = $run->{requests}[0] || { target => '', headers => {}, body => '' };
    my ($path, $query) = split /\?/, $request->{target}, 2;
    $request->{path} = $path;
    $request->{form} = $request->{body} ne '' ? $request->{body} : defined $query ? $query : '';
    return $request;
}

sub check_headers {
    my ($request) = @_;
    my $headers = $request->{headers};
    is($headers->{'stripe-version'}, $version, 'Stripe-Version is the pinned one');
    is($headers->{authorization}, 'Bearer sk_test_contract', 'the secret key is sent');
    is($headers->{'content-type'}, 'application/x-www-form-urlencoded',
        'the Content-Type is that of a form');
    like($headers->{'user-agent'}, qr/^Purser/, 'the User-Agent is Purser');
    ok(!exists $headers->{expect}, 'no Expect is sent');
    my $key = $headers->{'idempotency-key'};
    return is($key, undef, 'a GET has no Idempotency-Key') if $request->{method} eq 'GET';
    return like($key, qr/^(?:pay_[0-9]:create|rfi_[0-9]:refund)$/,
        'the Idempotency-Key is made from our row');
}

sub check_spec {
    my ($request) = @_;
    my $spec = Contract::Spec->load;
    SKIP: {
        skip 'no contract at ' . Contract::Spec->file . ' (STRIPE_CONTRACT)', 1 if !$spec;
        my @mistakes = $spec->mistakes($request->{method}, $request->{path},
            form_decode($request->{form}));
        is_deeply(\@mistakes, [], "Stripe's contract accepts the request");
    }
}

sub check_sdk {
    my ($ours, @arguments) = @_;
    SKIP: {
        skip 'PURSER_NODE_MODULES names no directory with the package stripe', 1
            if !$node_modules || !-d "$node_modules/stripe";
        my $sdk = request_of('node', "$FindBin::Bin/stripe_sdk.js", $recorder->base, @arguments);
        is($ours->{method}, $sdk->{method}, "our method is that of Stripe's SDK");
        is($ours->{path}, $sdk->{path}, "our path is that of Stripe's SDK");
        is($ours->{form}, $sdk->{form}, "our form is that of Stripe's SDK, byte for byte");
        for my $name (qw(stripe-version authorization idempotency-key stripe-account)) {
            is($ours->{headers}{$name}, $sdk->{headers}{$name},
                "our header $name is that of Stripe's SDK");
        }
    }
}

# The check itself: it finds wrong requests.
sub check_judge {
    my $spec = Contract::Spec->load or return plan(skip_all => 'no contract');
    my $good = 'amount=1&currency=usd';
    my %bad = (
        'currency=usd' => qr/amount is missing/,
        'amount=25.00&currency=usd' => qr/amount: no integer/,
        "$good&payment_method_types[0]=card" => qr/payment_method_types is unknown/,
        "$good&transfer_data[destinatoin]=acct_1" => qr/destinatoin is unknown/,
        "$good&automatic_payment_methods[enabled]=yes" => qr/no boolean/,
        "$good&metadata[a][b]=1" => qr/metadata\.a: no string/,
        "$good&capture_method=later" => qr/none of the known words/,
    );
    is_deeply([$spec->mistakes('POST', '/v1/payment_intents', form_decode($good))], [],
        'a good request has no mistakes');
    for my $form (sort keys %bad) {
        my @mistakes = $spec->mistakes('POST', '/v1/payment_intents', form_decode($form));
        like("@mistakes", $bad{$form}, "the mistake in $form is found");
    }
    my @mistakes = $spec->mistakes('GET', '/v1/events', form_decode('offset=3'));
    like("@mistakes", qr/offset is unknown/,
        'the unknown parameter of GET /v1/events?offset=3 is found');
    return;
}

subtest 'requests to Stripe: the judge finds mistakes' => \&check_judge;

for my $operation (@operations) {
    my ($name, $arguments, $method, $path, $answer) = @$operation;
    $object = $answer;
    subtest "requests to Stripe: $name" => sub {
        my $request = request_of($driver, $recorder->base, @$arguments);
        is($request->{method}, $method, 'the method is as intended');
        is($request->{path}, $path, 'the path is as intended');
        check_headers($request);
        check_spec($request);
        check_sdk($request, @$arguments);
    };
}

done_testing;
