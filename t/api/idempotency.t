# Protects: idempotency keys.  The requests with one Idempotency-Key have one effect and one answer,
# however often they are repeated, also at the same time and after a failure.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my ($tenant) = $purser->tenants;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $checkout = '/v2/payments/checkout';
my $count = 0;

sub key { return ('Idempotency-Key' => 'key-' . ++$count) }
sub intents { return scalar $purser->double->calls(POST => '/v1/payment_intents') }
sub payments { return $purser->value('select count(*) from payments.payment') }

# The same answer again, without another effect.
sub is_replay {
    my ($again, $first, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is("$again->{status} $again->{body}", "$first->{status} $first->{body}",
        "$name: the same bytes");
    is($again->{headers}{'idempotent-replayed'}, 'true', "$name: Idempotent-Replayed is set");
    return is($first->{headers}{'idempotent-replayed'}, undef,
        "$name: Idempotent-Replayed was not set the first time");
}

my $account = json_of($api->POST('/v2/payments/free', \%free))->{id};
my %route = ($checkout => $purser->checkout_body, '/v2/payments/free' => \%free,
    "/v2/lifecycle/sync/$account" => { note => 1 });

for my $uri (sort keys %route) {
    subtest "idempotency: POST $uri" => sub {
        my %key = key();
        my $first = $api->POST($uri, $route{$uri}, %key);
        is_status($first, 200, 'the first request is answered by 200');
        my $effects = intents() . ' '
            . $purser->value('select count(*) from payments.prop_account');
        is_replay($api->POST($uri, $route{$uri}, %key), $first, 'the same request') for 1, 2;
        is_replay($api->POST($uri, $route{$uri}, 'X-Idempotency-Key' => $key{'Idempotency-Key'}),
            $first, 'the same request with X-Idempotency-Key');
        is_replay($api->POST($uri, $route{$uri}, %key,
            'X-Idempotency-Key' => $key{'Idempotency-Key'}), $first,
            'the same request with both names of the key');
        my %other = (%{ $route{$uri} }, more => 1);
        my $conflict = $api->POST($uri, \%other, %key);
        is_problem($conflict, 409, 'V2_IDEMPOTENCY_CONFLICT', 'another body is a conflict');
        is($conflict->{headers}{'retry-after'}, undef, 'a conflict has no Retry-After');
        is(json_of($conflict)->{detail}{retryable}, JSON::PP::false, 'a conflict is not retryable');
        is_problem($api->POST($uri, undef, %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            'an absent body is a conflict');
        is_problem($api->POST($uri, '{"bad', %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            'a body that is no JSON is a conflict');
        is_replay($api->POST($uri, $route{$uri}, %key), $first, 'the same request after conflicts');
        is(intents() . ' ' . $purser->value('select count(*) from payments.prop_account'), $effects,
            'repeated requests have no other effect');
        is_status($api->POST($uri, $route{$uri},
            'Idempotency-Key' => 'x' x 255 =~ s/^.{3}/sprintf '%03d', ++$count/er), 200,
            'a key of 255 characters is taken');
        is_status($api->POST($uri, $route{$uri},
            'Idempotency-Key' => '!"#$%&()*+,-./:;<=>?@[]^_`{|}~' . $count), 200,
            'a key of all kinds of characters is taken');
    };
}

subtest 'idempotency: refusals that would be the same again are kept' => sub {
    my @refused = (
        [422, $checkout, $purser->checkout_body(tier_id => 'none')], [422, $checkout, {}],
        [422, $checkout, $purser->checkout_body(amount_cents => 1)], [400, $checkout, '{"bad'],
        [400, $checkout, '[]'],
        [422, '/v2/payments/free', {}], [422, '/v2/payments/free', { %free, account_size => 1 }],
        [404, '/v2/lifecycle/sync/prop_' . '0' x 32, {}],
        [422, "$checkout?a=%ff", $purser->checkout_body],
    );
    for (@refused) {
        my ($status, $uri, $body) = @$_;
        my %key = key();
        my $first = $api->POST($uri, $body, %key);
        is_status($first, $status, "$status of $uri");
        is_replay($api->POST($uri, $body, %key), $first, "$status of $uri");
        is_problem($api->POST($uri, { changed => 1 }, %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            "$status of $uri: another body is a conflict");
    }
};

subtest 'idempotency: a kept refusal holds although the reason is gone' => sub {
    my %key = key();
    my $body = $purser->checkout_body(tier_id => 'tier_new');
    my $first = $api->POST($checkout, $body, %key);
    is_problem($first, 422, 'V2_UNKNOWN_TIER', 'a tier that does not exist is refused');
    $purser->value("select admin.set_tier('acme', 'tier_new', 'crypto', 'crypto', 25000, 19900, "
        . "'usd', true, 'test', false)");
    is_replay($api->POST($checkout, $body, %key), $first,
        'the refused request, when the tier exists');
    is_status($api->POST($checkout, $body, key()), 200,
        'another key is answered by the tier that exists now');
};

subtest 'idempotency: refusals that are not kept' => sub {
    my %once = (
        401 => $api->with(session => undef),
        403 => $api->with(token => $purser->mint_token($tenant->{app}, 'reads')),
    );
    for my $status (sort keys %once) {
        my %key = key();
        is_status($once{$status}->POST($checkout, $purser->checkout_body, %key), $status,
            "a $status is answered");
        my $good = $api->POST($checkout, $purser->checkout_body, %key);
        is_status($good, 200, "after a $status the key is free");
        is($good->{headers}{'idempotent-replayed'}, undef,
            "after a $status the answer is no replay");
    }
    my %key = key();
    is_status($api->POST($checkout, '{"a":"' . 'x' x 65_536 . '"}', %key), 413,
        'a body that is too large is answered by 413');
    is_status($api->POST($checkout, $purser->checkout_body, %key), 200,
        'after a 413 the key is free');
    is_status($api->POST('/v2/payments/check/out', {}, %key), 404,
        'a path without a route is answered by 404');
    is($purser->value(q(select count(*) from core.idempotency where path like '%out' and path <> ?),
        $checkout), 0, 'a path without a route stores no key');
};

subtest 'idempotency: a request is its query and its account, too' => sub {
    my $free = '/v2/payments/free';
    my $second = json_of($api->POST($free, \%free))->{id};
    my @kinds = (
        # name, uri, headers, others of another request
        ['with a query', "$free?from=a", {}, ["$free?from=b", {}], ["$free?from=a&", {}],
            [$free, {}]],
        ['without a query', $free, {}, ["$free?from=a", {}],
            [$free, { 'X-Prop-Account' => $account }]],
        ['of an account', $free, { 'X-Prop-Account' => $account },
            [$free, { 'X-Prop-Account' => $second }], [$free, {}],
            ["$free?$account", { 'X-Prop-Account' => $account }]],
    );
    for (@kinds) {
        my ($name, $uri, $headers, @others) = @$_;
        my %key = key();
        my $first = $api->POST($uri, \%free, %$headers, %key);
        is_status($first, 200, "$name: the first request is answered");
        is_problem($api->POST($_->[0], \%free, %{ $_->[1] }, %key), 409,
            'V2_IDEMPOTENCY_CONFLICT', "$name: $_->[0] @{[%{ $_->[1] }]} is another request")
            for @others;
        is_replay($api->POST($uri, \%free, %$headers, %key), $first, $name);
    }
};

subtest 'idempotency: a state of the moment is not kept' => sub {
    my $trader = T::Payouts->new($purser);
    my $payee = $trader->payee;
    my $earning = $trader->account;
    $trader->script($earning, 'challenge', [100, 0]);
    my ($request, %key) = ('/v2/payouts/request', key());
    is_problem($trader->api->POST($request, {}, %key), 409, 'V2_NOTHING_OWED',
        'an account that is not funded is owed nothing') for 1, 2;
    $trader->script($earning, 'funded', [100, 0]);
    my $first = $trader->api->POST($request, {}, %key);
    is_status($first, 200, 'the same key makes a payout when something is owed');
    is_replay($trader->api->POST($request, {}, %key), $first, 'the payout');
    my %again = key();
    is_problem($trader->api->POST($request, {}, %again), 409, 'V2_PAYOUT_IN_PROGRESS',
        'a second payout has to wait');
    my $cancel = '/v2/payouts/' . json_of($first)->{id} . '/cancel';
    is_status($trader->api->POST($cancel, {}, key()), 200, 'the first payout is canceled');
    my $second = $trader->api->POST($request, {}, %again);
    is_status($second, 200, 'the same key makes the second payout afterwards');
    isnt(json_of($second)->{id}, json_of($first)->{id}, 'the second payout is another one');
    my %final = key();
    my $retry = '/v2/payouts/' . json_of($second)->{id} . '/retry';
    is_problem($trader->api->POST($retry, {}, %final), 409, 'V2_PAYOUT_IN_PROGRESS',
        'a payout that waits is not retried');
    is($purser->value('select count(*) from core.idempotency where key = ? and state = ?',
        $final{'Idempotency-Key'}, 'done'), 0, 'that answer is not stored');
};

subtest 'idempotency: an answer that is still being made' => sub {
    my %key = key();
    my ($before, $asked) = (payments(), intents());
    $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'delay',
        delay_ms => 1000 });
    my @answers = $api->parallel(map { ['POST', $checkout, $purser->checkout_body, %key] } 1 .. 2);
    my ($first, $second) = sort { $a->{status} <=> $b->{status} } @answers;
    is_status($first, 200, 'the first request is answered when Stripe has answered');
    is_problem($second, 409, 'V2_IDEMPOTENCY_IN_PROGRESS', 'the second request is answered by 409');
    is($second->{headers}{'retry-after'}, 1, 'the 409 has Retry-After');
    is(json_of($second)->{detail}{retryable}, JSON::PP::true, 'the 409 is retryable');
    is_replay($api->POST($checkout, $purser->checkout_body, %key), $first,
        'the request, repeated afterwards');
    is(payments() - $before, 1, 'the database has one payment');
    is(intents() - $asked, 1, 'Stripe has one PaymentIntent');
};

subtest 'idempotency: 50 checkouts at once with one key' => sub {
    my %key = key();
    my ($before, $state) = (payments(),
        $purser->double->control(GET => '/_double/state')->{payment_intents});
    for my $round (1, 2) {
        my @answers = $api->parallel(map { ['POST', $checkout, $purser->checkout_body, %key] }
            1 .. 50);
        my %statuses;
        my %bodies = map { $_->{body} => 1 } grep { $_->{status} == 200 } @answers;
        $statuses{ $_->{status} }++ for @answers;
        my @codes = map { json_of($_)->{detail}{code} } grep { $_->{status} == 409 } @answers;
        is(scalar keys %bodies, 1, 'all answers with 200 have the same bytes');
        is(($statuses{200} || 0) + ($statuses{409} || 0), 50, 'all other answers are 409')
            or diag explain \%statuses;
        is(scalar(grep { $_ ne 'V2_IDEMPOTENCY_IN_PROGRESS' } @codes), 0,
            'all 409 say that the request is in progress');
        is($statuses{200}, 50, 'all get 200 when they ask a second time') if $round == 2;
    }
    is(payments() - $before, 1, 'the database has one payment');
    is($purser->double->control(GET => '/_double/state')->{payment_intents} - $state, 1,
        'Stripe has one PaymentIntent');
};

subtest 'idempotency: 30 free accounts at once with one key' => sub {
    my %key = key();
    my $before = $purser->value('select count(*) from payments.prop_account');
    my @answers = $api->parallel(map { ['POST', '/v2/payments/free', \%free, %key] } 1 .. 30);
    my %bodies = map { $_->{body} => 1 } grep { $_->{status} == 200 } @answers;
    is(scalar keys %bodies, 1, 'all answers with 200 have the same bytes');
    is(scalar(grep { $_->{status} !~ /^(?:200|409)$/ } @answers), 0, 'all other answers are 409');
    is($purser->value('select count(*) from payments.prop_account') - $before, 1,
        'the database has one account');
};

subtest 'idempotency: a key belongs to its path' => sub {
    my %key = key();
    my @answers = map { $api->POST($_, $route{$_}, %key) } sort keys %route;
    is_status($_, 200, 'a route answers the key by 200') for @answers;
    is(scalar(grep { $_->{headers}{'idempotent-replayed'} } @answers), 0,
        "no route replays another one's answer");
    is_status($api->GET("/v2/payments/prop-accounts/$account", %key), 200,
        'a GET ignores the key');
};

subtest 'idempotency: an outcome that is not known is resumed' => sub {
    for my $program (undef, 'purser-jobs') {    # resumed by the repeat, or by purser-jobs
        my $name = $program ? 'jobs was there first' : 'the repeat does it';
        $purser->jobs->stop if !$program;
        my %key = key();
        my $state = $purser->double->control(GET => '/_double/state')->{payment_intents};
        $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'cut_after' },
            { match => 'POST /v1/payment_intents', do => '500', times => -1 });
        my $first = $api->POST($checkout, $purser->checkout_body, %key);
        is_problem($first, 502, 'V2_STRIPE_ERROR', "$name: the first request is answered by 502");
        is(json_of($first)->{detail}{retryable}, JSON::PP::true,
            "$name: the first answer is retryable");
        $purser->double->no_faults;
        if ($program) {
            $purser->start_program($program);
            $purser->wait_for('jobs resumed it', sub {
                $purser->value("select count(*) = 0 from payments.payment "
                    . "where status = 'creating'") });
        }
        my $second = $api->POST($checkout, $purser->checkout_body, %key);
        is_status($second, 200, "$name: the repeat is answered by 200");
        is($second->{headers}{'idempotent-replayed'}, undef, "$name: the repeat is no replay");
        is_replay($api->POST($checkout, $purser->checkout_body, %key), $second,
            "$name: the next repeat");
        is($purser->double->control(GET => '/_double/state')->{payment_intents} - $state, 1,
            "$name: Stripe has one PaymentIntent");
        is_problem($api->POST($checkout, {}, %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            "$name: another body is a conflict");
    }
};

subtest 'idempotency: keys are kept for a day at least' => sub {
    my %key = key();
    my $first = $api->POST($checkout, $purser->checkout_body, %key);
    my $age = sub {
        $purser->dbh->do(q(update core.idempotency )
            . q(set created_at = now() - cast(? as interval) where key = ?), undef, $_[0],
            $key{'Idempotency-Key'});
        $purser->value('select retention.prune(1000)');
    };
    $age->('25 h');
    is_replay($api->POST($checkout, $purser->checkout_body, %key), $first,
        'the request, repeated after 25 hours');
    $age->('3 days');
    my $later = $api->POST($checkout, $purser->checkout_body, %key);
    isnt($later->{body}, $first->{body}, 'the request makes another payment after three days');
};

unlike($purser->payments->log_text, qr/deadlock|level=error/,
    'idempotency: the log has no deadlock and no error');

done_testing;
