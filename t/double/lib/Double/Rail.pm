package Double::Rail;

# A payout rail: takes a payout by its caller's reference, broadcasts it, delivers it.
#
#   GET  /rail/fees?asset=&network=         {asset, network, fee_usd, estimated_seconds}
#   POST /rail/payouts                      {reference, asset, network, amount, destination}
#   GET  /rail/payouts/{id or reference}    the same object; 404 when it is unknown
#
# The reference makes it idempotent: the same one again gives the first payout; with other
# values 409. Statuses: pending, broadcast, delivered, failed. Amounts are decimal strings.

use Mojo::Base -base, -signatures;
use Double::Util qw(json_text new_id iso_time random_byte);

has 'double';

my %SECONDS = (bitcoin => 1800, ethereum => 180, tron => 60, solana => 20, base => 30);
my @WANTED = qw(reference asset network amount destination);

sub answer ($status, $data) { return { status => $status, body => json_text($data) } }
sub error ($status, $code, $message = $code) {
    return answer($status, { error => { code => $code, message => $message } });
}
sub broken ($self, $request) { return error(400, 'invalid_request', $request->{broken}) }

my %FAULT = (402 => 'insufficient_funds', 403 => 'forbidden', 409 => 'conflict',
    429 => 'rate_limited', 500 => 'internal_error');

sub fault_answer ($self, $request, $status, $rule) {
    return error($status, $rule->{code} // $FAULT{$status});
}

# In the mode "lost_answer" every payout is executed and gets no answer.
sub own_fault ($self, $request) {
    return undef if $request->{method} ne 'POST' || $self->mode ne 'lost_answer';
    return { do => 'lost_answer' };
}

sub data ($self) { return $self->double->store->data->{rail} }
sub mode ($self) { return $self->data->{mode} // 'instant' }

sub prepare ($self, $request) {
    my ($method, $path) = @$request{qw(method path)};
    return { run => sub { $self->fees($request->{params}) } }
        if "$method $path" eq 'GET /rail/fees';
    return { run => sub { $self->create($request->{params}) } }
        if "$method $path" eq 'POST /rail/payouts';
    my ($name) = $method eq 'GET' ? $path =~ m{^/rail/payouts/([^/]+)$} : ();
    return { run => sub { $self->show($name) } } if defined $name;
    return { answer => error(404, 'not_found') };
}

sub fees ($self, $params) {
    my $network = lc($params->{network} // '');
    return answer(200, { asset => $params->{asset}, network => $network,
        fee_usd => $self->data->{fee_usd} // '0.50',
        estimated_seconds => $SECONDS{$network} // 120 });
}

sub find ($self, $name) {
    my ($found) = grep { $_->{id} eq $name || $_->{reference} eq $name }
        @{ $self->data->{payouts} };
    return $found;
}

sub show ($self, $name) {
    my $payout = $self->find($name) or return error(404, 'not_found');
    return answer(200, $payout);
}

sub create ($self, $params) {
    return error(400, 'invalid_request', 'a JSON object is expected') if ref $params ne 'HASH';
    for my $name (@WANTED) {
        return error(400, 'invalid_request', "$name is missing")
            if ref $params->{$name} || ($params->{$name} // '') eq '';
    }
    return error(400, 'invalid_request', 'amount must be a decimal string')
        if $params->{amount} !~ /^\d+(?:\.\d+)?$/ || $params->{amount} == 0;
    my $known = $self->find($params->{reference});
    if ($known) {
        return answer(200, $known) if !grep { $known->{$_} ne "$params->{$_}" } @WANTED;
        return error(409, 'reference_conflict', 'this reference was used with other values');
    }
    my $payout = { id => new_id('rp'), map({ $_ => "$params->{$_}" } @WANTED),
        status => 'pending', fee_usd => $self->data->{fee_usd} // '0.50', tx_hash => undef,
        failure_reason => undef, timeline => [] };
    push @{ $self->data->{payouts} }, $payout;
    step($self, $payout, 'pending');
    if ($self->mode =~ /^(?:instant|lost_answer)$/) {
        step($self, $payout, $_) for qw(broadcast delivered);
    }
    step($self, $payout, 'failed', 'rail_rejected') if $self->mode eq 'fail';
    return answer(200, $payout);
}

my %NEXT = (pending => 'broadcast', broadcast => 'delivered');

sub step ($self, $payout, $status, $reason = undef) {
    $payout->{status} = $status;
    $payout->{tx_hash} //= '0x' . join '', map { sprintf '%02x', random_byte() } 1 .. 32
        if $status eq 'broadcast';
    $payout->{failure_reason} = $reason if $status eq 'failed';
    push @{ $payout->{timeline} }, { status => $status, at => iso_time($self->double->now) };
    $self->double->store->changed;
}

# The control side: one step on, or to the status that is named.
sub advance ($self, $name, $status, $reason) {
    my $payout = $self->find($name) or return undef;
    return 'final' if $payout->{status} =~ /^(?:delivered|failed)$/;
    $status //= $NEXT{ $payout->{status} };
    step($self, $payout, 'broadcast') if $status eq 'delivered' && $payout->{status} eq 'pending';
    step($self, $payout, $status, $reason // 'network_error') if $payout->{status} ne $status;
    return $payout;
}

1;
