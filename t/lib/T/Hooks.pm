package T::Hooks;

# Webhook endpoints of the first tenant, as a client with the app's token alone.
#
#   my $hooks = T::Hooks->new($purser);
#   my $endpoint = $hooks->create(url => ..., events => [...]);
#   $hooks->event('payment.failed', 'pay_1');
#   my $delivery = $hooks->delivery($endpoint);

use strict;
use warnings;

use T::Api qw(json_of);

our $URI = '/v2/webhook-endpoints';
our $URL = 'https://hooks.acme.test/purser';

sub new {
    my ($class, $purser) = @_;
    return bless { purser => $purser, api => $purser->api->with(session => undef), count => 0 },
        $class;
}

sub api { return $_[0]{api} }

sub create {
    my ($self, %changes) = @_;
    my $answer = $self->{api}->POST($URI, { url => $URL, events => ['*'], %changes });
    die "no endpoint: $answer->{body}\n" if $answer->{status} != 200;
    return json_of($answer);
}

# Puts an event of the tenant into the outbox; its id.
sub event {
    my ($self, $type, $object, $data) = @_;
    my $dbh = $self->{purser}->dbh;
    $dbh->begin_work;
    $dbh->do('select auth.assume(?, ?)', undef, ($self->{purser}->tenants)[0]{id}, 'test');
    my $dedupe = "$object " . ++$self->{count};
    $dbh->do('select webhooks.outbox_add(?, ?, ?, ?, ?)', undef, 'prop', $type, $object, $dedupe,
        $data || qq({"id":"$object"}));
    my $id = $self->{purser}->value('select id from webhooks.outbox where dedupe = ?', $dedupe);
    $dbh->commit;
    return $id;
}

sub deliveries {
    my ($self, $endpoint) = @_;
    return json_of($self->{api}->GET("$URI/$endpoint->{id}/deliveries"));
}

1;
