package T::Purser;

# A whole installation of Purser for one test file: a database of its own, the double, the programs,
# nginx, and two tenants with an app, a user, tiers and a Stripe account each: that of acme is named
# default, the other tenant's `other`.  Everything ends with the test.
#
#   my $purser = T::Purser->start;        # conf => {...}, programs => [...], durable => 1,
#                                         # build => plain_dir, accounts => 1: `other` has
#                                         # no Stripe account
#   my $api = $purser->api;               # T::Api as the first user, through nginx
#   my $answer = $api->POST('/v2/payments/checkout', { ... });
#   $purser->double->confirm($intent);
#   $purser->value('select count(*) from payments.payment');
#   $purser->wait_for('the account is active', sub { ... });

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use T::Api;
use T::Double;
use T::Nginx;
use T::Postgres;
use T::Proc qw(temp_dir spew wait_until);
use T::Program;

my $count = 0;

our $SECRET_KEY = 'sk_test_t0psecret';
our $WEBHOOK_SECRET = 'whsec_t0psecret';
our $PROVIDER_TOKEN = 'provider_t0psecret';
our $HOTKEY = '5Fentity';

# Of the tenant `other`.
our $OTHER_SECRET_KEY = 'sk_test_0therk3y1';
our $OTHER_WEBHOOK_SECRET = 'whsec_0thersecret';
our $OTHER_PROVIDER_TOKEN = 'provider_0thert0k3';
our $OTHER_HOTKEY = '5Fother';

# Of an account at Stripe that no tenant has yet.
our $THIRD_SECRET_KEY = 'sk_test_th1rdk3y';

# Short times, so that a test sees what takes minutes in production.
my %conf = (
    threads => 128, threads_upstream => 16, nginx_connections => 32, database_connections => 6,
    stripe_timeout_ms => 1500, stripe_deadline_ms => 5000, provider_timeout_ms => 1500,
    provider_settle_ms => 1800, provider_attempts => 4, validator_timeout_ms => 3000,
    validator_request_timeout_ms => 2000, jobs_poll_ms => 100, reconcile_after_s => 1,
    sandbox => 'yes',
);

my @tiers = (
    # id, market, asset class, account size, price in cents, currency
    [qw(tier_25k crypto crypto 25000 19900 usd)],
    [qw(tier_50k crypto crypto 50000 34900 usd)],
    [qw(tier_demo crypto crypto 10000 0 usd)],
    [qw(tier_jpy forex forex 5000 30000 jpy)],
);

sub start {
    my ($class, %options) = @_;
    my $dir = temp_dir('purser' . ++$count);
    my $self = bless { dir => $dir, build => $options{build},
        accounts => $options{accounts} || 2 }, $class;
    $self->{postgres} = $options{durable}
        ? T::Postgres->new(durable => 1, settings => $options{settings})->load
        : T::Postgres->shared;
    $self->{database} = $self->{postgres}->database;
    $self->_logins;
    $self->{dbh} = $self->{postgres}->dbh($self->{database});
    $self->{nginx} = T::Nginx->start(sockets => $dir, build => $self->{build},
        %{ $options{nginx} || {} });
    $self->{double} = T::Double->start(
        webhook_url => $self->{nginx}->base . '/v2/webhooks/stripe',
        webhook_secret => $WEBHOOK_SECRET, secret_key => $SECRET_KEY,
        stripe => [map { "$_->[0]:$_->[1]:$_->[2]:" . $self->{nginx}->base
            . "/v2/webhooks/stripe/$_->[0]" } ['other', $OTHER_SECRET_KEY, $OTHER_WEBHOOK_SECRET],
            ['third', $THIRD_SECRET_KEY, 'whsec_third']],
        provider_token => [$PROVIDER_TOKEN, $OTHER_PROVIDER_TOKEN],
        entity_hotkey => [$HOTKEY, $OTHER_HOTKEY],
        %{ $options{double} || {} },
    );
    $self->_secrets;
    $self->{conf} = { %conf, $self->_places, %{ $options{conf} || {} } };
    # As purser-jobs does, which a test may run without.
    $self->value(q{select core.outcome_key_store(decode(?, 'hex'))},
        hmac_sha256_hex('purser outcome', $SECRET_KEY));
    $self->{tenants} = [map { $self->tenant($_) } qw(acme other)];
    $self->start_program($_) for @{ $options{programs} || [$class->programs] };
    return $self;
}

sub programs {
    return qw(purser-payments purser-connect purser-payouts purser-webhooks purser-jobs);
}

# The login of a program: 't_jobs' is that of purser-jobs.
sub login_of {
    my ($program) = @_;
    return $program =~ s/^purser-/t_/r;
}

# Logins belong to the cluster; other test files make the same ones at the same time.
sub _logins {
    my ($self) = @_;
    my $dbh = $self->{postgres}->dbh('postgres');
    for my $program ($self->programs) {
        my $group = $program =~ tr/-/_/r;
        local $dbh->{PrintError} = 0;
        eval { $dbh->do('create role ' . login_of($program) . " login in role $group"); 1 }
            or $@ =~ /already exists|duplicate key|tuple concurrently/ or die $@;
    }
    $dbh->disconnect;
    return;
}

sub _secrets {
    my ($self) = @_;
    mkdir "$self->{dir}/accounts" or die "mkdir: $!";
    my %secret = (stripe_key => $SECRET_KEY, webhook_secret => $WEBHOOK_SECRET,
        provider_token => $PROVIDER_TOKEN, 'accounts/other.secret_key' => $OTHER_SECRET_KEY,
        'accounts/other.webhook_secrets' => $OTHER_WEBHOOK_SECRET,
        'accounts/other.provider_token' => $OTHER_PROVIDER_TOKEN);
    $self->secret($_, $secret{$_}) for sort keys %secret;
    return;
}

# Writes a file of a secret, by rename: programs may be reading it.
sub secret {
    my ($self, $name, $text) = @_;
    my $path = "$self->{dir}/$name";
    spew("$path.new", "$text\n");
    chmod 0600, "$path.new" or die "chmod: $!";
    rename "$path.new", $path or die "rename: $!";
    return;
}

sub _places {
    my ($self) = @_;
    my $dir = $self->{dir};
    return (
        socket_dir => $dir, jobs_socket => "$dir/jobs.sock",
        stripe_api_base => $self->{double}->base, provider_base => $self->{double}->base,
        validator_base => $self->{double}->base, stripe_secret_key_file => "$dir/stripe_key",
        stripe_webhook_secret_file => "$dir/webhook_secret",
        provider_token_file => "$dir/provider_token", stripe_accounts_dir => "$dir/accounts",
    );
}

# --- programs -----------------------------------------------------------------

# Starts a program, or starts it again after it died; env and build as of T::Program.  Two
# purser-jobs at a time need two names of an instance, as on a real system: they would share their
# leases.
sub start_program {
    my ($self, $name, %options) = @_;
    my $before = $self->{program}{$name};
    die "$name still runs\n"
        if $name eq 'purser-jobs' && !$options{args} && $before && $before->alive;
    # A program does not take the sockets of a live one, which gives them up when it is to end.
    $before->signal('TERM')
        if $before && $name ne 'purser-jobs' && !$options{dir} && !$options{args} && $before->alive;
    my $database = $self->{postgres}->conninfo($self->{database}, login_of($name));
    return $self->{program}{$name} = T::Program->start($name, dir => $self->{dir},
        conf => { %{ $self->{conf} }, database => $database, %{ delete $options{conf} || {} } },
        build => $self->{build}, %options);
}

sub program { return $_[0]{program}{ $_[1] } }
sub payouts { return $_[0]{program}{'purser-payouts'} }
sub payments { return $_[0]{program}{'purser-payments'} }
sub webhooks { return $_[0]{program}{'purser-webhooks'} }
sub jobs { return $_[0]{program}{'purser-jobs'} }
sub double { return $_[0]{double} }
sub nginx { return $_[0]{nginx} }
sub postgres { return $_[0]{postgres} }

# --- tenants -------------------------------------------------------------------

# { slug, id, app, token, user, session, journal_key }
sub tenant {
    my ($self, $slug) = @_;
    my %tenant = (slug => $slug);
    $tenant{id} = $self->value('select admin.create_tenant(?, ?, ?, ?, false)', $slug, $slug,
        $slug eq 'other' ? $OTHER_HOTKEY : $HOTKEY, 'test');
    $self->value(q{select admin.create_stripe_account('other', 'other', 'test', false)})
        if $slug eq 'other' && $self->{accounts} > 1;
    $tenant{app} = $self->value('select client_id from admin.create_app(?, ?, ?, false)', $slug,
        'app', 'test');
    $tenant{token} = $self->mint_token($tenant{app});
    @tenant{qw(user session)} = $self->user($slug, "trader\@$slug.test");
    $tenant{journal_key} = $self->mint_journal_key($tenant{user});
    for my $tier (@tiers) {
        $self->value('select admin.set_tier(?, ?, ?, ?, ?, ?, ?, true, ?, false)', $slug, @$tier,
            'test');
    }
    return \%tenant;
}

sub mint_token {
    my ($self, $app, @scopes) = @_;
    return $self->value('select admin.mint_app_token(?, ?, 30, ?, false)', $app,
        @scopes ? \@scopes : ['api'], 'test');
}

sub mint_journal_key {
    my ($self, $user) = @_;
    return $self->value('select admin.mint_journal_key(?, ?, false)', $user, 'test');
}

# (user id, session token)
sub user {
    my ($self, $slug, $email) = @_;
    my $user = $self->value('select admin.create_user(?, ?, ?, false)', $slug, $email, 'test');
    return ($user, $self->value('select admin.mint_session(?, 30, ?, false)', $user, 'test'));
}

sub tenants { return @{ $_[0]{tenants} } }

# A client with the credentials of the i-th tenant's user, through nginx.
sub api {
    my ($self, $i) = @_;
    my $tenant = $self->{tenants}[$i || 0];
    return T::Api->new(http => $self->{nginx}->http, token => $tenant->{token},
        session => $tenant->{session});
}

# The same user's journal.
sub journal {
    my ($self, $i) = @_;
    return T::Api->new(http => $self->{nginx}->http,
        token => $self->{tenants}[$i || 0]{journal_key});
}

# A client of the same app as another, new user.
sub new_user_api {
    my ($self, $email) = @_;
    my ($user, $session) = $self->user($self->{tenants}[0]{slug}, $email);
    return ($self->api->with(session => $session), $user);
}

# --- database --------------------------------------------------------------------

sub dbh { return $_[0]{dbh} }

# After a restart of PostgreSQL.
sub reconnect {
    my ($self) = @_;
    $self->{dbh} = $self->{postgres}->dbh($self->{database});
    return $self;
}

sub value {
    my ($self, $sql, @args) = @_;
    return scalar $self->{dbh}->selectrow_array($sql, undef, @args);
}

sub rows {
    my ($self, $sql, @args) = @_;
    return $self->{dbh}->selectall_arrayref($sql, { Slice => {} }, @args);
}

# --- helpers -------------------------------------------------

# Waits until the code returns a true value, and returns that.
sub wait_for {
    my ($self, $what, $code, $seconds) = @_;
    return wait_until($seconds || 10, $what, $code);
}

# What Stripe's object carries for a row of the first tenant's; %other replaces keys.
sub metadata {
    my ($self, $object, %other) = @_;
    return { purser_installation => $self->value('select id from core.installation'),
        purser_api => 'prop', purser_tenant => $self->{tenants}[0]{id},
        purser_object => $object, %other };
}

sub checkout_body {
    my ($self, %changes) = @_;
    return { tier_id => 'tier_25k', market => 'crypto', asset_class => 'crypto',
        account_size => 25_000, amount_cents => 19_900, currency => 'usd', %changes };
}

# Checkout, pay in the double, wait for the active account; returns (checkout, account).
sub buy {
    my ($self, $api, %changes) = @_;
    $api ||= $self->api;
    my $checkout = T::Api::json_of($api->POST('/v2/payments/checkout',
        $self->checkout_body(%changes)));
    my $intent = $checkout->{stripe_payment_intent_id} or die 'no checkout';
    $self->{double}->confirm($intent);
    my $account = $self->wait_for('the account is active', sub {
        my ($found) = grep { ($_->{stripe_payment_intent_id} // '') eq $intent }
            @{ T::Api::json_of($api->GET('/v2/payments/prop-accounts')) };
        return $found && $found->{status} eq 'active' ? $found : undef;
    });
    return ($checkout, $account);
}

1;
