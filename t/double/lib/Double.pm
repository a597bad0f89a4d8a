package Double;

# The double as one object: its parts, events, and what all of them share.

use Mojo::Base -base, -signatures;
use Mojo::JSON qw(encode_json decode_json false);
use Double::Balance;
use Double::Store;
use Double::Faults;
use Double::Log;
use Double::Webhooks;
use Double::Render;
use Double::Util qw(new_id);

use constant EVENT_DAYS => 30;

has secret_key => 'sk_test_double';
has account_id => 'acct_1Default';
has publishable_key => 'pk_test_double';
has api_version => '2026-10-28.endive';
has provider_tokens => sub { ['provider-token'] };
has entity_hotkeys => sub { ['5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'] };
has [qw(public_url origin contract state_file)];
has epoch => 0;     # counts resets, so that timers of an earlier life do nothing
has store => sub ($self) { Double::Store->new(file => $self->state_file)->load };
has faults => sub { Double::Faults->new };
has log => sub { Double::Log->new };
has webhooks => sub ($self) { Double::Webhooks->new(double => $self) };
has request => undef;   # of the API call being executed: { id, idempotency_key }

# Another Stripe account in the same process: its own objects, events and clock; one log, one
# schedule of faults, and the same provider, validator and rail.
sub another ($self, $name, %account) {
    my $other = Double->new(secret_key => $account{key}, faults => $self->faults,
        publishable_key => $account{key} =~ s/^[a-z]+_/pk_/r, log => $self->log,
        api_version => $self->api_version, public_url => $self->public_url,
        contract => $self->contract, account_id => 'acct_1' . $name =~ s/(?:^|[-_])(.)/\u$1/gr,
        state_file => $self->state_file ? $self->state_file . ".$name" : undef);
    $other->webhooks->url($account{url})->secret($account{secret});
    return $other;
}

# A key may be rolled: KEY_2 is a second key of the same account.
sub has_key ($self, $key) {
    return $key =~ /\A\Q@{[$self->secret_key]}\E(?:_\w+)?\z/;
}

sub now ($self) { return $self->store->now }

# The address that a person's browser reaches us at.
sub base_url ($self, $call = undef) {
    return $self->public_url if $self->public_url;
    my $host = $call && $call->{host};
    return $host ? "http://$host" : $self->origin;
}

# ---- events ----------------------------------------------------------------------------------

# Emits an event with a snapshot of the object as it is now.
sub emit ($self, $type, $object, $previous = undef) {
    return $self->emit_for($object->{_account}, $type, $object, $previous);
}

# The same for an object whose owner is not the event's account.
sub emit_for ($self, $account, $type, $object, $previous = undef) {
    my $event = { id => new_id('evt'), object => 'event', api_version => $self->api_version,
        created => $self->now, livemode => false, type => $type, pending_webhooks => 0,
        request => $self->request ? { %{ $self->request } }
            : { id => undef, idempotency_key => undef },
        _snapshot => encode_json(Double::Render::plain($self, $object)) };
    $event->{_previous} = encode_json($previous) if $previous;
    $event->{account} = $account if $account ne 'platform';
    $self->store->put($event, $account);
    $event->{pending_webhooks} = $self->webhooks->add($event);
    $self->contract->judge_event(decode_json($self->event_body($event))) if $self->contract;
    return $event;
}

sub event_view ($self, $event) {
    my %view = map { $_ => $event->{$_} } grep { !/^_/ } keys %$event;
    $view{data} = { object => decode_json($event->{_snapshot}) };
    $view{data}{previous_attributes} = decode_json($event->{_previous}) if $event->{_previous};
    return \%view;
}

# The same bytes at every attempt but for pending_webhooks, which counts down.
sub event_body ($self, $event) { return encode_json($self->event_view($event)) }

sub event_delivered ($self, $event) {
    $event->{pending_webhooks}-- if $event->{pending_webhooks} > 0;
    $self->store->changed;
}

# ---- money -----------------------------------------------------------------------------------

sub transact ($self, %more) { return Double::Balance::transact($self, %more) }

# ---- reset -----------------------------------------------------------------------------------

sub reset ($self) {
    $self->epoch($self->epoch + 1);
    $self->store->reset;
    $self->faults->clear;
    $self->webhooks->reset;
    $self->log->reset;
}

sub counts ($self) {
    my $store = $self->store;
    my %count = map { $_ => scalar grep { !$_->{_deleted} } @{ $store->all($_) } }
        qw(payment_intent charge refund transfer transfer_reversal payout dispute account
        application_fee event webhook_endpoint balance_transaction);
    my %plural = map { ($_ =~ /s\z/ ? "${_}es" : "${_}s") => $count{$_} } keys %count;
    my @paid = grep { $_->{status} eq 'succeeded' } @{ $store->all('charge') };
    my $entities = $store->data->{provider}{entities};
    my $subaccounts = 0;
    $subaccounts += @{ $_->{subaccounts} } for values %$entities;
    return { %plural, succeeded_charges => scalar(grep { !$_->{source_transfer} } @paid),
        succeeded_payment_intents =>
            scalar(grep { $_->{status} eq 'succeeded' } @{ $store->all('payment_intent') }),
        subaccounts => $subaccounts, rail_payouts => scalar @{ $store->data->{rail}{payouts} },
        requests => $self->log->count, now => $self->now, webhooks => $self->webhooks->status,
        balances => $store->data->{balances} };
}

1;
