# Protects: a client without a valid credential of the right kind and scope gets no data of any
# route that the programs print, and its answer does not show what exists.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;
use T::Routes;

my @programs = qw(payments connect payouts webhooks);
my $purser = T::Purser->start(programs => [map { "purser-$_" } @programs]);
my ($tenant, $other) = $purser->tenants;
my $api = $purser->api;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $account = json_of($api->POST('/v2/payments/free', \%free))->{id};
my $payment = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body))->{payment_id};

# What the user has, and bodies that are answered 200, by the name of the route.
my %id = ('payments.prop_account_get' => $account, 'payments.payment_get' => $payment,
    'payments.lifecycle_sync' => $account);
my %body = ('payments.checkout_create' => $purser->checkout_body, 'payments.free_create' => \%free,
    'payments.lifecycle_sync' => {});

# Every route of the programs: its row of --routes, `uri` and `body` of a request, and whether that
# is a `good` one, answered 200.
my @all = map {
    my $route = $_;
    my $name = $route->{name};
    my $reads = $route->{method} =~ /^(?:GET|DELETE)$/;
    +{ %$route, uri => $route->{path} =~ s/\{\w+\}/$id{$name} || 'none'/er,
        body => $reads ? undef : $body{$name} || {},
        good => ($route->{path} !~ /\{/ || $id{$name})
            && ($route->{method} eq 'GET' || $body{$name}) }
} routes(@programs);
my @routes = grep { $_->{credential} =~ /^app/ } @all;
my @user_routes = grep { $_->{credential} eq 'app+session' } @all;
my @app_routes = grep { $_->{credential} eq 'app' } @all;
my @journal = grep { $_->{credential} eq 'journal' } @all;
is(join(' ', map { "$_->{method} $_->{path}" } grep { $_->{credential} eq 'none' } @all),
    'GET /health POST /v2/webhooks/stripe POST /v2/webhooks/stripe/{account} '
    . 'POST /v1/webhooks/stripe POST /v1/webhooks/stripe/{account}',
    'credentials: two routes and the other paths of one need none');
is(@routes + @journal + 5, scalar @all, 'credentials: of each route it is known which it needs');
cmp_ok(scalar(grep { $_->{good} } @routes), '>=', 9, 'credentials: good requests are known');

sub call {
    my ($client, $route, %headers) = @_;
    return $client->call($route->{method}, $route->{uri}, $route->{body}, %headers);
}

sub change { my ($sql, @args) = @_; return $purser->dbh->do($sql, undef, @args) }

sub revoked_journal_key {
    my ($user) = $purser->user('acme', 'former@acme.test');
    my $key = $purser->mint_journal_key($user);
    $purser->value("select admin.revoke_journal_keys(?, 'test', false)", $user);
    return $key;
}

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
    # name, client, headers, code, status if not 401, scope of the routes that it is good for
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
        'V2_SCOPE_MISSING', 403, 'connect'],
    ['payouts:write alone', { token => $purser->mint_token($tenant->{app}, 'payouts:write') }, {},
        'V2_SCOPE_MISSING', 403, 'payouts:write'],
);

sub effects {
    return join ' ', map { $purser->value("select count(*) from $_") }
        qw(payments.payment payments.prop_account connect.account payouts.payout journal.account
            journal.payout core.idempotency);
}

my $before = effects();
my $full = $api->with(token => $purser->mint_token($tenant->{app}, 'api', 'payouts:write'));
for (@strangers) {
    my ($name, $client, $headers, $code, $status, $scope) = @$_;
    subtest "credentials: $name" => sub {
        my $stranger = $full->with(%$client);
        for my $route (grep { $_->{scope} ne ($scope // '') }
            $code eq 'V2_SESSION_INVALID' ? @user_routes : @routes)
        {
            my ($method, $uri) = @$route{qw(method uri)};
            my %key = $method eq 'POST' ? ('Idempotency-Key' => "stranger $name" =~ s/[^a-z]/-/gir)
                : ();
            my $answer = call($stranger, $route, %key, %$headers);
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

my %journal_stranger = (
    'no key' => undef,
    'an unknown key' => 'mpj_' . 'a' x 40,
    'a revoked key' => revoked_journal_key(),
    'a key cut by one' => substr($tenant->{journal_key}, 0, -1),
    'a key and one more' => "$tenant->{journal_key}x",
    'a key of 600 bytes' => 'mpj_' . 'x' x 596,
    "an app's token" => $tenant->{token},
    'a session' => $tenant->{session},
);
for my $name (sort keys %journal_stranger) {
    subtest "credentials: journal: $name" => sub {
        my $stranger = $purser->journal->with(token => $journal_stranger{$name});
        for my $route (@journal) {
            my $answer = call($stranger, $route);
            is_problem($answer, 401, 'unauthorized', "$route->{method} $route->{uri}", 'journal');
            like($answer->{headers}{'www-authenticate'} // '', qr/^Bearer/,
                "$route->{method} $route->{uri}: WWW-Authenticate says how to authenticate");
        }
    };
}
subtest 'credentials: journal: a good key' => sub {
    for my $route (grep { $_->{good} } @journal) {
        is_status(call($purser->journal, $route), 200, "$route->{method} $route->{uri}");
    }
};
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

subtest 'credentials: routes that show nothing of a user' => sub {
    cmp_ok(scalar @app_routes, '>', 0, 'there are routes that need the app token alone');
    for my $route (grep { $_->{good} } @app_routes) {
        my $name = "$route->{method} $route->{uri}";
        is_status(call($api->with(session => $_->[1]), $route), 200, "$name: $_->[0]")
            for ['without a session', undef], ['with the session', $tenant->{session}],
            ['with a session that has ended', $session{revoked}];
    }
};

subtest 'credentials: scopes' => sub {
    my %scopes = map { $_->{scope} => 1 } @routes;
    for my $scope (sort keys %scopes) {
        my $limited = $api->with(token => $purser->mint_token($tenant->{app}, $scope));
        for my $route (@routes) {
            my $answer = call($limited, $route);
            my $name = "$scope: $route->{method} $route->{uri}";
            if ($route->{scope} ne $scope) { is_problem($answer, 403, 'V2_SCOPE_MISSING', $name) }
            elsif ($route->{good}) { is_status($answer, 200, $name) }
            else { like($answer->{status}, qr/^4(?!01|03)/, "$name: only the request is refused") }
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
    for my $route (grep { $_->{good} } @user_routes) {
        my $name = "$route->{method} $route->{uri}";
        is_status(call($api, $route, 'X-Prop-Account' => $account), 200,
            "an account of the caller is taken: $name");
        for my $whose (sort keys %of) {
            is_problem(call($api, $route, 'X-Prop-Account' => $of{$whose}), 404, 'V2_NOT_FOUND',
                "an account of $whose is not found: $name");
        }
    }
};

done_testing;
