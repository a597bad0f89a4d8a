package T::Events;

# Stripe's events as a test makes them itself: built, signed, and sent to the webhook route.
#
#   my $event = event('payment_intent.succeeded', { id => 'pi_1', object => 'payment_intent' });
#   is_status(deliver($purser, $event), 200);

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use Exporter qw(import);
use JSON::PP ();
use T::Purser;

our @EXPORT_OK = qw(event event_text thin signature delivery deliver);

my $json = JSON::PP->new->utf8->canonical;
my $count = 0;

# An event of the platform about an object; %changes replace its members.
sub event {
    my ($type, $object, %changes) = @_;
    return {
        id => sprintf('evt_1Test%d%06d', $$, ++$count), object => 'event', type => $type,
        api_version => '2026-10-28.endive', created => time, livemode => JSON::PP::false,
        pending_webhooks => 1, request => undef, data => { object => $object }, %changes,
    };
}

# A thin event of the same fact: it names its object.
sub thin {
    my ($type, $object, $id, %changes) = @_;
    return {
        id => sprintf('evt_test_%d%06d', $$, ++$count), object => 'v2.core.event', type => $type,
        livemode => JSON::PP::false, created => '2024-09-17T06:16:52.246Z',
        related_object => { id => $id, type => $object, url => "/v1/${object}s/$id" }, %changes,
    };
}

sub event_text { return $json->encode($_[0]) }

# The header's value for this body.
sub signature {
    my ($body, $secret, $time) = @_;
    $time //= time;
    return "t=$time,v1=" . hmac_sha256_hex("$time.$body", $secret // $T::Purser::WEBHOOK_SECRET);
}

# The request that Stripe sends; the event as structure or as text, %changes for other headers.
sub delivery {
    my ($event, %changes) = @_;
    my $body = ref $event ? event_text($event) : $event;
    my %headers = ('Content-Type' => 'application/json; charset=utf-8',
        'Stripe-Signature' => signature($body), %changes);
    delete $headers{$_} for grep { !defined $headers{$_} } keys %headers;
    return { method => 'POST', uri => '/v2/webhooks/stripe', headers => \%headers, body => $body };
}

sub deliver {
    my ($purser, $event, %changes) = @_;
    return $purser->nginx->http->request(delivery($event, %changes));
}

1;
