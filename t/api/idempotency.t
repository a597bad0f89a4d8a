# Protects: an Idempotency-Key makes one effect and one answer, however often, at once, and after
# whatever failure the request is repeated.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);
use T::Api qw(is_status is_problem is_json json_of);
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
    is($again->{headers}{'idempotent-replayed'}, 'true', "$name: Idempotent-Replayed");
    return is($first->{headers}{'idempotent-replayed'}, undef, "$name: not so the first time");
}

my $account = json_of($api->POST('/v2/payments/free', \%free))->{id};
my %route = ($checkout => $purser->checkout_body, '/v2/payments/free' => \%free,
    "/v2/lifecycle/sync/$account" => { note => 1 });

for my $uri (sort keys %route) {
    subtest "POST $uri" => sub {
        my %key = key();
        my $first = $api->POST($uri, $route{$uri}, %key);
        is_status($first, 200);
        my $effects = intents() . ' '
            . $purser->value('select count(*) from payments.prop_account');
        is_replay($api->POST($uri, $route{$uri}, %key), $first, 'again') for 1, 2;
        is_replay($api->POST($uri, $route{$uri}, 'X-Idempotency-Key' => $key{'Idempotency-Key'}),
            $first, 'by the alias');
        is_replay($api->POST($uri, $route{$uri}, %key,
            'X-Idempotency-Key' => $key{'Idempotency-Key'}), $first, 'by both');
        my %other = (%{ $route{$uri} }, more => 1);
        my $conflict = $api->POST($uri, \%other, %key);
        is_problem($conflict, 409, 'V2_IDEMPOTENCY_CONFLICT', 'another body');
        is($conflict->{headers}{'retry-after'}, undef, 'waiting does not help');
        is(json_of($conflict)->{detail}{retryable}, JSON::PP::false, 'nor repeating');
        is_problem($api->POST($uri, undef, %key), 409, 'V2_IDEMPOTENCY_CONFLICT', 'no body');
        is_problem($api->POST($uri, '{"bad', %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            'a body that is no JSON');
        is_replay($api->POST($uri, $route{$uri}, %key), $first, 'after that');
        is(intents() . ' ' . $purser->value('select count(*) from payments.prop_account'), $effects,
            'no other effect');
        is_status($api->POST($uri, $route{$uri},
            'Idempotency-Key' => 'x' x 255 =~ s/^.{3}/sprintf '%03d', ++$count/er), 200,
            '255 characters');
        is_status($api->POST($uri, $route{$uri},
            'Idempotency-Key' => '!"#$%&()*+,-./:;<=>?@[]^_`{|}~' . $count), 200,
            'all kinds of characters');
    };
}

subtest 'refusals that would be the same again are kept' => sub {
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
            'another body');
    }
};

subtest 'a kept refusal holds although the reason is gone' => sub {
    my %key = key();
    my $body = $purser->checkout_body(tier_id => 'tier_new');
    my $first = $api->POST($checkout, $body, %key);
    is_problem($first, 422, 'V2_UNKNOWN_TIER', 'no such tier');
    $purser->value("select admin.set_tier('acme', 'tier_new', 'crypto', 'crypto', 25000, 19900, "
        . "'usd', true, 'test', false)");
    is_replay($api->POST($checkout, $body, %key), $first, 'the tier is there now');
    is_status($api->POST($checkout, $body, key()), 200, 'another key sees it');
};

subtest 'what is not kept' => sub {
    my %once = (
        401 => $api->with(session => undef),
        403 => $api->with(token => $purser->mint_token($tenant->{app}, 'reads')),
    );
    for my $status (sort keys %once) {
        my %key = key();
        is_status($once{$status}->POST($checkout, $purser->checkout_body, %key), $status);
        my $good = $api->POST($checkout, $purser->checkout_body, %key);
        is_status($good, 200, "after a $status the key is free");
        is($good->{headers}{'idempotent-replayed'}, undef, 'and it was no replay');
    }
    my %key = key();
    is_status($api->POST($checkout, '{"a":"' . 'x' x 65_536 . '"}', %key), 413);
    is_status($api->POST($checkout, $purser->checkout_body, %key), 200,
        'after a 413 the key is free');
    is_status($api->POST('/v2/payments/check/out', {}, %key), 404, 'no route, no key');
    is($purser->value(q(select count(*) from core.idempotency where path like '%out' and path <> ?),
        $checkout), 0, 'and nothing stored');
};

subtest 'an answer that is still being made' => sub {
    my %key = key();
    my ($before, $asked) = (payments(), intents());
    $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'delay',
        delay_ms => 1000 });
    my @answers = $api->parallel(map { ['POST', $checkout, $purser->checkout_body, %key] } 1 .. 2);
    my ($first, $second) = sort { $a->{status} <=> $b->{status} } @answers;
    is_status($first, 200, 'one waits for Stripe');
    is_problem($second, 409, 'V2_IDEMPOTENCY_IN_PROGRESS', 'the other is told so');
    is($second->{headers}{'retry-after'}, 1, 'with Retry-After');
    is(json_of($second)->{detail}{retryable}, JSON::PP::true, 'and it may repeat');
    is_replay($api->POST($checkout, $purser->checkout_body, %key), $first, 'afterwards');
    is(payments() - $before, 1, 'one payment');
    is(intents() - $asked, 1, 'one PaymentIntent');
};

subtest '50 checkouts at once with one key' => sub {
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
        is(scalar keys %bodies, 1, 'all that get 200 get the same bytes');
        is(($statuses{200} || 0) + ($statuses{409} || 0), 50, 'the others get 409')
            or diag explain \%statuses;
        is(scalar(grep { $_ ne 'V2_IDEMPOTENCY_IN_PROGRESS' } @codes), 0,
            'since it is in progress');
        is($statuses{200}, 50, 'the second time all get them') if $round == 2;
    }
    is(payments() - $before, 1, 'one payment');
    is($purser->double->control(GET => '/_double/state')->{payment_intents} - $state, 1,
        'one PaymentIntent');
};

subtest '30 free accounts at once with one key' => sub {
    my %key = key();
    my $before = $purser->value('select count(*) from payments.prop_account');
    my @answers = $api->parallel(map { ['POST', '/v2/payments/free', \%free, %key] } 1 .. 30);
    my %bodies = map { $_->{body} => 1 } grep { $_->{status} == 200 } @answers;
    is(scalar keys %bodies, 1, 'the same bytes');
    is(scalar(grep { $_->{status} !~ /^(?:200|409)$/ } @answers), 0, 'the others get 409');
    is($purser->value('select count(*) from payments.prop_account') - $before, 1, 'one account');
};

subtest 'a key belongs to its path' => sub {
    my %key = key();
    my @answers = map { $api->POST($_, $route{$_}, %key) } sort keys %route;
    is_status($_, 200) for @answers;
    is(scalar(grep { $_->{headers}{'idempotent-replayed'} } @answers), 0,
        'three routes, three requests');
    is_status($api->GET("/v2/payments/prop-accounts/$account", %key), 200,
        'a GET does not look at it');
};

subtest 'an outcome that is not known is resumed' => sub {
    for my $program (undef, 'purser-jobs') {    # by the repeat itself; or by jobs before it
        my $name = $program ? 'jobs was there first' : 'the repeat does it';
        $purser->jobs->stop if !$program;
        my %key = key();
        my $state = $purser->double->control(GET => '/_double/state')->{payment_intents};
        $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'cut_after' },
            { match => 'POST /v1/payment_intents', do => '500', times => -1 });
        my $first = $api->POST($checkout, $purser->checkout_body, %key);
        is_problem($first, 502, 'V2_STRIPE_ERROR', "$name: no answer");
        is(json_of($first)->{detail}{retryable}, JSON::PP::true, "$name: retryable");
        $purser->double->no_faults;
        if ($program) {
            $purser->start_worker($program);
            $purser->wait_for('jobs resumed it', sub {
                $purser->value("select count(*) = 0 from payments.payment "
                    . "where status = 'creating'") });
        }
        my $second = $api->POST($checkout, $purser->checkout_body, %key);
        is_status($second, 200, "$name: the repeat is answered");
        is($second->{headers}{'idempotent-replayed'}, undef, "$name: it made that answer");
        is_replay($api->POST($checkout, $purser->checkout_body, %key), $second, "$name: once more");
        is($purser->double->control(GET => '/_double/state')->{payment_intents} - $state, 1,
            "$name: one PaymentIntent");
        is_problem($api->POST($checkout, {}, %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
            "$name: another body");
    }
};

subtest 'keys are kept for a day at least' => sub {
    my %key = key();
    my $first = $api->POST($checkout, $purser->checkout_body, %key);
    my $age = sub {
        $purser->dbh->do(q(update core.idempotency )
            . q(set created_at = now() - cast(? as interval) where key = ?), undef, $_[0],
            $key{'Idempotency-Key'});
        $purser->value('select jobs.prune(1000)');
    };
    $age->('25 h');
    is_replay($api->POST($checkout, $purser->checkout_body, %key), $first, 'after 25 hours');
    $age->('3 days');
    my $later = $api->POST($checkout, $purser->checkout_body, %key);
    isnt($later->{body}, $first->{body}, 'after three days it is new');
};

unlike($purser->payments->log_text, qr/deadlock|level=error/, 'no deadlock, no error in the log');

done_testing;
