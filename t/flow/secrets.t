# Protects: no log has a credential, a secret or personal data, whatever the requests and errors.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Events qw(event signature delivery deliver);
use T::Proc qw(slurp);
use T::Purser;

my $purser = T::Purser->start(programs => []);
# As in production: PostgreSQL logs no statements but those that fail.
$purser->postgres->command("alter database $purser->{database} set log_statement = 'none'");
$purser->start_program($_, conf => { log_level => 'debug' })
    for $purser->programs;
my $api = $purser->api;
my ($tenant, $other) = $purser->tenants;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $since = length $purser->postgres->log_text;

my %secret = (
    'the app token' => $tenant->{token}, "the other tenant's token" => $other->{token},
    'the session' => $tenant->{session},
    "the other tenant's session" => $other->{session}, "Stripe's key" => $T::Purser::SECRET_KEY,
    'the webhook secret' => $T::Purser::WEBHOOK_SECRET,
    "the other tenant's key" => $T::Purser::OTHER_SECRET_KEY,
    "the other tenant's webhook secret" => $T::Purser::OTHER_WEBHOOK_SECRET,
    "the other tenant's provider token" => $T::Purser::OTHER_PROVIDER_TOKEN,
    "the provider's token" => $T::Purser::PROVIDER_TOKEN,
    'an e-mail' => 'trader@acme.test', 'the other e-mail' => 'trader@other.test',
    'a wrong token' => 'hat_wrong' . 'x' x 30,
    'a wrong session' => 'sess_wrong' . 'y' x 30,
    'an idempotency key' => 'idempotency-key-that-is-private',
);

# --- every kind of request --------------------------------------------------------

my ($checkout, $account) = $purser->buy;
$secret{'a client_secret'} = $checkout->{client_secret};
$secret{'the part of it behind the id'} = ($checkout->{client_secret} =~ /_secret_(.+)/)[0];
my %key = ('Idempotency-Key' => $secret{'an idempotency key'});
my @good = (
    [POST => '/v2/payments/checkout', $purser->checkout_body, %key],
    [POST => '/v2/payments/checkout', $purser->checkout_body, %key],
    [POST => '/v2/payments/checkout', {}, %key], [POST => '/v2/payments/free', \%free, %key],
    [GET => '/health'],
    [GET => '/v2/payments/prop-accounts'], [GET => '/v2/payments/prop-accounts/failed'],
    [GET => "/v2/payments/prop-accounts/$account->{id}"],
    [GET => "/v2/payments/$checkout->{payment_id}"],
    [POST => "/v2/lifecycle/sync/$account->{id}", {}], [GET => '/v2/payments/prop-accounts/none'],
);
$api->call(@$_) for @good;
# Secrets in wrong places: paths, queries, bodies, headers.
my @secrets = values %secret;
for my $secret (@secrets) {
    my $quoted = $secret =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger;
    $api->GET("/v2/payments/prop-accounts?token=$quoted&limit=$quoted");
    $api->GET("/v2/payments/prop-accounts?starting_after=$quoted");
    $api->POST('/v2/payments/free', { %free, tier_id => $secret, email => $secret });
    $api->POST('/v2/payments/checkout', qq({"tier_id":"$secret));
    $api->POST('/v2/payments/checkout',
        { map { ($_ => $secret) } keys %{ $purser->checkout_body } });
    $api->with(token => $secret)->GET('/v2/payments/prop-accounts');
    $api->with(session => $secret)->GET('/v2/payments/prop-accounts');
    $api->GET('/v2/payments/prop-accounts', 'X-Prop-Account' => $secret,
        Cookie => "session=$secret", Referer => "https://x/?$secret");
    $api->GET('/v2/payments/prop-accounts', Authorization => "Basic $secret");
    $api->POST('/v2/payments/free', \%free, 'Idempotency-Key' => $secret);
    deliver($purser, qq({"secret":"$secret"), 'Stripe-Signature' => signature('', $secret));
    deliver($purser, event('x', { id => $secret, secret => $secret }));
}
# Errors of the upstreams that quote the request.
my $quoting = sub { return { do => 'body', status => $_[0], times => 3,
    body => JSON::PP->new->encode({ error => { type => $_[1], message => join ' ',
        @secrets } }) } };
for my $fault ($quoting->(400, 'invalid_request_error'), $quoting->(401, 'invalid_request_error'),
    $quoting->(200, 'x'),
    { do => '402' }, { do => 'html' }, { do => 'cut_after' }) {
    $purser->double->faults({ match => 'POST /v1/payment_intents', %$fault });
    $api->POST('/v2/payments/checkout', $purser->checkout_body);
    $purser->double->no_faults;
}
$purser->double->faults({ match => 'POST /api/create-subaccount', do => 'body', status => 400,
    times => 1,
    body => JSON::PP->new->encode({ status => 'error', error => 'quota of this entity' }) });
my $retried = json_of($api->POST('/v2/payments/free', \%free));
$purser->wait_for('it was refused', sub { $purser->jobs->log_text =~ /subaccount not made/ });
for my $card (qw(pm_card_chargeDeclined pm_card_visa)) {
    $purser->double->confirm(json_of($api->POST('/v2/payments/checkout',
        $purser->checkout_body))->{stripe_payment_intent_id}, $card);
}
$purser->double->control(POST => '/_double/refunds',
    { payment_intent => $checkout->{stripe_payment_intent_id} });
$purser->wait_for('the refund is applied', sub {
    json_of($api->GET("/v2/payments/prop-accounts/$account->{id}"))->{status} eq 'suspended';
});
$purser->wait_for('all events are applied', sub {
    $purser->value(q(select count(*) = 0 from stripe_events.event where state = 'pending'));
});
# Database errors of all kinds: our own, a lost connection, a time-out.
$purser->postgres->command("select pg_terminate_backend(pid) from pg_stat_activity "
    . "where datname = '$purser->{database}' and usename like 't\\_%'");
$api->GET('/v2/payments/prop-accounts');
$purser->wait_for('it is back', sub { $api->GET('/v2/payments/prop-accounts')->{status} == 200 });
$purser->program($_)->restart for $purser->programs;
is_status($api->GET('/v2/payments/prop-accounts'), 200,
    'secrets: a last request after a restart is answered');

# --- what is written ----------------------------------------------------------------

my $postgres = join "\n", grep { /\Q$purser->{database}\E purser-|^\t/ } split /\n/,
    substr $purser->postgres->log_text, $since;
my %log = (
    (map { ($_ => $purser->program($_)->log_text) } $purser->programs),
    "nginx's access log" => $purser->nginx->access_text, 'PostgreSQL' => $postgres,
);
cmp_ok(length $log{$_}, '>', 50, "secrets: $_ wrote a log") for sort keys %log;
for my $where (sort keys %log) {
    subtest "secrets: $where" => sub {
        for my $what (sort keys %secret) {
            for my $form ($secret{$what},
                $secret{$what} =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger) {
                my $at = index $log{$where}, $form;
                is($at, -1, "the log has not $what") or diag substr $log{$where},
                    $at < 200 ? 0 : $at - 200, 400;
            }
        }
        unlike($log{$where}, qr/_secret_\w/, 'the log has no client_secret');
        unlike($log{$where}, qr/whsec_|hat_|sess_|sk_(?:test|live)_/,
            'the log has nothing that looks like a secret');
    };
}
# The tables have only hashes of the credentials.
my $dump = join "\n", map { map { @$_ }
    @{ $purser->dbh->selectall_arrayref("select t::text from $_ t") } }
    qw(auth.app auth.app_token auth.session admin.audit);
for my $what ('the app token', "the other tenant's token", 'the session',
    "the other tenant's session") {
    is(index($dump, $secret{$what}), -1, "secrets: the database does not know $what");
}

done_testing;
