# Protects: a body of any length leaves the kept FastCGI connection ready for the next request,
# also one whose last record ends together with a read of libfcgi (8 KiB), so that the closing
# record is still in the socket.
use strict;
use warnings;

use Test::More;
use T::FastCGI;
use T::FastCGIConnection;
use T::Purser;

my ($LEAST, $MOST) = (7000, 9300);
my $purser = T::Purser->start(programs => ['purser-payments', 'purser-webhooks']);
my $free = $purser->api->request_of(POST => '/v2/payments/free', undef,
    'Content-Type' => 'application/json');
my $event = { method => 'POST', uri => '/v2/webhooks/stripe',
    headers => { 'Stripe-Signature' => 't=1,v1=' . '0' x 64 } };
my $second = { method => 'GET', uri => '/second' };

# How a body is cut into records: nginx pads its records of 32 KiB to a multiple of 8.
my %wires = (
    'records of nginx' => [record_bytes => 32_768, padding => \&T::FastCGI::align8],
    'one record without padding' => [],
    'records of 1000 bytes' => [record_bytes => 1000],
    'records of 4096 bytes, padding of 5' => [record_bytes => 4096, padding => sub { 'p' x 5 }],
);

# "422 404" when the request and a second one on the same connection are answered.
sub statuses {
    my ($path, $wire, $request) = @_;
    my $connection = T::FastCGIConnection->open($path, @$wire);
    my @answers = map { $connection->ask($_) } $request, $second;
    push @answers, $connection->finish;
    return join ' ', map { $_ ? $_->{status} : 'closed' } @answers;
}

sub every_length {
    my ($path, $wire, $request, $body, $wanted, $name) = @_;
    my @wrong;
    for my $length ($LEAST .. $MOST) {
        my $padded = $body . ' ' x ($length - length $body);
        my $got = statuses($path, $wire, { %$request, body => $padded });
        push @wrong, "$length: $got" if $got ne $wanted;
    }
    return is(join(', ', @wrong), '',
        "$name: bodies of $LEAST to $MOST bytes, and a second request each, are answered");
}

for my $name (sort keys %wires) {
    every_length($purser->webhooks->socket, $wires{$name}, $event, '{}', '400 404',
        "an event with a wrong signature, $name");
}
every_length($purser->payments->socket, $wires{'records of nginx'}, $free,
    '{"tier_id":"none","asset_class":"crypto","account_size":10000}', '422 404',
    'an unknown tier, records of nginx');

done_testing;
