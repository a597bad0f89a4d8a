package T::RandomDay;

# A random day of a firm, by seed: sales in three currencies, refunds, disputes, payouts, reversals,
# what staff do at Stripe's dashboard, lost events and answers, kills.  Each step is a method.
#
#   my $day = T::RandomDay->new($purser, $seed);
#   $day->step for 1 .. 60;
#   $day->end;        # everything is delivered, read and applied

use strict;
use warnings;

use T::Api qw(json_of);
use T::Http;
use T::Payouts;
use T::Purser;

my @tiers = (
    ['day_eur', 'crypto', 'crypto', 25_000, 17_900, 'eur'],
    ['day_jpy', 'crypto', 'crypto', 25_000, 29_000, 'jpy'],
    ['tier_25k', 'crypto', 'crypto', 25_000, 19_900, 'usd'],
);

# What a step may be, and how often of a hundred.
my @steps = (
    [sale => 22], [partial_refund => 9], [full_refund => 3], [many_refunds => 2],
    [late_failing_refund => 4], [dispute => 8], [dispute_goes_on => 8], [payout => 12],
    [reversal => 6], [edit_metadata => 4], [second_intent => 3], [foreign_sale => 3],
    [bank => 4], [stripe_fee => 2], [webhooks => 4], [lost_answers => 3], [kill_jobs => 3],
);

sub new {
    my ($class, $purser, $seed) = @_;
    my $self = bless { purser => $purser, double => $purser->double, state => $seed * 7919 + 1,
        sales => [], refunds => [], disputes => [], transfers => [], did => [] }, $class;
    my ($tenant) = $purser->tenants;
    $purser->value('select admin.set_tier(?, ?, ?, ?, ?, ?, ?, true, ?, false)', $tenant->{slug},
        @$_, 'test') for @tiers;
    $self->{trader} = T::Payouts->new($purser);
    $self->{trader}->payee;
    $self->{account} = $self->{trader}->funded([500, 0]);
    $self->{weeks} = [[500, 0]];
    return $self;
}

# --- chance ---------------------------------------------------------------------------

# A number from 0 to n - 1; the same for the same seed on every machine.
sub random {
    my ($self, $n) = @_;
    $self->{state} = ($self->{state} * 1_103_515_245 + 12_345) % 2_147_483_648;
    return int($self->{state} / 2_147_483_648 * $n);
}

sub one_of {
    my ($self, @these) = @_;
    return $these[$self->random(scalar @these)];
}

sub step {
    my ($self) = @_;
    my $at = $self->random(100);
    for (@steps) {
        my ($name, $weight) = @$_;
        $at -= $weight;
        next if $at >= 0;
        my $note = $self->$name;
        push @{ $self->{did} }, "$name " . ($note // 'not possible');
        return;
    }
    return;
}

sub did { return @{ $_[0]{did} } }

# --- Stripe ----------------------------------------------------------------------------

sub control {
    my ($self, $path, $body) = @_;
    return $self->{double}->control(POST => "/_double$path", $body || {});
}

# The same where Stripe may refuse, as it does when nothing is left to refund.
sub try_control {
    my ($self, @call) = @_;
    return eval { $self->control(@call) };
}

# A call with the firm's key, as from Stripe's dashboard or another application.
sub stripe {
    my ($self, $path, %form) = @_;
    return $self->{double}->stripe(POST => $path, %form);
}

# --- steps -----------------------------------------------------------------------------

sub sale {
    my ($self) = @_;
    my $tier = $self->one_of(@tiers);
    my $made = $self->{purser}->api->POST('/v2/payments/checkout', { tier_id => $tier->[0],
        market => $tier->[1], asset_class => $tier->[2], account_size => $tier->[3],
        amount_cents => $tier->[4], currency => $tier->[5] });
    return if $made->{status} !~ /^2/;
    my $checkout = json_of($made);
    my $method = $self->one_of(('pm_card_visa') x 8, 'pm_card_chargeDeclined',
        'pm_card_createDispute');
    $self->{double}->confirm($checkout->{stripe_payment_intent_id}, $method);
    push @{ $self->{sales} }, { intent => $checkout->{stripe_payment_intent_id},
        payment => $checkout->{payment_id}, cents => $tier->[4], currency => $tier->[5] }
        if $method ne 'pm_card_chargeDeclined';
    return "$tier->[5] $method";
}

sub _refund {
    my ($self, @amount) = @_;
    my $sale = $self->one_of(@{ $self->{sales} }) or return;
    my $refund = $self->try_control('/refunds', { payment_intent => $sale->{intent}, @amount })
        or return;
    push @{ $self->{refunds} }, $refund;
    return $refund;
}

sub partial_refund {
    my ($self) = @_;
    my $refund = $self->_refund(amount => 100 + $self->random(3000)) or return;
    return "$refund->{amount} $refund->{currency}";
}

sub full_refund { return $_[0]->_refund && 'all that was left' }

sub many_refunds {
    my ($self) = @_;
    my $sale = $self->one_of(@{ $self->{sales} }) or return;
    my $made = grep { $self->try_control('/refunds',
        { payment_intent => $sale->{intent}, amount => 1 + $_ % 3 }) } 1 .. 13;
    return $made ? "$made of one payment" : undef;
}

sub late_failing_refund {
    my ($self) = @_;
    my $refund = $self->one_of(@{ $self->{refunds} }) or return;
    return $self->try_control("/refunds/$refund->{id}/fail") && $refund->{id};
}

sub dispute {
    my ($self) = @_;
    my $sale = $self->one_of(@{ $self->{sales} }) or return;
    my $dispute = $self->try_control('/disputes', { payment_intent => $sale->{intent},
        reason => 'fraudulent', $self->random(4) ? () : (inquiry => JSON::PP::true),
        $self->random(3) ? () : (amount => 500 + $self->random(2000)) }) or return;
    push @{ $self->{disputes} }, $dispute->{id};
    return $dispute->{id};
}

sub dispute_goes_on {
    my ($self) = @_;
    my $id = $self->one_of(@{ $self->{disputes} }) or return;
    my $what = $self->one_of(['close', { outcome => 'won' }], ['close', { outcome => 'lost' }],
        ['reopen', {}], ['escalate', {}]);
    return $self->try_control("/disputes/$id/$what->[0]", $what->[1]) && "$id $what->[0]";
}

# The trader earns another week and asks for what is owed.
sub payout {
    my ($self) = @_;
    my $trader = $self->{trader};
    push @{ $self->{weeks} }, [$self->{weeks}[-1][0] + 20 + $self->random(300), 0];
    $trader->script($self->{account}, 'funded', @{ $self->{weeks} });
    my $asked = $trader->api->POST('/v2/payouts/request', {});
    return if $asked->{status} !~ /^2/;
    my $payout = json_of($asked);
    $trader->writer->POST("/v2/payouts/$payout->{id}/submit", {});
    my ($transfer) = $trader->transfers($payout->{id});
    push @{ $self->{transfers} }, { id => $transfer, cents => $payout->{amount_cents} }
        if $transfer;
    return "$payout->{amount_cents}";
}

sub reversal {
    my ($self) = @_;
    my $transfer = $self->one_of(@{ $self->{transfers} }) or return;
    my $made = $self->stripe("/transfers/$transfer->{id}/reversals",
        $self->random(2) ? (amount => 1 + $self->random(1500)) : ()) or return;
    return "$made->{amount} of $transfer->{id}";
}

# Staff remove our metadata.
sub edit_metadata {
    my ($self) = @_;
    my $id = $self->one_of((map { $_->{intent} } @{ $self->{sales} }),
        map { $_->{id} } @{ $self->{transfers} }) or return;
    return $self->try_control("/objects/$id/metadata", { note => 'edited' }) && $id;
}

# A PaymentIntent that names a payment which has one already.
sub second_intent {
    my ($self) = @_;
    my $sale = $self->one_of(@{ $self->{sales} }) or return;
    my $metadata = $self->{purser}->metadata($sale->{payment});
    my $intent = $self->stripe('/payment_intents', amount => $sale->{cents},
        currency => $sale->{currency}, 'automatic_payment_methods[enabled]' => 'true',
        map { ("metadata[$_]" => $metadata->{$_}) } keys %$metadata) or return;
    $self->{double}->confirm($intent->{id});
    return $intent->{id};
}

# Another application at the same Stripe account.
sub foreign_sale {
    my ($self) = @_;
    my $intent = $self->stripe('/payment_intents', amount => 700 + $self->random(900),
        currency => 'usd', 'automatic_payment_methods[enabled]' => 'true') or return;
    $self->{double}->confirm($intent->{id});
    return $intent->{id};
}

# To and from the firm's bank.
sub bank {
    my ($self) = @_;
    return $self->try_control('/balance_transactions', { account => 'platform', type => 'topup',
        currency => 'usd', amount => 50_000 }) && 'top-up' if $self->random(2);
    return $self->try_control('/payouts', { account => 'platform', amount => 5000,
        currency => 'usd' }) && 'payout';
}

sub stripe_fee {
    my ($self) = @_;
    return $self->try_control('/balance_transactions', { account => 'platform',
        type => $self->one_of('stripe_fee', 'climate_order_purchase', 'adjustment'),
        currency => 'usd', amount => -(1 + $self->random(90)) }) && 'taken';
}

sub webhooks {
    my ($self) = @_;
    my $mode = $self->one_of(qw(deliver deliver withhold duplicate shuffle));
    $self->control('/webhooks', { mode => $mode, seed => $self->random(1000) });
    return $mode;
}

sub lost_answers {
    my ($self) = @_;
    my $match = $self->one_of('POST /v1/transfers', 'POST /v1/payment_intents',
        'GET /v1/balance_transactions', 'GET /v1/refunds', 'GET /v1/events');
    my $do = $self->one_of(qw(500 429 cut_after truncated));
    $self->{double}->faults({ match => $match, do => $do, times => 1 + $self->random(3) });
    return "$match $do";
}

sub kill_jobs {
    my ($self) = @_;
    $self->{purser}->jobs->kill_hard;
    $self->{purser}->start_program('purser-jobs');
    return 'killed';
}

# --- the end of the day ----------------------------------------------------------------

sub end {
    my ($self) = @_;
    my $purser = $self->{purser};
    $self->{double}->no_faults;
    $self->control('/webhooks', { mode => 'deliver' });
    $self->control('/webhooks/flush');
    $self->rest;
    $self->read_lists;
    $self->rest;
    $self->read_lists;
    return;
}

# Events that Stripe sent for nothing of ours do not keep the day from ending.
sub rest {
    my ($self) = @_;
    return if eval { $self->{purser}->wait_for('payouts and events are at rest',
        sub { $self->at_rest }, 60) };
    my $rows = $self->{purser}->rows(<<'END');
select 'event' as what, id, concat_ws(' ', type, state, object_id, waits_for, last_error) as how
from stripe_events.event where state in ('pending', 'parked')
union all
select 'payout', id, concat_ws(' ', status, last_error) from payouts.payout
where status = 'processing'
union all
select 'payment', id, concat_ws(' ', status, last_error) from payments.payment
where status in ('creating', 'processing')
END
    die join("\n", 'not at rest:', map { "$_->{what} $_->{id} $_->{how}" } @$rows), "\n";
}

sub at_rest {
    my ($self) = @_;
    return $self->{purser}->value(<<'END');
select not exists (select from stripe_events.event where state in ('pending', 'parked'))
    and not exists (select from payouts.payout where status = 'processing')
    and not exists (select from payments.payment where status in ('creating', 'processing'))
END
}

# Both lists of Stripe are read once more, from the newest object on.
sub read_lists {
    my ($self) = @_;
    my $purser = $self->{purser};
    my $now = $purser->value('select clock_timestamp()');
    $purser->dbh->do('update stripe_events.bookmark set due_at = clock_timestamp(),'
        . ' next_run_at = now()');
    $purser->wait_for('both lists are read', sub {
        $purser->value('select bool_and(last_started_at > ? and last_finished_at > ?)'
            . ' from stripe_events.bookmark', $now, $now) }, 60);
    return;
}

1;
