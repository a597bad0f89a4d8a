package T::Refunds;

# Refunds that an operator asks for, and what became of them; a scenario for T::Fault: wherever
# purser-jobs dies, Stripe made one refund, and the books agree.

use strict;
use warnings;

use Exporter qw(import);
use T::Api qw(json_of);

our @EXPORT_OK = qw(ask stands made at_dashboard refunded_by_jobs);

my $wait_s = 15;

# The operator asks; the intent's id.
sub ask {
    my ($purser, $payment, $cents) = @_;
    my $done = $purser->value(q{select admin.refund('acme', ?, ?, 'test', false)}, $payment,
        $cents);
    return $done =~ /(rfi_\w+)/ ? $1 : die "no intent: $done";
}

# "status code" of an intent.
sub stands {
    my ($purser, $id) = @_;
    return $purser->value(
        q{select concat_ws(' ', status, failure_code) from admin.refunds where id = ?}, $id);
}

# The refunds of a PaymentIntent that Stripe has made: by their ids, the amounts.
sub made {
    my ($purser, $intent) = @_;
    my $answer = _call($purser, 'GET', "/v1/refunds?payment_intent=$intent&limit=100");
    return { map { ($_->{id} => $_->{amount}) } grep { $_->{status} ne 'failed' }
        @{ json_of($answer)->{data} } };
}

# Somebody refunds at Stripe's dashboard.
sub at_dashboard {
    my ($purser, $intent, $cents) = @_;
    return _call($purser, 'POST', '/v1/refunds', "payment_intent=$intent&amount=$cents");
}

sub _call {
    my ($purser, $method, $uri, $body) = @_;
    return $purser->double->http->request({ method => $method, uri => $uri,
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY",
            'Content-Type' => 'application/x-www-form-urlencoded' },
        defined $body ? (body => $body) : () });
}

# Stripe's answer is lost, or a 500, or the event comes before it; the seed chooses.
sub refunded_by_jobs {
    my ($fault, $number, $seed) = @_;
    my $purser = $fault->purser;
    my ($checkout) = $fault->wait_for($wait_s, sub { eval { [$purser->buy] } || undef })
        or return 'nothing was bought';
    my ($payment, $intent) = @{ $checkout->[0] }{qw(payment_id stripe_payment_intent_id)};
    my $do = ('cut_after', '500', undef)[$seed % 3];
    $purser->double->no_faults;
    $purser->double->control(POST => '/_double/webhooks',
        { mode => $do ? 'withhold' : 'deliver' });
    $purser->double->faults({ match => 'POST /v1/refunds', do => $do, times => 1 }) if $do;
    my $id = ask($purser, $payment, 5000);
    my $settled = $fault->wait_for($wait_s, sub { stands($purser, $id) eq 'settled' });
    $purser->double->control(POST => '/_double/webhooks', { mode => 'deliver' });
    $purser->double->no_faults;
    return "the intent is " . stands($purser, $id) if !$settled;
    $fault->recovered;
    my $made = made($purser, $intent);
    my @wrong = join(' ', values %$made) eq '5000' ? () : "refunds: @{[ %$made ]}";
    push @wrong, map { "books: $_->{problem} $_->{object_id} $_->{detail}" }
        @{ $purser->rows('select * from admin.ledger_check') };
    my $booked = $purser->value(q{select string_agg(source, ' ') from ledger.transfer t
        join payments.refund r on r.id = t.source where t.kind = 'challenge_refund'
        and r.payment_id = ?}, $payment);
    push @wrong, "booked: $booked" if $booked ne join ' ', keys %$made;
    return @wrong;
}

1;
