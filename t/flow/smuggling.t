# Protects: request smuggling through the shipped nginx fails: beside clients that send the FastCGI
# records of other requests in their bodies, every trader gets its own list and no other answer.
use strict;
use warnings;

use JSON::PP ();
use Test::More;
use T::Api qw(is_status);
use T::KeptClients qw(serve_clients http_text);
use T::Purser;
use T::Smuggle qw(smuggled sled);

my $ANSWERS = $ENV{PURSER_HONEST_ANSWERS} || 20_000;    # to the honest clients, all together
my $SECONDS = 300;                                      # after which they are too few

my $purser = T::Purser->start(programs => ['purser-payments']);
my $port = $purser->nginx->{port};
my $list = '/v2/payments/prop-accounts';
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

# Each trader has accounts of its own, and the list of them.
my @traders = map {
    my $api = $purser->api($_);
    for (0 .. $_) {
        is_status($api->POST('/v2/payments/free', \%free), 200,
            'smuggling: a free account is made');
    }
    +{ request => $api->request_of(GET => $list), list => $api->GET($list)->{body} };
} 0, 1;
isnt($traders[0]{list}, $traders[1]{list},
    'smuggling: the traders of two tenants have lists that differ');

# An unknown path with a body which becomes another request for a program that leaves it unread:
# libfcgi reads on 8192 bytes behind the start of the first request, and again 8192 bytes later.
# There it finds records to skip, the first time up to the bait, and the second time up to the
# end, where the last of them takes the closing record of the body as its content.
my $health = $purser->api->GET('/health')->{body};

sub attack_body {
    my $bait = smuggled({ method => 'GET', uri => '/health' });
    my $front = sled(12_000) . $bait;
    return $front . substr sled(20_000 - length $front) . sled(16), 0, -8;
}

# nginx makes a record of what it read together with the headers, and pads it to a multiple of 8:
# no padding is needed behind headers that are a multiple of 8 themselves, as its buffer is.
sub attack_request {
    my ($body, $headers) = @_;
    my $text = http_text({ method => 'POST', uri => '/v2/payments/no/such/path', body => $body,
        headers => { 'X-Pad' => 'x' x ($headers || 1) } });
    my $surplus = (length($text) - length $body) % 8;
    return $surplus && !$headers ? attack_request($body, 9 - $surplus) : $text;
}

sub attack {
    my $request = attack_request(attack_body());
    serve_clients(port => $port, connections => 4, seconds => $SECONDS, answer => sub { 1 },
        request => sub { $request });
    return;
}

sub kind_of {
    my ($own, $status, $body) = @_;
    return 'own list' if $status == 200 && $body eq $own->{list};
    return 'list of the other' if grep { $body eq $_->{list} } @traders;
    return 'smuggled' if $body eq $health;
    return "status $status";
}

# Counts the kinds of answers that a trader gets, and prints them as JSON.
sub ask_honestly {
    my ($own, $answers) = @_;
    my (%kinds, $count);
    my $request = http_text($own->{request});
    serve_clients(port => $port, connections => 8, seconds => $SECONDS, request => sub { $request },
        answer => sub { $kinds{ kind_of($own, @_) }++; return ++$count < $answers });
    $| = 1;
    print JSON::PP->new->encode(\%kinds);
    return;
}

sub start {
    my ($name, $code) = @_;
    return T::Proc->start(log => "$purser->{dir}/$name", command => [$name], code => $code);
}

my @attackers = map { start("attacker$_", \&attack) } 1, 2;
my @honest = map {
    my $trader = $traders[$_];
    start("honest$_", sub { ask_honestly($trader, $ANSWERS / @traders) });
} 0, 1;
my %kinds;
for my $client (@honest) {
    $client->wait;
    my $counts = JSON::PP->new->decode($client->log_text);
    $kinds{$_} += $counts->{$_} for keys %$counts;
}
is(scalar(grep { $_->alive } @attackers), 2, 'smuggling: the attackers went on until the end');
$_->stop for @attackers;
is(join(', ', map { "$kinds{$_} x $_" } sort keys %kinds), "$ANSWERS x own list",
    "smuggling: $ANSWERS answers to honest clients are right");

done_testing;
