# Protects: an event about another application's object at the same Stripe account ends at once,
# after one question to Stripe at most, and is counted; one about an object that this installation
# made is never taken for a stranger's.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Events qw(event thin deliver);
use T::Purser;

my $purser = T::Purser->start(conf => { reconcile_after_s => 3600 });
$purser->double->control(POST => '/_double/webhooks', { mode => 'withhold' });
my $n = 0;

sub at_stripe {
    my ($method, $path, $form) = @_;
    return json_of($purser->double->http->request({ method => $method, uri => $path, headers => {
        Authorization => "Bearer $T::Purser::SECRET_KEY", 'Idempotency-Key' => 'stranger' . ++$n,
        'Content-Type' => 'application/x-www-form-urlencoded' },
        ($form ? (body => $form) : ()) }));
}

# A paid PaymentIntent that no call of ours made, refunded in part and disputed: its id.
sub paid {
    my ($metadata) = @_;
    my $form = join '&', 'amount=5000', 'currency=usd', 'automatic_payment_methods[enabled]=true',
        map { "metadata[$_]=$metadata->{$_}" } sort keys %$metadata;
    my $intent = at_stripe(POST => '/v1/payment_intents', $form)->{id};
    $purser->double->confirm($intent, 'pm_card_visa');
    $purser->double->control(POST => '/_double/refunds',
        { payment_intent => $intent, amount => 1000 });
    $purser->double->control(POST => '/_double/disputes',
        { payment_intent => $intent, reason => 'fraudulent', amount => 4000 });
    return $intent;
}

sub events_of {
    my ($intent) = @_;
    return grep { my $o = $_->{data}{object};
        $o->{id} eq $intent || ($o->{payment_intent} // '') eq $intent }
        @{ at_stripe(GET => '/v1/events?limit=100')->{data} };
}

# The same facts as thin events.
sub thin_of {
    my ($event) = @_;
    my $object = $event->{data}{object};
    return thin("v1.$event->{type}", $object->{object}, $object->{id});
}

sub row_of {
    return $purser->rows('select state, last_error as why from admin.events where id = ?',
        $_[0]{id})->[0] // {};
}

sub questions {
    return scalar $purser->double->calls('GET',
        qr{^/v1/(?:payment_intents|charges|refunds|disputes)});
}

# Delivers it; returns how many questions it took until it ended.
sub ends_as {
    my ($event, $state, $name) = @_;
    my $asked = questions();
    is_status(deliver($purser, $event), 200, "$name: the event is taken");
    $purser->wait_for("$name: it is $state", sub { (row_of($event)->{state} // '') eq $state });
    return questions() - $asked;
}

my %stranger = ('without metadata' => {}, 'of another installation' =>
    { purser_installation => 'another', purser_api => 'prop', purser_object => 'pay_1',
        purser_tenant => $purser->{tenants}[0]{id} });
for my $name (sort keys %stranger) {
    my $intent = paid($stranger{$name});
    my @events = events_of($intent);
    my %types = map { $_->{type} => 1 } @events;
    is(scalar(grep { $types{$_} } qw(payment_intent.succeeded charge.refunded refund.created
        charge.dispute.created)), 4, "$name: Stripe tells of a payment, a refund and a dispute");
    for my $event (@events) {
        for ($event, thin_of($event)) {
            my $what = "$name: $_->{type}";
            cmp_ok(ends_as($_, 'ignored', $what), '<=', 1, "$what: Stripe is asked once at most");
        }
    }
}
is_deeply($purser->rows('select * from admin.stuck'), [], 'strangers are not in admin.stuck');
my $counted = $purser->value(q(select sum(count) from admin.passed_events
    where reason = 'stranger' and day between (now() at time zone 'UTC')::date - 1
        and (now() at time zone 'UTC')::date));
is($counted, $purser->value(q(select count(*) from stripe_events.event
    where type not like 'charge.succeeded')), 'each event of a stranger is counted');
is($purser->value('select count(*) from core.exception'), 0, 'strangers are no exceptions');

# Ours, and rows were lost: the refund is the first that is heard of it.
my $lost = paid($purser->metadata('pay_' . '0' x 32));
my ($refund) = grep { $_->{type} eq 'charge.refunded' } events_of($lost);
ends_as($refund, 'applied', 'ours without a row');
is($purser->value('select kind from admin.exceptions where object_id = ?', $lost),
    'payment_without_row', 'ours without a row is an exception at once');
my ($dispute) = grep { $_->{type} eq 'charge.dispute.created' } events_of($lost);
ends_as(thin_of($dispute), 'applied', 'ours without a row, a thin event');

# Thin events of a checkout have the effects of snapshots, in any order.
my $checkout = json_of($purser->api->POST('/v2/payments/checkout', $purser->checkout_body));
my $ours = $checkout->{stripe_payment_intent_id};
$purser->double->confirm($ours, 'pm_card_visa');
$purser->double->control(POST => '/_double/refunds', { payment_intent => $ours, amount => 900 });
my %of = map { $_->{type} => $_ } events_of($ours);
ends_as(thin_of($of{'refund.created'}), 'parked', 'a refund before its payment');
my $refunded = sub { $purser->value('select refunded_cents from payments.payment where id = ?',
    $checkout->{payment_id}) };
is($refunded->(), 0, 'a refund before its payment: nothing is refunded yet');
ends_as(thin_of($of{'payment_intent.succeeded'}), 'applied', 'a thin event of our payment');
$purser->wait_for('the parked refund is applied', sub { $refunded->() == 900 });
is($purser->value('select status from payments.payment where id = ?', $checkout->{payment_id}),
    'succeeded', 'a thin event pays our payment');
my $wrong = thin('v1.payment_intent.succeeded', 'charge', 'ch_1');
ends_as($wrong, 'ignored', 'a thin event whose object is of another type');
is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the books agree');

done_testing;
