package Double::Control;

# The control API under /_double/: actions of browsers, banks and operators, and faults.

use Mojo::Base -base, -signatures;
use Mojo::IOLoop;
use Mojo::JSON qw(true);
use Double::Accounts;
use Double::Balance;
use Double::Cards;
use Double::Disputes;
use Double::HighWater;
use Double::Intents;
use Double::Payouts;
use Double::Provider;
use Double::Rail;
use Double::Refunds;
use Double::Render;
use Double::Util qw(json_text error_body refuse currency_ok form_decode is_exact);

use constant LEAST => -999_999_999_999_999;

has 'double';
has provider => sub ($self) { Double::Provider->new(double => $self->double) };
has rail => sub ($self) { Double::Rail->new(double => $self->double) };

my @TABLE = (
    ['POST', '/objects/*/metadata', \&metadata],
    ['POST', '/accounts/*/onboard', \&onboard],
    ['POST', '/accounts/*/bank', \&bank],
    ['POST', '/accounts/*/deauthorize', \&deauthorize],
    ['POST', '/payment_intents/*/confirm', \&confirm],
    ['POST', '/payment_intents/*/complete', \&complete],
    ['POST', '/disputes', \&dispute_open],
    ['GET', '/disputes', \&dispute_list],
    ['POST', '/disputes/*/close', \&dispute_close],
    ['POST', '/disputes/*/reopen', \&dispute_reopen],
    ['POST', '/disputes/*/escalate', \&dispute_escalate],
    ['POST', '/refunds', \&refund],
    ['POST', '/refunds/*/fail', \&refund_fail],
    ['POST', '/refunds/*/succeed', \&refund_succeed],
    ['POST', '/payouts', \&payout],
    ['POST', '/payouts/*/advance', \&payout_advance],
    ['POST', '/balance', \&balance],
    ['POST', '/balance_transactions', \&balance_transaction],
    ['POST', '/settlement', \&settlement],
    ['POST', '/webhooks', \&webhooks_mode],
    ['GET', '/webhooks', \&webhooks_status],
    ['POST', '/webhooks/flush', \&webhooks_flush],
    ['POST', '/faults', \&faults_add],
    ['GET', '/faults', \&faults_list],
    ['DELETE', '/faults', \&faults_clear],
    ['POST', '/clock', \&clock],
    ['GET', '/clock', \&clock_show],
    ['GET', '/log', \&log_show],
    ['GET', '/state', \&state],
    ['POST', '/reset', \&reset],
    ['PUT', '/validator/*', \&validator],
    ['GET', '/validator/*', \&validator_show],
    ['POST', '/validator/*/random', \&validator_random],
    ['PUT', '/rail', \&rail_mode],
    ['POST', '/rail/*/advance', \&rail_advance],
    ['GET', '/cards', \&cards],
    ['GET', '/contract', \&contract],
);

has rows => sub {
    [map { my ($method, $path, $code) = @$_;
        my $regex = join '([^/]+)', map { quotemeta } split /\*/, "/_double$path", -1;
        [$method, qr{^$regex$}, $code] } @TABLE];
};

sub serve ($self, $tx, $request, $send) {
    my ($status, $data) = (200);
    my $done = eval { $data = $self->dispatch($request, $send); 1 };
    if (!$done) {
        my $error = ref $@ eq 'HASH' ? $@ : { status => 500, error => { type => 'api_error',
            message => "$@" } };
        ($status, $data) = ($error->{status}, error_body($error->{error}));
    }
    if ($request->{method} ne 'GET') {
        $_->store->changed for $self->double, $self->provider->double;
    }
    $self->double->webhooks->release;
    return if !defined $data;
    $send->({ status => $status, body => ref $data eq 'SCALAR' ? $$data : json_text($data) });
}

# The data of the answer; undef when it comes later through $send.
sub dispatch ($self, $request, $send) {
    refuse(400, message => $request->{broken}) if $request->{broken};
    refuse(400, message => 'the body must be a JSON object') if ref $request->{params} ne 'HASH';
    for my $row (@{ $self->rows }) {
        my ($method, $regex, $code) = @$row;
        next if $method ne $request->{method};
        my @ids = $request->{path} =~ $regex or next;
        return $self->$code($request->{params}, $ids[0], $send, $request);
    }
    refuse(404, message => "no such control: $request->{method} $request->{path}");
}

# ---- finding things --------------------------------------------------------------------------

# An object of any account; the control side sees everything.
sub need ($self, $type, $id) {
    my $object = $self->double->store->any($id // '');
    refuse(404, code => 'resource_missing', message => "No such $type: '" . ($id // '') . "'")
        if !$object || $object->{object} ne $type || $object->{_deleted};
    return $object;
}

sub view ($self, $object) { return Double::Render::plain($self->double, $object) }

sub one_of ($value, $name, @allowed) {
    refuse(400, param => $name, message => "$name must be one of " . join ' ', @allowed)
        if !defined $value || ref $value || !grep { $_ eq $value } @allowed;
    return $value;
}

sub whole ($value, $name, $least) {
    refuse(400, param => $name, message => "$name must be an integer of at least $least")
        if ref $value || ($value // '') !~ /^-?\d{1,15}$/ || $value < $least;
    return $value + 0;
}

sub charge_of ($self, $id) {
    my $intent = $self->need('payment_intent', $id);
    refuse(400, message => "PaymentIntent $id has no successful charge.")
        if $intent->{status} ne 'succeeded';
    return $self->double->store->any($intent->{latest_charge});
}

# What staff edit in the dashboard: the body becomes the object's metadata.
sub metadata ($self, $p, $id, @) {
    my $object = $self->double->store->any($id);
    refuse(404, code => 'resource_missing', message => "No such object: '$id'")
        if !$object || $object->{_deleted} || ref $object->{metadata} ne 'HASH';
    refuse(400, message => 'metadata values must be strings') if grep { ref } values %$p;
    $object->{metadata} = {%$p};
    return $self->view($object);
}

# ---- people and banks ------------------------------------------------------------------------

sub onboard ($self, $p, $id, @) {
    my $account = $self->need('account', $id);
    my $outcome = one_of($p->{outcome} // 'active', 'outcome', qw(active restricted disabled));
    return $self->view(Double::Accounts::onboard($self->double, $account, $outcome));
}

# Its owner changes the bank account to which payouts go.
sub bank ($self, $p, $id, @) {
    my $account = $self->need('account', $id);
    my $last4 = $p->{last4} // '';
    refuse(400, param => 'last4', message => 'last4 must be four digits')
        if ref $last4 || $last4 !~ /^\d{4}\z/;
    return $self->view(Double::Accounts::change_bank($self->double, $account, $last4));
}

sub deauthorize ($self, $p, $id, @) {
    return $self->view(Double::Accounts::deauthorize($self->double, $self->need('account', $id)));
}

# The browser's confirm. A declined card is an answer of the browser too, not an error here.
sub confirm ($self, $p, $id, @) {
    my $intent = $self->need('payment_intent', $id);
    my $call = { account => $intent->{_account}, p => {
        payment_method => $p->{payment_method} // 'pm_card_visa' } };
    my $done = eval { Double::Intents::confirm($self->double, $call, $id); 1 };
    die $@ if !$done && !(ref $@ eq 'HASH' && $@->{status} == 402);
    return $self->view($intent);
}

sub complete ($self, $p, $id, @) {
    my $intent = $self->need('payment_intent', $id);
    refuse(400, message => "PaymentIntent $id is $intent->{status}: nothing to complete.")
        if $intent->{status} !~ /^(?:requires_action|processing)$/;
    my $outcome = one_of($p->{outcome} // 'succeeded', 'outcome', qw(succeeded failed));
    Double::Intents::complete($self->double, $intent, $outcome);
    return $self->view($intent);
}

sub dispute_open ($self, $p, @) {
    my $charge = $self->charge_of($p->{payment_intent});
    my $reason = one_of($p->{reason} // 'fraudulent', 'reason', Double::Disputes::reasons());
    my $amount = defined $p->{amount} ? whole($p->{amount}, 'amount', 1) : undef;
    refuse(400, message => 'The charge is disputed already.')
        if grep { $_->{charge} eq $charge->{id} && Double::Disputes::is_open($_) }
        @{ $self->double->store->all('dispute') };
    return $self->view(Double::Disputes::open_dispute($self->double, $charge,
        reason => $reason, amount => $amount, inquiry => $p->{inquiry}, settled_in($p)));
}

# Newest first.
sub dispute_list ($self, @) {
    return { disputes =>
        [map { $self->view($_) } reverse @{ $self->double->store->all('dispute') }] };
}

sub dispute_close ($self, $p, $id, @) {
    my $dispute = $self->need('dispute', $id);
    my $outcome = one_of($p->{outcome}, 'outcome', qw(won lost));
    refuse(400, message => "Dispute $id is $dispute->{status}.")
        if !Double::Disputes::is_open($dispute);
    return $self->view(Double::Disputes::settle($self->double, $dispute, $outcome,
        settled_in($p)));
}

sub dispute_reopen ($self, $p, $id, @) {
    my $dispute = $self->need('dispute', $id);
    return $self->view(Double::Disputes::reopen($self->double, $dispute, settled_in($p)));
}

# The currency in which the bank moves a dispute's money, when that is not the charge's.
sub settled_in ($p) {
    return () if !defined $p->{currency};
    return (settled => { currency => currency_of($p), rate => rate_of($p->{rate} // 1) });
}

sub dispute_escalate ($self, $p, $id, @) {
    my $dispute = $self->need('dispute', $id);
    return $self->view(Double::Disputes::escalate($self->double, $dispute));
}

# A refund made in the dashboard.
sub refund ($self, $p, @) {
    my $charge = $self->charge_of($p->{payment_intent});
    my $amount = defined $p->{amount} ? whole($p->{amount}, 'amount', 1) : undef;
    Double::Refunds::check($self->double, $charge, { amount => $amount });
    $amount //= $charge->{amount_captured} - $charge->{amount_refunded};
    return $self->view(Double::Refunds::refund($self->double, $charge, $amount, {
        map { $_ => $p->{$_} } qw(reason refund_application_fee reverse_transfer) }));
}

sub refund_fail ($self, $p, $id, @) {
    my $refund = $self->need('refund', $id);
    return $self->view(Double::Refunds::fail_refund($self->double, $refund)
        // refuse(400, message => "Refund $id is $refund->{status}."));
}

sub refund_succeed ($self, $p, $id, @) {
    my $refund = $self->need('refund', $id);
    return $self->view(Double::Refunds::succeed($self->double, $refund)
        // refuse(400, message => "Refund $id is $refund->{status}."));
}

# ---- money -----------------------------------------------------------------------------------

sub currency_of ($p) {
    my $currency = lc($p->{currency} // 'usd');
    refuse(400, param => 'currency', message => "Invalid currency: $currency")
        if !currency_ok($currency);
    return $currency;
}

sub account_name ($self, $p) {
    my $account = $p->{account} // 'platform';
    return $account eq 'platform' ? $account : $self->need('account', $account)->{id};
}

sub payout ($self, $p, @) {
    my $account = $self->account_name($p);
    my $currency = currency_of($p);
    my $amount = $p->{amount} // $self->double->store->balance($account, $currency)->{available};
    my %with = (amount => whole($amount, 'amount', 1), currency => $currency,
        automatic => $p->{automatic} // 1);
    my $owner = $account eq 'platform' ? undef : $self->need('account', $account);
    my $to = Double::Payouts::destination($self->double, $owner, \%with);
    return $self->view(Double::Payouts::start($self->double, $account, $to, \%with));
}

sub payout_advance ($self, $p, $id, @) {
    my $payout = $self->need('payout', $id);
    my $status = one_of($p->{status}, 'status', qw(in_transit paid failed canceled));
    return $self->view(Double::Payouts::advance($self->double, $payout, $status,
        $p->{failure_code}));
}

sub balance ($self, $p, @) {
    my $account = $self->account_name($p);
    my $currency = currency_of($p);
    Double::Balance::set_available($self->double, $account, $currency,
        whole($p->{available}, 'available', LEAST));
    return { account => $account, currency => $currency,
        %{ $self->double->store->balance($account, $currency) } };
}

# One balance transaction of any type; the source need not exist.
sub balance_transaction ($self, $p, @) {
    my ($type, $source) = ($p->{type} // '', $p->{source});
    refuse(400, param => 'type', message => 'type must be a word') if $type !~ /^[a-z_]{1,100}$/;
    refuse(400, param => 'source', message => 'source must be an id') if ref $source;
    my $double = $self->double;
    push @{ $double->contract->strange }, $type if $double->contract;
    my $id = $double->transact(account => $self->account_name($p), type => $type,
        currency => currency_of($p), amount => whole($p->{amount}, 'amount', LEAST),
        fee => whole($p->{fee} // 0, 'fee', LEAST), source => $source, settled => undef,
        pending => $p->{pending}, description => $p->{description});
    my $object = defined $source ? $double->store->any($source) : undef;
    push @{ $object->{_transactions} }, $id if $object && $object->{object} eq 'dispute';
    return $self->view($double->store->any($id));
}

sub rate_of ($value) {
    refuse(400, param => 'rate', message => 'a rate must be a decimal with at most 6 places')
        if ref $value || $value !~ /^\d{1,6}(?:\.\d{1,6})?$/;
    return "$value";
}

# From now on the account's money in the listed currencies becomes money in this one.
sub settlement ($self, $p, @) {
    my $rates = $p->{rates} // {};
    refuse(400, param => 'rates', message => 'rates must be an object') if ref $rates ne 'HASH';
    my $set = { currency => currency_of($p), rates => { map { currency_of({ currency => $_ })
        => rate_of($rates->{$_}) } sort keys %$rates } };
    refuse(400, param => 'rates', message => 'a currency does not become itself')
        if $set->{rates}{ $set->{currency} };
    $self->double->store->data->{settlement}{ $self->account_name($p) } = $set;
    return $set;
}

# ---- webhooks, faults, clock, log ------------------------------------------------------------

sub webhooks_mode ($self, $p, @) {
    my $mode = one_of($p->{mode} // $self->double->webhooks->mode, 'mode',
        qw(deliver withhold duplicate shuffle));
    return $self->double->webhooks->set_mode($mode, $p->{seed}, $p->{early});
}

sub webhooks_status ($self, @) { return $self->double->webhooks->status }

sub webhooks_flush ($self, $p, $id, $send, @) {
    my $answered = 0;
    my $answer = sub {
        return if $answered++;
        $send->({ status => 200, body => json_text($self->double->webhooks->status) });
    };
    Mojo::IOLoop->timer(10 => $answer);
    $self->double->webhooks->flush($answer);
    return undef;
}

sub faults_add ($self, $p, @) { return { rules => $self->double->faults->add($p) } }
sub faults_list ($self, @) { return { rules => $self->double->faults->list } }
sub faults_clear ($self, @) { $self->double->faults->clear; return { rules => [] } }

# Advancing the clock matures balances, expires authorisations and lets payouts arrive.  The
# provider's side does not follow (Double::Provider::now_ms).
sub clock ($self, $p, @) {
    my $double = $self->double;
    $double->store->data->{offset} += whole($p->{advance_s}, 'advance_s', 0);
    $double->store->mature;
    Double::Intents::expire($double);
    Double::Payouts::arrive($double);
    return $self->clock_show;
}

sub clock_show ($self, @) {
    return { now => $self->double->now, offset_s => $self->double->store->data->{offset} };
}

sub log_show ($self, $p, $id, $send, $request) {
    my $query = form_decode($request->{query});
    my ($since, $limit) = map { ($query->{$_} // '') =~ /^(\d+)$/ ? $1 : 0 } qw(since limit);
    return \$self->double->log->since($since, $limit);
}

sub state ($self, @) { return $self->double->counts }

sub contract ($self, @) {
    my $contract = $self->double->contract // return { judged => undef, wrong => [] };
    return { judged => $contract->judged, wrong => $contract->found };
}

sub reset ($self, @) { $self->double->reset; return { reset => true } }
sub cards ($self, @) { return { payment_methods => [Double::Cards::names()] } }

# ---- validator and rail ----------------------------------------------------------------------

sub validator ($self, $p, $uuid, @) {
    one_of($p->{bucket}, 'bucket', qw(challenge funded eliminated)) if defined $p->{bucket};
    one_of($p->{shape}, 'shape', qw(new old)) if defined $p->{shape};
    check_weeks($p->{weeks}) if defined $p->{weeks};
    my $subaccount = $self->provider->script($uuid, $p)
        // refuse(404, message => "No such subaccount: '$uuid'");
    return $subaccount;
}

sub validator_show ($self, $p, $uuid, @) {
    return $self->provider->by_uuid($uuid)
        // refuse(404, message => "No such subaccount: '$uuid'");
}

sub check_weeks ($weeks) {
    refuse(400, param => 'weeks', message => 'weeks must be a list of objects')
        if ref $weeks ne 'ARRAY' || grep { ref ne 'HASH' } @$weeks;
    for my $week (@$weeks) {
        for my $name (sort keys %$week) {
            one_of($name, 'member of a week',
                qw(balance unrealized weekly_penalty penalty scale));
            refuse(400, param => $name, message => "$name must be a number")
                if ref $week->{$name} || $week->{$name} !~ /^-?\d{1,30}(?:\.\d{1,30})?$/;
            refuse(400, param => $name,
                message => "$name has more digits than a number keeps: give it as a text")
                if !is_exact($week->{$name});
        }
    }
}

sub validator_random ($self, $p, $uuid, @) {
    my $count = whole($p->{weeks} // 52, 'weeks', 1);
    my $weeks = Double::HighWater::random_weeks(whole($p->{seed} // 1, 'seed', 0), $count);
    return $self->validator({ weeks => $weeks, bucket => $p->{bucket} }, $uuid);
}

sub rail_mode ($self, $p, @) {
    my $data = $self->double->store->data->{rail};
    $data->{mode} = one_of($p->{mode}, 'mode', qw(instant manual fail lost_answer))
        if defined $p->{mode};
    if (defined $p->{fee_usd}) {
        refuse(400, param => 'fee_usd', message => 'fee_usd must be a decimal')
            if ref $p->{fee_usd} || $p->{fee_usd} !~ /^\d+(?:\.\d{1,2})?$/;
        $data->{fee_usd} = sprintf '%.2f', $p->{fee_usd};
    }
    return { mode => $self->rail->mode, fee_usd => $data->{fee_usd} // '0.50' };
}

sub rail_advance ($self, $p, $name, @) {
    one_of($p->{status}, 'status', qw(broadcast delivered failed)) if defined $p->{status};
    my $payout = $self->rail->advance($name, $p->{status}, $p->{reason})
        // refuse(404, message => "No such rail payout: '$name'");
    refuse(400, message => 'this payout is final') if !ref $payout;
    return $payout;
}

1;
