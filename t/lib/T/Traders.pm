package T::Traders;

# Traders whose rows all differ, so that a test sees an answer which reaches the wrong caller: two
# traders of one tenant and one of another, each with its own prop accounts, payments, payees and
# payouts.
#
#   my @traders = traders($purser);       # { name, api, token, session, accounts, payments, ... }
#   my @calls = calls_of('purser-payments', @traders);    # for T::Crowd: what each trader asks
#                                         # for and may repeat, also with the others' ids and with
#                                         # credentials that are not valid

use strict;
use warnings;

use Exporter qw(import);
use T::Api qw(json_of);

our @EXPORT_OK = qw(traders calls_of socket_of);

my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $nobodys = '00000000000000000000000000000000';

# purser-payments must run.
sub traders {
    my ($purser) = @_;
    my ($acme, $other) = $purser->tenants;
    my ($user, $session) = $purser->user($acme->{slug}, "neighbour\@acme.test");
    my @traders = (
        { name => 'the first trader of acme', %$acme{qw(id user token session)} },
        { name => 'the second trader of acme', %$acme{qw(id token)}, user => $user,
            session => $session },
        { name => 'the trader of other', %$other{qw(id user token session)} },
    );
    for my $i (0 .. $#traders) {
        my $trader = $traders[$i];
        $trader->{journal_key} = $purser->mint_journal_key($trader->{user});
        my $api = $trader->{api} = $purser->api->with(%$trader{qw(token session)});
        $trader->{key} = "traders-$i";
        $trader->{accounts} = [map {
            _made($api, '/v2/payments/free', \%free, 'Idempotency-Key' => "$trader->{key}-$_")->{id}
        } 0 .. $i];
        $trader->{payments} = [map {
            _made($api, '/v2/payments/checkout', $purser->checkout_body)->{payment_id}
        } 0 .. $i];
        _owe($purser, $trader, $_, 1000 + $i) for @{ $trader->{accounts} };
    }
    return @traders;
}

sub _made {
    my ($api, $uri, @rest) = @_;
    my $answer = $api->POST($uri, @rest);
    die "$uri: $answer->{status} $answer->{body}\n" if $answer->{status} != 200;
    return json_of($answer);
}

# Inserts a payee and a payout without their constraints: the tests only read them.
sub _owe {
    my ($purser, $trader, $account, $cents) = @_;
    my $dbh = $purser->dbh;
    my ($id) = $account =~ /^prop_(\w+)$/;
    $dbh->begin_work;
    $dbh->do('set local session_replication_role = replica');
    $dbh->do(<<'END', undef, "po_$id", @$trader{qw(id user)}, $account, $cents);
insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents)
values (?, ?, ?, ?, 'val_1', ?)
END
    # Fresh for longer than a test takes: a stale account is looked up at Stripe.
    $dbh->do(<<'END', undef, "con_$id", @$trader{qw(id user)}, "acct_$id");
insert into connect.account (id, tenant_id, user_id, country, email, recipient, status, onboarding,
    stripe_account_id, checked_at)
values (?, ?, ?, 'US', 'payee@acme.test', false, 'active', false, ?, now() + interval '1 h')
END
    $dbh->commit;
    return;
}

my %paths = (
    'purser-payments' => sub {
        my ($own, $foreign) = @_;
        my $accounts = '/v2/payments/prop-accounts';
        return ($accounts, "$accounts?limit=1", "$accounts/failed",
            map { ("$accounts/$_->{accounts}[0]", "/v2/payments/$_->{payments}[-1]") }
                $own, $foreign);
    },
    'purser-payouts' => sub { return ('/v2/payouts', '/v2/payouts?limit=1') },
    'purser-connect' => sub { return ('/v2/connect/accounts', '/v2/connect/accounts?limit=1') },
);

sub calls_of {
    my ($program, @traders) = @_;
    my @calls;
    for my $i (0 .. $#traders) {
        my ($own, $foreign) = @traders[$i, ($i + 1) % @traders];
        my @paths = $paths{$program}->($own, $foreign);
        push @calls, map { _call($own, $_) } @paths;
        push @calls, _call($own, $paths[0], 'X-Prop-Account' => $_->{accounts}[0])
            for $own, $foreign;
        push @calls, _call($own, $paths[0], 'X-Session-Token' => $_)
            for $nobodys, undef, $traders[$i - 1]{session};
        push @calls, _call($own, $_, Authorization => "Bearer $nobodys") for @paths[0, 1];
        push @calls, _repeats($own) if $program eq 'purser-payments';
        push @calls, _journal($own) if $program eq 'purser-payouts';
    }
    return @calls;
}

# The list of Connect accounts may ask Stripe: the upstream listener serves it.
sub socket_of {
    my ($purser, $name) = @_;
    my $program = $purser->program($name);
    return $name eq 'purser-connect' ? $program->socket_upstream : $program->socket;
}

# A write that was made before, and another one under its key.
sub _repeats {
    my ($own) = @_;
    return map {
        my ($told, $body) = @$_;
        +{ name => "$own->{name}, a free account, $told", request => $own->{api}->request_of(
            POST => '/v2/payments/free', $body, 'Idempotency-Key' => "$own->{key}-0") }
    } ['repeated', \%free], ['other body', { %free, account_size => 1 }];
}

sub _journal {
    my ($own) = @_;
    my %key = (Authorization => "Bearer $own->{journal_key}", 'X-Session-Token' => undef);
    return map { _call($own, $_, %key) } '/api/v1/accounts', '/api/v1/payouts';
}

sub _call {
    my ($trader, $path, %headers) = @_;
    my $told = join '', map { ", $_ " . ($headers{$_} // 'absent') } sort keys %headers;
    return { name => "$trader->{name}, $path$told",
        request => $trader->{api}->request_of('GET', $path, undef, %headers) };
}

1;
