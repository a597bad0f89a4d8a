package Double::Webhooks;

# Delivery of webhooks: signed, in the mode that the control API set, with retries.

use Mojo::Base -base, -signatures;
use Mojo::UserAgent;
use Mojo::IOLoop;
use Digest::SHA qw(hmac_sha256_hex);

use constant { MAX_RUNNING => 16, MAX_TRIES => 10, FIRST_WAIT => 0.5, LONGEST_WAIT => 30,
    SHUFFLE_WINDOW => 0.3, SHUFFLE_MOST => 50 };

has 'double';
has [qw(url secret connect_secret)];
has mode => 'deliver';
has seed => 1;
has early => 0;
has ordinal => 0;
has queue => sub { [] };        # ready to go
has held => sub { [] };         # withheld, or waiting to be shuffled
has running => 0;
has waiting => 0;               # between two tries
has [qw(timer flushing)];
has watchers => sub { [] };
has counts => sub { { delivered => 0, failed => 0, attempts => 0 } };
has agent => sub {
    Mojo::UserAgent->new(max_redirects => 0, connect_timeout => 5, request_timeout => 15,
        inactivity_timeout => 15, max_connections => 32);
};

sub signature ($body, $secret, $time) {
    return "t=$time,v1=" . hmac_sha256_hex("$time.$body", $secret);
}

# Where an event goes: the configured address and the endpoints made by the API.
sub targets ($self, $event) {
    my @targets;
    if ($self->url) {
        my $secret = $event->{account} ? $self->connect_secret // $self->secret : $self->secret;
        push @targets, { url => $self->url, secret => $secret };
    }
    for my $endpoint (@{ $self->double->store->all('webhook_endpoint') }) {
        next if $endpoint->{_deleted} || $endpoint->{status} ne 'enabled';
        next if !!$endpoint->{_connect} != !!$event->{account};
        next if !grep { $_ eq '*' || $_ eq $event->{type} } @{ $endpoint->{enabled_events} };
        push @targets, { url => $endpoint->{url}, secret => $endpoint->{_secret} };
    }
    return @targets;
}

# Called for each new event; returns how many deliveries it will have.
sub add ($self, $event) {
    my @targets = $self->targets($event);
    $self->ordinal($self->ordinal + 1);
    for my $target (@targets) {
        my $item = { event => $event, %$target, tries => 0, ordinal => $self->ordinal };
        push @{ $self->held }, $item;
    }
    return scalar @targets;
}

# What to do with what was added, once the answer of the request has gone out.
sub release ($self) {
    return if !@{ $self->held } || $self->mode eq 'withhold';
    return $self->release_fresh if $self->mode ne 'shuffle';
    # Until it is quiet, so that a slow machine shuffles the same events; but within a limit.
    return $self->release_fresh if @{ $self->held } >= SHUFFLE_MOST();
    Mojo::IOLoop->remove($self->timer) if $self->timer;
    $self->timer(Mojo::IOLoop->timer(SHUFFLE_WINDOW() => sub { $self->release_fresh }));
}

# All but those that an earlier "withhold" keeps until they are flushed.
sub release_fresh ($self) {
    my @fresh = grep { !$_->{withheld} } @{ $self->held };
    $self->held([grep { $_->{withheld} } @{ $self->held }]);
    $self->enqueue(@fresh);
}

sub release_all ($self) {
    delete $_->{withheld} for @{ $self->held };
    $self->release_fresh;
}

sub enqueue ($self, @items) {
    Mojo::IOLoop->remove($self->timer) if $self->timer;
    $self->timer(undef);
    @items = $self->shuffled(@items) if $self->mode eq 'shuffle';
    @items = map { ($_, { %$_, copy => 1 }) } @items if $self->mode eq 'duplicate';
    push @{ $self->queue }, @items;
    $self->run;
}

# The order depends on the seed and on each event's number since the mode was set, on nothing else.
sub shuffled ($self, @items) {
    my %key = map { $_->{ordinal} => hmac_sha256_hex($_->{ordinal}, $self->seed) } @items;
    return sort { $key{ $a->{ordinal} } cmp $key{ $b->{ordinal} } } @items;
}

sub set_mode ($self, $mode, $seed, $early) {
    if ($self->mode eq 'withhold' && $mode ne 'withhold') {
        $_->{withheld} = 1 for @{ $self->held };
    }
    $self->release_fresh if $self->mode eq 'shuffle';
    $self->mode($mode)->seed($seed // 1)->early($early ? 1 : 0)->ordinal(0);
    return $self->status;
}

sub status ($self) {
    return { mode => $self->mode, seed => $self->seed, early => $self->early ? \1 : \0,
        held => scalar @{ $self->held }, queued => scalar @{ $self->queue },
        running => $self->running, retrying => $self->waiting, %{ $self->counts } };
}

# Shuffled events go one after the other, otherwise their order would mean nothing.
sub limit ($self) { return $self->mode eq 'shuffle' ? 1 : MAX_RUNNING }

sub run ($self) {
    while ($self->running < $self->limit && @{ $self->queue }) {
        $self->running($self->running + 1);
        $self->attempt(shift @{ $self->queue });
    }
    $self->notify if !$self->running && !@{ $self->queue };
}

sub attempt ($self, $item) {
    my $body = $self->double->event_body($item->{event});
    # Receivers compare with their own clock, so the real time is signed, not the double's.
    my $signature = signature($body, $item->{secret} // '', time);
    my %headers = ('Content-Type' => 'application/json; charset=utf-8',
        'User-Agent' => 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'Stripe-Signature' => $signature);
    $item->{tries}++;
    $self->counts->{attempts}++;
    $self->agent->post($item->{url} => \%headers => $body => sub ($agent, $tx) {
        $self->running($self->running - 1);
        $self->settle($item, $tx->res->code // 0);
        $self->run;
    });
}

sub settle ($self, $item, $code) {
    if ($code >= 200 && $code < 300) {
        $self->counts->{delivered}++;
        $self->double->event_delivered($item->{event}) if !$item->{copy};
    }
    elsif ($item->{tries} >= MAX_TRIES) { $self->counts->{failed}++ }
    else { $self->try_later($item) }
    $item->{done}->() if $item->{done};
    delete $item->{done};
}

sub try_later ($self, $item) {
    my $wait = FIRST_WAIT * 2**($item->{tries} - 1);
    $wait = LONGEST_WAIT if $wait > LONGEST_WAIT;
    $self->waiting($self->waiting + 1);
    my $epoch = $self->double->epoch;
    Mojo::IOLoop->timer($wait => sub {
        return if $epoch != $self->double->epoch;
        $self->waiting($self->waiting - 1);
        push @{ $self->queue }, $item;
        $self->run;
    });
}

# Sends all that is held; calls back when each of them has been tried once.
sub flush ($self, $callback) {
    push @{ $self->watchers }, $callback;
    $self->release_all;
    $self->run;
}

sub notify ($self) {
    my @watchers = @{ $self->watchers };
    $self->watchers([]);
    $_->() for @watchers;
}

# "early": the events of one request go out, and only then the callback sends its answer.
sub deliver_first ($self, $callback) {
    my @fresh = grep { !$_->{withheld} } @{ $self->held };
    return $callback->() if !@fresh || $self->mode eq 'withhold';
    my $left = @fresh;
    $_->{done} = sub { $callback->() if !--$left } for @fresh;
    $self->release_fresh;
}

sub reset ($self) {
    Mojo::IOLoop->remove($self->timer) if $self->timer;
    $self->queue([])->held([])->mode('deliver')->seed(1)->early(0)->ordinal(0)->waiting(0);
    $self->timer(undef)->counts({ delivered => 0, failed => 0, attempts => 0 });
    $self->notify;
}

1;
