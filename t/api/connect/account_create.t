# Protects: a user who becomes a payee gets one account at Stripe, with the documented parameters,
# however often the client asks, and each answer has a new link.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(programs => [qw(purser-connect purser-jobs)]);
my $uri = '/v2/connect/accounts';
my @members = qw(charges_enabled details_submitted id onboarding_url payouts_enabled status
    stripe_account_id);

sub asked { return $purser->double->calls(POST => '/v1/accounts') }
sub made { return $purser->double->control(GET => '/_double/state')->{accounts} }

is_problem($purser->api->POST($uri, { country => 'US' }), 409, 'V2_CONNECT_URLS_NOT_CONFIGURED',
    "Connect account: refused before the tenant's URLs are set");
is(scalar asked(), 0, "Connect account: Stripe is not asked before the tenant's URLs are set");

my $alice = T::Payouts->new($purser);
my $api = $alice->api;

my $answer = $api->POST($uri, { country => 'US' });
is_status($answer, 200, 'Connect account: created');
my $first = json_of($answer);
is_deeply([sort keys %$first], \@members,
    'Connect account: the answer has the seven documented members');
like($first->{id}, qr/^con_[0-9a-f]{32}$/, 'Connect account: id has our form');
like($first->{stripe_account_id}, qr/^acct_\w+$/,
    "Connect account: stripe_account_id has Stripe's form");
like($first->{onboarding_url}, qr{^http://127\.0\.0\.1:\d+/connect/onboard/\w+$},
    "Connect account: the link is Stripe's own");
is_json($answer, { status => 'pending', payouts_enabled => JSON::PP::false,
    charges_enabled => JSON::PP::false,
    details_submitted => JSON::PP::false }, 'Connect account: a new one is pending');

subtest 'Connect account: what Stripe is asked' => sub {
    my ($call, @more) = asked();
    is(scalar @more, 0, 'one account is made');
    is($call->{headers}{'idempotency-key'}, "$first->{id}:create",
        'the Idempotency-Key is made of the row and the step');
    my $email = $purser->value('select email from auth."user" where id = ?', $alice->user);
    is_deeply($call->{params}, { country => 'US', email => $email,
        controller => { fees => { payer => 'application' }, losses => { payments => 'application' },
            requirement_collection => 'stripe', stripe_dashboard => { type => 'express' } },
        capabilities => { transfers => { requested => 'true' } },
        metadata => $purser->metadata($first->{id}, purser_attempt => '1',
            purser_user => $alice->user) },
        'the account is an express account');
    my ($link) = $purser->double->calls(POST => '/v1/account_links');
    is_deeply($link->{params}, { account => $first->{stripe_account_id},
        type => 'account_onboarding',
        return_url => 'https://app.acme.test/dashboard/payouts?onboarding=return',
        refresh_url => 'https://app.acme.test/dashboard/payouts?onboarding=refresh' },
        "the link is for onboarding, with the tenant's URLs");
};

subtest 'Connect account: the same country is asked for again' => sub {
    my $again = json_of($api->POST($uri, { country => 'us' }));
    is($again->{$_}, $first->{$_}, "$_ is the same") for qw(id stripe_account_id status);
    isnt($again->{onboarding_url}, $first->{onboarding_url}, 'the link is a new one');
    is(scalar asked(), 1, 'Stripe is not asked for a second account');
    my $abroad = json_of($api->POST($uri, { country => 'GB' }));
    isnt($abroad->{id}, $first->{id}, 'another country makes another account');
    is((asked())[-1]{params}{tos_acceptance}{service_agreement}, 'recipient',
        'an account abroad is made under the recipient agreement');
    is(scalar(grep { $_->{params}{tos_acceptance} } asked()), 1,
        'an account at home is made without the recipient agreement');
    is($purser->value("select count(*) from connect.account a where a::text like '%onboard/%'"), 0,
        'the row keeps no link');
};

subtest 'Connect account: many at once are one' => sub {
    my $trader = T::Payouts->new($purser);
    my $before = made();
    my @answers = $trader->api->parallel(map { [POST => $uri, { country => 'US' }] } 1 .. 12);
    my %ids = map { (json_of($_)->{id} // $_->{body}) => 1 } grep { $_->{status} == 200 } @answers;
    is(scalar keys %ids, 1, 'all answers have one id');
    is(made(), $before + 1, 'Stripe makes one account');
    is(scalar(grep { $_->{status} !~ /^(?:200|502)$/ } @answers), 0,
        'every request is answered by the account or 502');
    is($purser->value('select count(*) from connect.account where user_id = ?', $trader->user), 1,
        'the database has one row');
};

subtest 'Connect account: a request is repeated with its key' => sub {
    my $trader = T::Payouts->new($purser);
    my @key = ('Idempotency-Key' => 'onboard');
    my $one = $trader->api->POST($uri, { country => 'US' }, @key);
    my $two = $trader->api->POST($uri, { country => 'US' }, @key);
    is($two->{body}, $one->{body}, 'the repeat gets the same bytes, link and all');
    is($two->{headers}{'idempotent-replayed'}, 'true', 'the repeat is marked as a replay');
    is_problem($trader->api->POST($uri, { country => 'GB' }, @key), 409, 'V2_IDEMPOTENCY_CONFLICT',
        'the key with another body is a conflict');
};

subtest 'Connect account: countries' => sub {
    is_problem($api->POST($uri, $_), 422, 'V2_VALIDATION_ERROR',
        JSON::PP::encode_json($_) . ' is refused')
        for {}, { country => undef }, { country => 1 }, { country => '' }, { country => 'USA' },
        { country => 'U1' },
            { country => "\x{fc}s" }, { country => ['US'] };
    my $before = scalar asked();
    my $refused = $api->POST($uri, { country => 'XX' }, 'Idempotency-Key' => 'xx');
    is_problem($refused, 422, 'V2_VALIDATION_ERROR',
        'a country that Stripe does not know is refused');
    is(json_of($refused)->{detail}{errors}[0]{field}, 'country',
        'the refusal of a country names its field');
    is($api->POST($uri, { country => 'XX' }, 'Idempotency-Key' => 'xx')->{body}, $refused->{body},
        'the refusal of a country is given again for its key');
    is(scalar asked(), $before + 1, 'Stripe is asked once for a country that it does not know');
    is($purser->value("select status || ' ' || failure_code from connect.account "
        . "where country = 'XX'"), 'failed country_unsupported',
        'the account in a country that Stripe does not know is kept as failed');
};

subtest 'Connect account: Stripe says something else' => sub {
    my $trader = T::Payouts->new($purser);
    $purser->double->faults({ match => 'POST /v1/accounts', do => '402' });
    is_problem($trader->api->POST($uri, { country => 'US' }), 502, 'V2_STRIPE_ERROR',
        'a refusal that is our fault is an error of Stripe');
    $purser->double->faults({ match => 'POST /v1/account_links', do => '402' });
    is_problem($trader->api->POST($uri, { country => 'US' }), 502, 'V2_STRIPE_ERROR',
        'an account without a link is an error of Stripe');
    is_json($trader->api->POST($uri, { country => 'US' }), { status => 'pending' },
        'the next request gets the account with its link');
    is($purser->value("select count(*) from connect.account where user_id = ? "
        . "and status = 'pending'", $trader->user), 1,
        'the next request finds the account that was made');
};

subtest 'Connect account: an answer that never comes' => sub {
    my $trader = T::Payouts->new($purser);
    my $before = made();
    $purser->jobs->stop;
    $purser->double->faults({ match => 'POST /v1/accounts', do => 'cut_after', times => -1 });
    my @key = ('Idempotency-Key' => 'lost');
    is_problem($trader->api->POST($uri, { country => 'US' }, @key), 502, 'V2_STRIPE_ERROR',
        'the request is answered by an error, not as failed');
    is($purser->value('select status from connect.account where user_id = ?', $trader->user),
        'creating', 'the row stays: creating');
    is_deeply(json_of($trader->api->GET($uri)), [], 'the list does not have it yet');
    $purser->double->no_faults;
    is_json($trader->api->POST($uri, { country => 'US' }, @key), { status => 'pending' },
        'the same key resumes it');
    is(made(), $before + 1, 'the resumed request finds the one account at Stripe');

    my $other = T::Payouts->new($purser);
    $purser->double->faults({ match => 'POST /v1/accounts', do => 'cut_after', times => -1 });
    $other->api->POST($uri, { country => 'US' });
    $purser->double->no_faults;
    $purser->start_program('purser-jobs');
    $purser->wait_for('the background found out', sub {
        $purser->value('select status from connect.account where user_id = ?', $other->user)
            eq 'pending';
    });
    is(made(), $before + 2, 'purser-jobs finds the one account at Stripe');
};

subtest 'Connect account: after the key window' => sub {
    my ($found, $lost) = map { T::Payouts->new($purser) } 1 .. 2;
    $purser->jobs->stop;
    $purser->double->faults({ match => 'POST /v1/accounts', do => 'cut_after', times => -1 });
    $found->api->POST($uri, { country => 'US' });
    $purser->double->no_faults;
    $purser->double->faults({ match => 'POST /v1/accounts', do => '500', times => -1 });
    $lost->api->POST($uri, { country => 'US' });
    $purser->double->no_faults;
    my $before = scalar asked();
    $purser->double->control(POST => '/_double/clock', { advance_s => 25 * 3600 });
    $purser->value("update connect.account set created_at = created_at - interval '25 h' "
        . "where status = 'creating' returning 1");
    $purser->start_program('purser-jobs');
    my $status = 'select status from connect.account where user_id = ?';
    $purser->wait_for('both are settled', sub {
        !$purser->value("select count(*) from connect.account where status = 'creating'");
    });
    is($purser->value($status, $found->user), 'pending',
        'an account that was made is found by its metadata');
    is($purser->value($status, $lost->user), 'failed', 'an account that was not made is given up');
    is(scalar asked(), $before, 'Stripe is asked to make none again');
    is_json($lost->api->POST($uri, { country => 'US' }), { status => 'pending' },
        'the next request makes the account that was given up');
};

done_testing;
