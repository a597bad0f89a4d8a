# Protects: whatever Stripe answers to a checkout, the client gets the documented answer in bounded
# time, and in the end there is one PaymentIntent and one right payment.
use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem json_of);
use T::Purser;

# A deadline that leaves room for two attempts; the faults that pass get the third one, too.
my %short = (stripe_timeout_ms => 400, stripe_deadline_ms => 900);
my %long = (stripe_timeout_ms => 700, stripe_deadline_ms => 4000);
my $purser = T::Purser->start(conf => { %short, reconcile_after_s => 60 },
    programs => [qw(purser-payments purser-webhooks)]);
my $api = $purser->api;
my $uri = '/v2/payments/checkout';
my $create = 'POST /v1/payment_intents';
my $count = 0;

# The deadline, and what a loaded machine takes.
my $longest_s = 0.9 + 2;

sub at_stripe { return $purser->double->control(GET => '/_double/state')->{payment_intents} }
sub payment { return $purser->rows('select * from payments.payment order by id desc limit 1')->[0] }

# One checkout with the rules in force: its answer, in time.
sub checkout_under {
    my ($name, $key, @rules) = @_;
    $purser->double->faults(map { { match => $create, %$_ } } @rules);
    my $start = time;
    my $answer = $api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => $key);
    my $seconds = time - $start;
    cmp_ok($seconds, '<', $longest_s, sprintf '%s: answered after %.1f s', $name, $seconds);
    $purser->double->no_faults;
    return $answer;
}

# Stripe's own list, since the start: payment id -> how many PaymentIntents name it.
sub intents_of {
    my ($id) = @_;
    my $answer = $purser->double->http->request({ method => 'GET',
        uri => '/v1/payment_intents?limit=100',
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY" } });
    return scalar grep { ($_->{metadata}{purser_object} // '') eq $id }
        @{ json_of($answer)->{data} };
}

# The checkout that purser-jobs resumed has one PaymentIntent, and a repeat of the request gets it.
sub is_resumed {
    my ($name, $key, $id) = @_;
    my $status = $purser->value('select status from payments.payment where id = ?', $id);
    is($status, 'requires_payment_method', "$name: the payment is open");
    is(intents_of($id), 1, "$name: Stripe has one PaymentIntent");
    my $repeat = $api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => $key);
    is_status($repeat, 200, "$name: the repeat is answered by 200");
    is(json_of($repeat)->{payment_id}, $id, "$name: the repeat gets the id of the payment");
    like(json_of($repeat)->{client_secret},
        qr/^\Q@{[ json_of($repeat)->{stripe_payment_intent_id} ]}\E_secret_/,
        "$name: the repeat gets the client_secret");
    return is(intents_of($id), 1, "$name: Stripe still has one PaymentIntent");
}

sub resume {
    $purser->start_program('purser-jobs');
    $purser->wait_for('jobs resumed all', sub {
        $purser->value("select count(*) = 0 from payments.payment where status = 'creating'") },
        20);
    $purser->jobs->stop;
    return;
}

# times -1: the rule applies to every attempt.  A request with a fault has no effect at the double
# unless the rule says so.
my @unknown = (
    ['429', { do => '429', times => -1 }],
    ['429 that says retry', { do => '429', times => -1,
        headers => { 'Stripe-Should-Retry' => 'true' } }],
    ['429 with a long Retry-After', { do => '429', times => -1,
        headers => { 'Retry-After' => '3600', 'Stripe-Should-Retry' => 'true' } }],
    ['500', { do => '500', times => -1 }],
    ['500 after executing', { do => '500', executed => \1, times => 1 },
        { do => '500', times => -1 }],
    ['500 that says no retry', { do => '500', times => -1,
        headers => { 'Stripe-Should-Retry' => 'false' } }],
    ['503 in HTML', { do => 'html', status => 503, times => -1 }],
    ['409 lock_timeout', { do => '409', times => -1 }],
    ['409 key in use', { do => '409', code => 'idempotency_key_in_use', times => -1 }],
    ['hang', { do => 'hang', times => -1 }],
    ['a silence after executing', { do => 'lost_answer', times => 1 },
        { do => 'hang', times => -1 }],
    ['cut after executing', { do => 'cut_after', times => 1 }, { do => 'cut_after', times => -1 }],
    ['truncated JSON', { do => 'truncated', times => -1 }],
    ['HTML', { do => 'html', times => -1 }],
    ['10 MB', { do => 'huge', times => -1 }],
    ['10 MB after executing', { do => 'huge', executed => \1, times => -1 }],
    ['garbage as 200', { do => 'body', body => 'OK', times => -1 }],
    ['an empty 200', { do => 'body', body => '', times => -1 }],
    ['an empty object as 200', { do => 'body', body => '{}', times => -1 }],
    ['another object as 200', { do => 'body', body => '{"object":"charge","id":"ch_1"}',
        times => -1 }],
    ['an intent without secret',
        { do => 'body',
            body => '{"object":"payment_intent","id":"pi_x","status":"requires_payment_method"}',
            times => -1 }],
    ['an intent of another amount', { do => 'body', times => -1,
        body => '{"object":"payment_intent","id":"pi_y","client_secret":"s",'
        . '"status":"requires_payment_method","amount":1,"currency":"usd"}' }],
    ['an intent of another type of id', { do => 'body', times => -1,
        body => '{"object":"payment_intent","id":7,"client_secret":"s",'
        . '"status":"requires_payment_method","amount":19900,"currency":"usd"}' }],
    ['400 in plain text', { do => 'body', status => 400, body => 'Bad Request', times => -1 }],
    ['401', { do => 'body', status => 401,
        body => '{"error":{"type":"invalid_request_error","message":"Invalid API Key"}}',
        times => -1 }],
    ['403', { do => 'body', status => 403,
        body => '{"error":{"type":"invalid_request_error","message":"no"}}', times => -1 }],
    ['a redirect', { do => 'body', status => 302, body => '',
        headers => { Location => '/v1/elsewhere' }, times => -1 }],
    ['a key used with other parameters', { do => 'body', status => 400,
        body => '{"error":{"type":"idempotency_error","message":"x"}}', times => -1 }],
);
my @open;
for (@unknown) {
    my ($name, @rules) = @$_;
    subtest "Stripe faults: unknown: $name" => sub {
        my $key = 'unknown-' . ++$count;
        my $answer = checkout_under($name, $key, @rules);
        is_problem($answer, 502, 'V2_STRIPE_ERROR', "$name: the answer is 502");
        is(json_of($answer)->{detail}{retryable}, JSON::PP::true, "$name: the answer is retryable");
        is(payment()->{status}, 'creating', "$name: the payment is not final");
        unlike($answer->{body}, qr/sk_test|t0psecret|libcurl|127\.0\.0\.1/,
            "$name: the answer shows nothing internal");
        push @open, [$name, $key, payment()->{id}];
    };
}
resume();
subtest "Stripe faults: resumed: $_->[0]" => sub { is_resumed(@$_) } for @open;

subtest 'Stripe faults: a fault that passes is not seen' => sub {
    $purser->payments->stop;
    $purser->start_program('purser-payments', conf => \%long);
    $longest_s = 4 + 2;
    my @passing = (
        ['500 twice', { do => '500', times => 2 }], ['409 once', { do => '409' }],
        ['a hang once', { do => 'hang' }],
        ['cut after executing', { do => 'cut_after' }],
        ['a silence after executing', { do => 'lost_answer' }],
        ['truncated after executing', { do => 'truncated' }],
        ['500 after executing, with retry', { do => '500' }],
        ['a delay', { do => 'delay', delay_ms => 400 }],
        ['429 with Should-Retry and Retry-After 1',
            { do => '429', headers => { 'Stripe-Should-Retry' => 'true', 'Retry-After' => '1' } }],
    );
    for (@passing) {
        my ($name, @rules) = @$_;
        my ($key, $before) = ('passing-' . ++$count, at_stripe());
        my $answer = checkout_under($name, $key, @rules);
        is_status($answer, 200, "$name: the checkout is answered by 200");
        is(at_stripe() - $before, 1, "$name: Stripe has one PaymentIntent");
        is(json_of($answer)->{stripe_payment_intent_id}, payment()->{stripe_payment_intent_id},
            "$name: the row has the PaymentIntent of the answer");
    }
};

subtest 'Stripe faults: refused for good' => sub {
    my @final = (
        ['402', { do => '402', times => -1 }, 'card_declined'],
        ['400', { do => 'body', status => 400, times => -1,
            body => '{"error":{"type":"invalid_request_error","code":"amount_too_small",'
            . '"message":"sk_test_t0psecret is in here"}}' }, 'amount_too_small'],
        ['404', { do => 'body', status => 404, times => -1,
            body => '{"error":{"type":"invalid_request_error","message":"no"}}' }, 'refused'],
    );
    for (@final) {
        my ($name, $rule, $code) = @$_;
        my ($key, $before) = ('final-' . ++$count, at_stripe());
        my $answer = checkout_under($name, $key, $rule);
        is_problem($answer, 502, 'V2_STRIPE_ERROR', "$name: the answer is 502");
        is(json_of($answer)->{detail}{retryable}, JSON::PP::false,
            "$name: the answer is not retryable");
        like(json_of($answer)->{detail}{message}, qr/\($code\)/,
            "$name: the answer has Stripe's code");
        unlike($answer->{body}, qr/sk_test/, "$name: the answer has no text of Stripe");
        is_deeply([@{ payment() }{qw(status failure_code)}], ['failed', $code],
            "$name: the payment has failed");
        my $asked = $purser->double->calls(POST => '/v1/payment_intents');
        my $repeat = $api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => $key);
        is($repeat->{body} =~ s/"request_id":"\w+"//r, $answer->{body} =~ s/"request_id":"\w+"//r,
            "$name: a repeat gets the same answer");
        is(scalar $purser->double->calls(POST => '/v1/payment_intents'), $asked,
            "$name: Stripe is not asked by the repeat");
        is(at_stripe(), $before, "$name: Stripe has no PaymentIntent");
    }
};

# Starts purser-payments with a server at Stripe's address that says whose its keys are, and ends.
sub start_at_server_that_ends {
    my ($keys) = @_;
    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 5)
        or die "listen: $!";
    $purser->payments->stop;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        for (1 .. $keys) {
            my $client = $server->accept or last;
            my ($asked, $body) = ('', '');
            sysread $client, $asked, 4096, length $asked until $asked =~ /\r\n\r\n/;
            my $name = $asked =~ /\Q$T::Purser::OTHER_SECRET_KEY\E/ ? 'Other' : 'Default';
            $body = qq({"id":"acct_1$name","object":"account"});
            print {$client} "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ",
                length $body, "\r\n\r\n$body";
            close $client;
        }
        POSIX::_exit(0);
    }
    my $base = 'http://127.0.0.1:' . $server->sockport;
    close $server;
    $purser->start_program('purser-payments', conf => { stripe_api_base => $base });
    waitpid $pid, 0;
    return;
}

subtest "Stripe faults: no server listens at Stripe's address" => sub {
    my $key = 'refused-' . ++$count;
    start_at_server_that_ends(2);
    my $start = time;
    my $answer = $api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => $key);
    cmp_ok(time - $start, '<', $longest_s, 'the answer comes in time');
    is_problem($answer, 502, 'V2_STRIPE_ERROR', 'the answer is 502');
    is(json_of($answer)->{detail}{retryable}, JSON::PP::true, 'the answer is retryable');
    $purser->payments->stop;
    $purser->start_program('purser-payments');
    resume();
    is_resumed('connection refused', $key, payment()->{id});
};

subtest 'Stripe faults: Stripe is not configured' => sub {
    $purser->payments->stop;
    $purser->start_program('purser-payments', conf => { stripe_secret_key_file => '' });
    my $before = $purser->value('select count(*) from payments.payment');
    my $answer = $api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => 'unconfigured');
    is_problem($answer, 503, 'V2_STRIPE_NOT_CONFIGURED',
        "a checkout without Stripe's key is refused");
    is_problem($api->with(token => undef)->POST($uri, $purser->checkout_body), 401,
        'V2_UNAUTHORIZED', 'a bad credential is refused before');
    is_problem($api->POST($uri, {}), 422, 'V2_VALIDATION_ERROR',
        'a bad body is refused before');
    is($purser->value('select count(*) from payments.payment'), $before,
        'a refused checkout makes no payment');
    is_status($api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }), 200,
        'a free account is made without Stripe');
    $purser->payments->stop;
    $purser->start_program('purser-payments');
    is_status($api->POST($uri, $purser->checkout_body, 'Idempotency-Key' => 'unconfigured'), 200,
        'the same key works when Stripe is configured');
};

is($purser->value('select count(*) from payments.payment p '
    . 'where stripe_payment_intent_id is not null'), at_stripe(),
    'Stripe faults: as many PaymentIntents as payments that have one');
is($purser->value('select count(distinct stripe_payment_intent_id) from payments.payment'),
    at_stripe(), 'Stripe faults: each payment has a PaymentIntent of its own');

done_testing;
