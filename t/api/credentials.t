# Protects: a client without a valid credential of the right kind and scope gets no data, and its
# answer does not show what exists.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my ($tenant, $other) = $purser->tenants;
my $api = $purser->api;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $account = json_of($api->POST('/v2/payments/free', \%free))->{id};
my $payment = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body))->{payment_id};

# method, path, body, scope
my @routes = (
    ['POST', '/v2/payments/checkout', $purser->checkout_body, 'payments'],
    ['POST', '/v2/payments/free', \%free, 'payments'],
    ['GET', '/v2/payments/prop-accounts', undef, 'reads'],
    ['GET', '/v2/payments/prop-accounts/failed', undef, 'reads'],
    ['GET', "/v2/payments/prop-accounts/$account", undef, 'reads'],
    ['GET', "/v2/payments/$payment", undef, 'reads'],
    ['POST', "/v2/lifecycle/sync/$account", {}, 'reads'],
);

sub change { my ($sql, @args) = @_; return $purser->dbh->do($sql, undef, @args) }

sub session { return $purser->value("select admin.mint_session(?, 1, 'test', false)", $_[0]) }

my %token = map { $_ => $purser->mint_token($tenant->{app}) } qw(expired revoked);
my %session = map { $_ => session($tenant->{user}) } qw(expired revoked);
change("update auth.app_token set expires_at = now() - interval '1 s' where hash = sha256(?)",
    $token{expired});
change('update auth.app_token set revoked_at = now() where hash = sha256(?)', $token{revoked});
change("update auth.session set expires_at = now() - interval '1 s' where hash = sha256(?)",
    $session{expired});
change('update auth.session set revoked_at = now() where hash = sha256(?)', $session{revoked});
my $dead_app = $purser->value("select client_id from admin.create_app('acme', 'dead', 'test', "
    . "false)");
my $dead_token = $purser->mint_token($dead_app);
$purser->value("select admin.revoke_app(?, 'test', false)", $dead_app);

# What the client sends in place of a credential.
my @strangers = (
    # name, client, headers, code
    ['no token', { token => undef }, {}, 'V2_UNAUTHORIZED'],
    ['neither token nor session', { token => undef, session => undef }, {}, 'V2_UNAUTHORIZED'],
    ['an unknown token', { token => 'hat_' . '0' x 64 }, {}, 'V2_UNAUTHORIZED'],
    ['an unknown token without session', { token => 'hat_' . '0' x 64, session => undef }, {},
        'V2_UNAUTHORIZED'],
    ['an expired token', { token => $token{expired} }, {}, 'V2_UNAUTHORIZED'],
    ['a revoked token', { token => $token{revoked} }, {}, 'V2_UNAUTHORIZED'],
    ["a revoked app's token", { token => $dead_token }, {}, 'V2_UNAUTHORIZED'],
    ['a token cut by one', { token => substr $tenant->{token}, 0, -1 }, {}, 'V2_UNAUTHORIZED'],
    ['a token and one more', { token => "$tenant->{token}x" }, {}, 'V2_UNAUTHORIZED'],
    ['a token in capitals', { token => uc $tenant->{token} }, {}, 'V2_UNAUTHORIZED'],
    ['the session as token', { token => $tenant->{session} }, {}, 'V2_UNAUTHORIZED'],
    ["the app's id as token", { token => $tenant->{app} }, {}, 'V2_UNAUTHORIZED'],
    ["Stripe's key", { token => $T::Purser::SECRET_KEY }, {}, 'V2_UNAUTHORIZED'],
    ['the webhook secret', { token => $T::Purser::WEBHOOK_SECRET }, {}, 'V2_UNAUTHORIZED'],
    ["the provider's token", { token => $T::Purser::PROVIDER_TOKEN }, {}, 'V2_UNAUTHORIZED'],
    ['a journal key', { token => 'mpj_' . 'a' x 40 }, {}, 'V2_UNAUTHORIZED'],
    ['a partner key', { token => 'sk_live_' . 'a' x 40 }, {}, 'V2_UNAUTHORIZED'],
    ['a JWT', { token => 'eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJhZG1pbiJdfQ.' }, {},
        'V2_UNAUTHORIZED'],
    ['Basic', {}, { Authorization => 'Basic dXNlcjpwYXNz' }, 'V2_UNAUTHORIZED'],
    ['a scheme without token', {}, { Authorization => 'Bearer' }, 'V2_UNAUTHORIZED'],
    ['a scheme and a space', {}, { Authorization => 'Bearer ' }, 'V2_UNAUTHORIZED'],
    ['a token without scheme', {}, { Authorization => $tenant->{token} }, 'V2_UNAUTHORIZED'],
    ['two tokens', {}, { Authorization => "Bearer $tenant->{token} $tenant->{token}" },
        'V2_UNAUTHORIZED'],
    ['a token of 600 bytes', { token => 'x' x 600 }, {}, 'V2_UNAUTHORIZED'],
    ['no session', { session => undef }, {}, 'V2_SESSION_INVALID'],
    ['an unknown session', { session => 'sess_' . '0' x 64 }, {}, 'V2_SESSION_INVALID'],
    ['an expired session', { session => $session{expired} }, {}, 'V2_SESSION_INVALID'],
    ['a revoked session', { session => $session{revoked} }, {}, 'V2_SESSION_INVALID'],
    ["another tenant's session", { session => $other->{session} }, {}, 'V2_SESSION_INVALID'],
    ["another tenant's token", { token => $other->{token} }, {}, 'V2_SESSION_INVALID'],
    ['the token as session', { session => $tenant->{token} }, {}, 'V2_SESSION_INVALID'],
    ["the user's id as session", { session => $tenant->{user} }, {}, 'V2_SESSION_INVALID'],
    ['a session with a space', { session => 'a b' }, {}, 'V2_SESSION_INVALID'],
    ['a session of 600 bytes', { session => 'x' x 600 }, {}, 'V2_SESSION_INVALID'],
    ['a wrong scope', { token => $purser->mint_token($tenant->{app}, 'connect') }, {},
        'V2_SCOPE_MISSING', 403],
    ['payouts:write alone', { token => $purser->mint_token($tenant->{app}, 'payouts:write') }, {},
        'V2_SCOPE_MISSING', 403],
);

sub effects {
    return join ' ', map { $purser->value("select count(*) from $_") }
        qw(payments.payment payments.prop_account core.idempotency);
}

my $before = effects();
for (@strangers) {
    my ($name, $client, $headers, $code, $status) = @$_;
    subtest "credentials: $name" => sub {
        my $stranger = $api->with(%$client);
        for my $route (@routes) {
            my ($method, $uri, $body) = @$route;
            my %key = $method eq 'POST' ? ('Idempotency-Key' => "stranger $name" =~ s/[^a-z]/-/gir)
                : ();
            my $answer = $stranger->call($method, $uri, $body, %key, %$headers);
            is_problem($answer, $status || 401, $code, "$method $uri");
            like($answer->{headers}{'www-authenticate'} // '', qr/^Bearer/,
                "$method $uri: WWW-Authenticate says how to authenticate")
                if ($status || 401) == 401;
        }
        my $wrong = $stranger->POST('/v2/payments/checkout', '{"broken', %$headers);
        is_problem($wrong, $status || 401, $code,
            'a bad credential is refused before a bad request');
        my ($here, $nowhere) =
            map { $stranger->GET("/v2/payments/prop-accounts/$_", %$headers)->{body}
                =~ s/"request_id":"\w+"//r }
            $account, 'prop_' . '0' x 32;
        is($here, $nowhere, 'a bad credential learns nothing of what exists');
    };
}
is(effects(), $before,
    'credentials: refused requests have no effect and store nothing under their keys');

subtest 'credentials: good ones' => sub {
    is_status($api->with(token => undef)->GET('/v2/payments/prop-accounts',
        Authorization => "$_ $tenant->{token}"), 200, "the scheme $_ is taken")
        for 'Bearer', 'bearer', 'BEARER', 'Bearer  ';
    my $second = session($tenant->{user});
    is_status($api->with(session => $second)->GET('/v2/payments/prop-accounts'), 200,
        'a second session of the user is taken');
    is_status($api->GET('/v2/payments/prop-accounts'), 200,
        'the first session stays good beside the second');
    my $app = $purser->value("select client_id from admin.create_app('acme', 'second', 'test', "
        . "false)");
    is_json($api->with(token => $purser->mint_token($app))
        ->GET("/v2/payments/prop-accounts/$account"), { id => $account },
        'another app of the tenant sees the same account');
};

subtest 'credentials: scopes' => sub {
    for my $scope (qw(reads payments)) {
        my $limited = $api->with(token => $purser->mint_token($tenant->{app}, $scope));
        for my $route (@routes) {
            my ($method, $uri, $body, $needs) = @$route;
            my $answer = $limited->call($method, $uri, $body);
            if ($needs eq $scope) { is_status($answer, 200, "$scope: $method $uri") }
            else { is_problem($answer, 403, 'V2_SCOPE_MISSING', "$scope: $method $uri") }
        }
    }
    my $both = $api->with(token => $purser->mint_token($tenant->{app}, 'connect', 'reads'));
    is_status($both->GET('/v2/payments/prop-accounts'), 200,
        'a token with several scopes may use one of them');
};

subtest 'credentials: the end of a session is immediate' => sub {
    my ($leaver, $user) = $purser->new_user_api('leaver@acme.test');
    is_status($leaver->GET('/v2/payments/prop-accounts'), 200, 'a session is good before it ends');
    $purser->value("select admin.revoke_sessions(?, 'test', false)", $user);
    is_problem($leaver->GET('/v2/payments/prop-accounts'), 401, 'V2_SESSION_INVALID',
        'a session is refused after its end');
};

subtest 'credentials: X-Prop-Account' => sub {
    my ($neighbour) = $purser->new_user_api('neighbour@acme.test');
    my %of = (
        'another user' => json_of($neighbour->POST('/v2/payments/free', \%free))->{id},
        'another tenant' => json_of($purser->api(1)->POST('/v2/payments/free', \%free))->{id},
        'no account of any user' => 'prop_' . '0' x 32, 'no account' => $payment,
    );
    for my $route (@routes) {
        my ($method, $uri, $body) = @$route;
        is_status($api->call($method, $uri, $body, 'X-Prop-Account' => $account), 200,
            "an account of the caller is taken: $method $uri");
        for my $whose (sort keys %of) {
            is_problem($api->call($method, $uri, $body, 'X-Prop-Account' => $of{$whose}), 404,
                'V2_NOT_FOUND', "an account of $whose is not found: $method $uri");
        }
    }
};

done_testing;
