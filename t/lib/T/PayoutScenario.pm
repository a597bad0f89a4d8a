package T::PayoutScenario;

# Scenarios for T::Fault: onboarding and a payout.  Wherever a program dies, there must be one
# account and one transfer, and the ledger must agree with the rows.  Each scenario returns what
# went wrong, nothing if all is well.

use strict;
use warnings;

use Exporter qw(import);
use T::Api qw(json_of);
use T::Payouts;

our @EXPORT_OK = qw(onboarded paid_by_request paid_by_jobs);

my $wait_s = 12;

# Stripe's answer to the call is lost every third time, and refused with a 500 every third.
sub _disturb {
    my ($purser, $call, $seed) = @_;
    my $do = (undef, 'cut_after', '500')[$seed % 3];
    $purser->double->no_faults;
    $purser->double->faults({ match => $call, do => $do, times => 1 }) if $do;
    return;
}

# A user becomes a payee: create, link, finish, list.
sub onboarded {
    my ($fault, $number, $seed) = @_;
    my $purser = $fault->purser;
    my $trader = T::Payouts->new($fault->purser);
    # No event says that the form is done: the list must ask Stripe itself.
    $purser->double->control(POST => '/_double/webhooks', { mode => 'withhold' });
    _disturb($purser, 'POST /v1/accounts', $seed);
    my $made = $fault->insist(sub {
        $trader->api->POST('/v2/connect/accounts', { country => 'US' },
            'Idempotency-Key' => "account-$number");
    });
    return "account answered $made->{status} $made->{body}" if $made->{status} != 200;
    my $acct = json_of($made)->{stripe_account_id};
    my $link = $fault->insist(sub {
        $trader->api->POST("/v2/connect/accounts/$acct/onboarding-link", {});
    });
    return "link answered $link->{status} $link->{body}" if $link->{status} != 200;
    $purser->double->control(POST => "/_double/accounts/$acct/onboard", { outcome => 'active' });
    $fault->wait_for($wait_s, sub {
        my $list = $trader->api->GET('/v2/connect/accounts');
        $list->{status} == 200 && json_of($list)->[0]{status} eq 'active';
    }) or return 'the account is not active';
    my %ids = map {
        my $body = $_->{response} // ($_->{result} || {})->{body};
        ref $body eq 'HASH' && $body->{id} ? ($body->{id} => 1) : ()
    } grep { ($_->{params}{metadata}{purser_user} // '') eq $trader->user }
        $purser->double->calls(POST => '/v1/accounts');
    return "accounts at Stripe: @{[ sort keys %ids ]}" if join(' ', keys %ids) ne $acct;
    my $rows = $purser->value('select count(*) from connect.account where user_id = ?',
        $trader->user);
    return $rows == 1 ? () : "$rows rows";
}

# Makes the payee and the funded account while no fault point is armed.
sub _ready {
    my ($fault) = @_;
    my $trader = T::Payouts->new($fault->purser);
    my $ready = $fault->wait_for($wait_s, sub { eval { $trader->payee } }) or return;
    $trader->{account} = $fault->wait_for($wait_s,
        sub { eval { $trader->{made} //= $trader->account } }) or return;
    $trader->script($trader->{account}, 'funded', [412.5, 0]);
    return $trader;
}

sub _request {
    my ($fault, $trader, $number) = @_;
    my $answer = $fault->insist(sub {
        $trader->api->POST('/v2/payouts/request', {}, 'Idempotency-Key' => "request-$number");
    });
    return $answer->{status} == 200 ? json_of($answer)->{id} : undef;
}

# What the validator and Stripe said is older than the tenant's setting: it is read again before the
# payout is sent.
sub _age {
    my ($fault, $trader) = @_;
    $fault->purser->value("update payouts.estimate set observed_at = observed_at - interval '1 h' "
        . 'where account_id = ? returning 1', $trader->{account}{id});
    $fault->purser->value("update connect.account set checked_at = checked_at - interval '1 h' "
        . 'where user_id = ? returning 1', $trader->user);
    return;
}

# One transfer, one paid payout, one event, a ledger that agrees, and nothing owed any more.
sub _counted {
    my ($fault, $trader, $payout) = @_;
    my $purser = $fault->purser;
    $fault->wait_for($wait_s, sub {
        $purser->value('select status from payouts.payout where id = ?', $payout) eq 'paid';
    }) or return 'the payout is '
    . $purser->value(q{select concat_ws(' ', status, failure_reason, last_error) }
        . q{from payouts.payout where id = ?}, $payout);
    # The double's log grows with each scenario, and so does the time that it takes to read it.
    $fault->recovered;
    my @wrong;
    my @transfers = $trader->transfers($payout);
    push @wrong, "transfers: @transfers" if @transfers != 1;
    my $rows = $purser->value('select count(*) from payouts.payout where user_id = ?',
        $trader->user);
    push @wrong, "$rows payouts" if $rows != 1;
    my $events = $purser->value('select count(*) from webhooks.outbox where object_id = ?',
        $payout);
    push @wrong, "$events events" if $events != 1;
    push @wrong, map { "books: $_->{problem} $_->{object_id} $_->{detail}" }
        @{ $purser->rows('select * from admin.ledger_check') };
    my $again;
    $fault->wait_for($wait_s, sub {
        $again = $trader->api->POST('/v2/payouts/request', {});
        $again->{status} < 500;
    });
    push @wrong, "a second request: $again->{status} $again->{body}" if $again->{status} != 409;
    return @wrong;
}

# The user requests the payout and submits it.
sub paid_by_request {
    my ($fault, $number, $seed) = @_;
    my $trader = _ready($fault) or return 'not ready';
    my $payout = _request($fault, $trader, $number) or return 'no payout';
    _age($fault, $trader);
    _disturb($fault->purser, 'POST /v1/transfers', $seed);
    my $answer = $fault->insist(sub {
        $trader->writer->POST("/v2/payouts/$payout/submit", {},
            'Idempotency-Key' => "submit-$number");
    });
    return "submit answered $answer->{status} $answer->{body}" if $answer->{status} !~ /^20[02]$/;
    my @wrong = _counted($fault, $trader, $payout);
    $fault->purser->double->no_faults;
    return @wrong;
}

# The user requests the payout, an operator releases it, purser-jobs submits it.
sub paid_by_jobs {
    my ($fault, $number, $seed) = @_;
    my $trader = _ready($fault) or return 'not ready';
    _disturb($fault->purser, 'POST /v1/transfers', $seed);
    my $payout = _request($fault, $trader, $number) or return 'no payout';
    _age($fault, $trader);
    $fault->purser->value('select admin.release_payout(?, ?, false)', $payout, 'test');
    my @wrong = _counted($fault, $trader, $payout);
    $fault->purser->double->no_faults;
    return @wrong;
}

1;
