package T::Console;

# The sandbox's console in front of a T::Purser: the pages and conf/sandbox/console.conf behind an
# nginx of their own, with the credentials of the first tenant's trader.
#
#   my $console = T::Console->start($purser);
#   $browser->open($console->url);
#   $console->trader('ann@acme.test');    # from now on it is that of a new trader

use strict;
use warnings;

use File::Copy qw(copy);
use JSON::PP ();
use T::Api qw(json_of);
use T::Nginx;
use T::Payouts;
use T::Proc qw(top_dir temp_dir slurp spew);

sub start {
    my ($class, $purser) = @_;
    my $dir = temp_dir('console');
    my $pages = "$dir/www/sandbox";
    for ("$dir/www", $pages) { mkdir or die "mkdir: $!" }
    copy($_, $pages) or die "$_: $!" for glob top_dir() . '/nginx/www/sandbox/*';
    my ($double) = $purser->double->base =~ /:(\d+)$/;
    my %value = (dir => $dir, double_port => $double);
    my $site = slurp(top_dir() . '/conf/sandbox/console.conf') =~ s/\@(\w+)\@/$value{$1}/gr;
    my $nginx = T::Nginx->start(sockets => $purser->{dir}, site => $site);
    my $self = bless { purser => $purser, nginx => $nginx, pages => $pages }, $class;
    $self->_supply;
    return $self;
}

sub url { return $_[0]{nginx}->base . '/sandbox/' }
sub nginx { return $_[0]{nginx} }

# What conf/quickstart does: credentials, return addresses, the tiers that the recipe buys.
sub _supply {
    my ($self) = @_;
    my $purser = $self->{purser};
    my ($tenant) = $purser->tenants;
    T::Payouts::configure($purser);
    my $base = $self->{nginx}->base;
    $purser->value('select admin.set_connect_urls(?, ?, null, null, ?, false)', $tenant->{slug},
        $base, 'test');
    for (['challenge_25k', 25_000, 19_900], ['challenge_50k', 50_000, 34_900]) {
        $purser->value(q{select admin.set_tier(?, ?, 'crypto', 'crypto', ?, ?, 'usd', true, ?,
            false)}, $tenant->{slug}, @$_, 'test');
    }
    my $double = $purser->double->base;
    $self->{access} = { BASE_URL => $base, STRIPE_API_BASE => $double, DOUBLE_URL => $double,
        APP_TOKEN => $tenant->{token}, PAYOUTS_APP_TOKEN => $purser->{payouts_token},
        STRIPE_PUBLISHABLE_KEY => 'pk_test_double', ENV_FILE => 'run/sandbox.env' };
    return;
}

# The variables of sandbox.env, as the console has them.
sub access { return %{ $_[0]{access} } }

# A new user, with $count payouts of two firms in the journal; returns the user's id.
sub trader {
    my ($self, $email, $count) = @_;
    my $purser = $self->{purser};
    my ($user, $session) = $purser->user(($purser->tenants)[0]{slug}, $email);
    @{ $self->{access} }{qw(SESSION_TOKEN JOURNAL_KEY)} =
        ($session, $purser->mint_journal_key($user));
    spew("$self->{pages}/sandbox.json", JSON::PP::encode_json($self->{access}));
    $self->_record($count);
    return $user;
}

# A client of the trader's journal.
sub journal { return $_[0]{purser}->journal->with(token => $_[0]{access}{JOURNAL_KEY}) }

sub _record {
    my ($self, $count) = @_;
    my $api = $self->journal;
    my @accounts = map { json_of($api->POST('/api/v1/accounts', { account_number => $_->[0],
        firm_name => $_->[1], account_type => 'funded', account_size => 50_000,
        net_pnl => 9000 }))->{data}{id} } ['APEX-104821', 'Apex Trader Funding'],
        ['2100458731', 'FTMO'];
    $api->POST('/api/v1/payouts', { date => sprintf('2026-%02d-%02d', 1 + $_ % 9, 1 + $_ % 28),
        total_amount => 500 + 37 * $_, account_id => $accounts[$_ % 2], profit_split => 80,
        status => 'completed', reference => "PAYOUT-$_" }) for 1 .. $count;
    return;
}

1;
