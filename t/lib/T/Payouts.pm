package T::Payouts;

# Helpers of the tests of payees and payouts, on top of T::Purser.
#
#   my $trader = T::Payouts->new($purser);              # a new user, with a client of its own
#   my $payee = $trader->payee;                         # onboarded at the double
#   my $account = $trader->funded([130, -5], [110, 0]); # a funded account with these weeks
#   $trader->api->POST('/v2/payouts/request', {});
#   $trader->writer->POST("/v2/payouts/$id/submit", {});

use strict;
use warnings;

use T::Api qw(json_of);

my $count = 0;

# api => an existing client in place of a new user's.
sub new {
    my ($class, $purser, %options) = @_;
    my $self = bless { purser => $purser }, $class;
    configure($purser);
    ($self->{api}, $self->{user}) = $purser->new_user_api('payee' . $$ . '-' . ++$count
        . '@acme.test');
    return $self;
}

# Return and refresh URLs of the first tenant, a token that may submit, and money at the platform.
sub configure {
    my ($purser) = @_;
    return if $purser->{payouts_configured}++;
    my ($tenant) = $purser->tenants;
    $purser->value('select admin.set_connect_urls(?, ?, null, null, ?, false)', $tenant->{slug},
        'https://app.acme.test', 'test');
    $purser->{payouts_token} = $purser->mint_token($tenant->{app}, 'api', 'payouts:write');
    balance($purser, 100_000_000);
    return;
}

sub balance {
    my ($purser, $cents) = @_;
    return $purser->double->control(POST => '/_double/balance',
        { account => 'platform', currency => 'usd', available => $cents });
}

# Stripe refuses the next transfer for good, or with another code and status.
sub refuse {
    my ($purser, $code, $status) = @_;
    return $purser->double->faults({ match => 'POST /v1/transfers', do => 'body',
        status => $status // 400, body => JSON::PP::encode_json({ error => {
        type => 'invalid_request_error', code => $code // 'account_closed',
        message => "internal words of Stripe's" } }) });
}

sub api { return $_[0]{api} }
sub user { return $_[0]{user} }
sub purser { return $_[0]{purser} }
sub writer { return $_[0]{api}->with(token => $_[0]{purser}{payouts_token}) }

sub policy {
    my ($purser, $auto, $minimum) = @_;
    my ($tenant) = $purser->tenants;
    return $purser->value('select admin.set_payout_policy(?, ?, ?, ?, false)', $tenant->{slug},
        $auto ? 't' : 'f', $minimum, 'test');
}

# A Connect account; outcome of its onboarding: active (default), restricted, disabled, or none.
sub payee {
    my ($self, %options) = @_;
    my $account = json_of($self->{api}->POST('/v2/connect/accounts',
        { country => $options{country} || 'US' }));
    die 'no Connect account: ' . JSON::PP::encode_json($account) . "\n"
        if !$account->{stripe_account_id};
    my $outcome = $options{outcome} || 'active';
    $self->{purser}->double->control(
        POST => "/_double/accounts/$account->{stripe_account_id}/onboard",
        { outcome => $outcome }) if $outcome ne 'none';
    $self->{api}->GET('/v2/connect/accounts');
    return $account;
}

# A prop account of the free tier; waits until it has its subaccount.
sub account {
    my ($self) = @_;
    my $made = json_of($self->{api}->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }));
    return $self->{purser}->wait_for('the account has a subaccount', sub {
        my $account = json_of($self->{api}->GET("/v2/payments/prop-accounts/$made->{id}"));
        return $account->{subaccount_uuid} ? $account : undef;
    });
}

# What the validator will answer: bucket and weeks, each [balance, unrealized, penalty, scale].
sub script {
    my ($self, $account, $bucket, @weeks) = @_;
    my $uri = "/_double/validator/$account->{subaccount_uuid}";
    return $self->{purser}->double->control(PUT => $uri, {
        bucket => $bucket,
        weeks => [map { my %week; @week{qw(balance unrealized weekly_penalty scale)} = @$_;
            delete @week{ grep { !defined $week{$_} } keys %week }; \%week } @weeks],
    });
}

sub funded {
    my ($self, @weeks) = @_;
    my $account = $self->account;
    $self->script($account, 'funded', @weeks);
    return $account;
}

sub estimate {
    my ($self, %headers) = @_;
    return json_of($self->{api}->GET('/v2/payouts/estimate', %headers));
}

# Ids of the transfers that the double has made for a payout, also when its answer was lost.
sub transfers {
    my ($self, $payout) = @_;
    my %made;
    for my $call ($self->{purser}->double->calls('POST', '/v1/transfers')) {
        next if ($call->{params}{metadata}{purser_object} // '') ne $payout;
        my $answer = $call->{response} // ($call->{result} || {})->{body};
        $made{ $answer->{id} }++ if ref $answer eq 'HASH' && $answer->{id};
    }
    my @ids = sort keys %made;
    return @ids;
}

1;
