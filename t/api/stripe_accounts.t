# Protects: credentials by Stripe account.  A tenant without a key is refused and keeps nobody
# waiting; a key or webhook secret that is rolled is taken while the programs run.

use strict;
use warnings;

use T::Api qw(is_status is_problem json_of);
use T::Events qw(event event_text signature);
use T::Purser;
use Test::More;

my $purser = T::Purser->start;
my $third = $purser->tenant('third');
my $api = $purser->api->with(token => $third->{token}, session => $third->{session});
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $webhook = '/v2/webhooks/stripe/third';

# The outcome of a checkout of the third tenant's: its HTTP status.
sub sells { return $api->POST('/v2/payments/checkout', $purser->checkout_body)->{status} }

sub delivered {
    my ($secret) = @_;
    my $body = event_text(event('payment_intent.created', { id => 'pi_1', object =>
        'payment_intent' }));
    return $purser->nginx->http->request({ method => 'POST', uri => $webhook, body => $body,
        headers => { 'Content-Type' => 'application/json',
            'Stripe-Signature' => signature($body, $secret) } })->{status};
}

subtest 'a tenant without a Stripe account' => sub {
    $purser->value(q{select admin.set_connect_urls('third', 'https://x.test', null, null, 'test',
        false)});
    is_problem($api->POST('/v2/payments/checkout', $purser->checkout_body), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'checkout is refused');
    is_problem($api->POST('/v2/connect/accounts', { country => 'US' }), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'onboarding is refused');
    is_problem($api->POST('/v2/connect/accounts/acct_1/onboarding-link', {}), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'an onboarding link is refused');
    is($purser->value('select count(*) from payments.payment where tenant_id = ?', $third->{id}), 0,
        'a refused checkout leaves no payment');
    is_status($api->GET('/v2/connect/accounts'), 200, 'payees can be listed');
    is_status($api->POST('/v2/payments/free', \%free), 200, 'a free account is made');
    my ($checkout, $account) = $purser->buy;
    is($account->{status}, 'active', "another tenant's account does not wait for it");
    is(json_of($api->GET('/v2/payments/prop-accounts'))->[0]{status}, 'provisioning',
        'a free account waits for a provider token');
    is(delivered('whsec_third'), 404, 'the webhook path of a tenant without an account is unknown');
};

subtest 'an account and its files, while the programs run' => sub {
    $purser->value(q{select admin.create_stripe_account('third', 'third', 'test', false)});
    is_problem($api->POST('/v2/payments/checkout', $purser->checkout_body), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'checkout is refused without a key');
    $purser->secret('accounts/third.secret_key', $T::Purser::THIRD_SECRET_KEY);
    $purser->secret('accounts/third.webhook_secrets', 'whsec_third');
    $purser->wait_for('the key is taken', sub { sells() == 200 }, 15);
    ok($purser->wait_for('purser-jobs reports the key', sub { $purser->value(q{select key
        from admin.stripe_accounts where name = 'third'}) eq 'in use' }, 15),
        'operators see that there is a key');
    ok($purser->wait_for('the webhook secret is taken', sub { delivered('whsec_third') == 200 },
        10), 'events are taken at the path of the account');
    is(delivered($T::Purser::WEBHOOK_SECRET), 400, "another account's are not");
    is(json_of($api->GET('/v2/payments/prop-accounts'))->[0]{status}, 'provisioning',
        'a free account waits for a provider token still');
    $purser->secret('accounts/third.provider_token', $T::Purser::PROVIDER_TOKEN);
    ok($purser->wait_for('its account is active', sub {
        json_of($api->GET('/v2/payments/prop-accounts'))->[0]{status} eq 'active' }, 15),
        'a free account is made once there is a token');
};

# The last words of purser-jobs on a key, by the name of the Stripe account.
sub problem_of {
    return $purser->value('select key_problem from admin.stripe_accounts where name = ?', $_[0]);
}

sub logs_like {
    my ($regex, $what) = @_;
    $purser->wait_for($what, sub { $purser->payments->log_text =~ $regex }, 10);
    return pass($what);
}

# The calls of Stripe with a key, whose last four characters the log shows, that are no question
# whose it is.
sub calls_with {
    my $end = substr $_[0], -4;
    return map { "$_->{method} $_->{path}" } grep { $_->{path} ne '/v1/account'
        && ($_->{headers}{authorization} // '') =~ /\Q$end\E\z/ } @{ $purser->double->log };
}

subtest 'a key and a webhook secret are rolled' => sub {
    my $next = "${T::Purser::THIRD_SECRET_KEY}_next";
    $purser->secret('accounts/third.secret_key', 'sk_test_expired');
    logs_like(qr/key of Stripe not used.*third.*\(401\)/, 'a key that Stripe refuses is logged');
    is(sells(), 200, 'a key that Stripe refuses keeps the last key');
    is(join(' ', calls_with('sk_test_expired')), '', 'a key that Stripe refuses makes no call');
    $purser->secret('accounts/third.secret_key', '');
    logs_like(qr/file of a secret not taken.*third\.secret_key/, 'a broken file is logged');
    is(sells(), 200, 'a broken file keeps the last key');
    $purser->secret('accounts/third.secret_key', $next);
    $purser->wait_for('the new key is used', sub { sells() == 200 && calls_with($next) }, 10);
    pass('another key of the account is taken');
    $purser->secret('accounts/third.webhook_secrets', "whsec_third\nwhsec_next");
    $purser->wait_for('the new secret is known', sub { delivered('whsec_next') == 200 }, 10);
    is(delivered('whsec_third'), 200, 'the old secret signs while it is listed');
    $purser->secret('accounts/third.webhook_secrets', 'whsec_next');
    $purser->wait_for('the old secret is forgotten', sub { delivered('whsec_third') == 400 }, 10);
    is(delivered('whsec_next'), 200, 'the new secret signs alone');
};

subtest 'a list that one account may not read keeps no other list back' => sub {
    $purser->double->faults({ match => 'GET /v1/events', do => '403', times => 1 });
    my $at = $purser->value('select now()');
    $purser->dbh->do(q{update stripe_events.bookmark set due_at = now(), next_run_at = now()});
    ok($purser->wait_for('the lists of other accounts are read', sub { $purser->value(q{
        select count(*) from stripe_events.bookmark
        where list = 'events' and covered_until > ?}, $at) >= 2 }, 20),
        'the other accounts are read');
    is($purser->value(q{select count(*) from admin.health where what like
        'list of events at Stripe account %' and state <> 'ok'}), 1,
        'operators see which account is not read');
};

done_testing;
