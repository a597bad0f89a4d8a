package Double::Disputes;

# Disputes: opened by a test card or the control side, evidence, closing; inquiries move no money.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::IOLoop;
use Mojo::JSON qw(true false);
use Double::Transfers;
use Double::Util qw(new_id fail bool);

use constant { DUE_S => 7 * 86400, FEE => 1500 };

our @TEXTS = qw(access_activity_log billing_address cancellation_policy_disclosure
    cancellation_rebuttal customer_email_address customer_name customer_purchase_ip
    duplicate_charge_explanation duplicate_charge_id product_description
    refund_policy_disclosure refund_refusal_explanation service_date shipping_address
    shipping_carrier shipping_date shipping_tracking_number uncategorized_text);
our @FILES = qw(cancellation_policy customer_communication customer_signature
    duplicate_charge_documentation receipt refund_policy service_documentation
    shipping_documentation uncategorized_file);
my %NETWORK_REASON = (fraudulent => '10.4', product_not_received => '13.1',
    product_unacceptable => '13.3', duplicate => '12.6.1', credit_not_processed => '13.6',
    subscription_canceled => '13.2', unrecognized => '10.4', general => '10.5');

sub reasons () { return sort keys %NETWORK_REASON }

# %more: reason, amount, inquiry, settled. Events included.
sub open_dispute ($double, $charge, %more) {
    my %settled = map { $_ => $more{$_} } grep { exists $more{$_} } 'settled';
    my $reason = $more{reason};
    my $inquiry = $more{inquiry};
    my $dispute = { id => new_id('du'), object => 'dispute',
        amount => $more{amount} // $charge->{amount_captured} - $charge->{amount_refunded},
        charge => $charge->{id}, created => $double->now, currency => $charge->{currency},
        enhanced_eligibility_types => [], evidence => { enhanced_evidence => {},
            map { $_ => undef } @TEXTS, @FILES },
        evidence_details => { due_by => $double->now + DUE_S, enhanced_eligibility => {},
            has_evidence => false, past_due => false, submission_count => 0,
            submission_method => 'not_submitted' },
        intended_submission_method => undef, is_charge_refundable => bool($inquiry),
        livemode => false, metadata => {}, payment_intent => $charge->{payment_intent},
        payment_method_details => { type => 'card', card => { brand => 'visa',
            case_type => $inquiry ? 'inquiry' : 'chargeback', network => 'visa',
            network_reason_code => $NETWORK_REASON{$reason} } },
        reason => $reason, status => $inquiry ? 'warning_needs_response' : 'needs_response',
        _transactions => [] };
    $double->store->put($dispute, $charge->{_account});
    $charge->{disputed} = true;
    $double->emit('charge.dispute.created', $dispute);
    withdraw($double, $dispute, %settled) if !$inquiry;
    return $dispute;
}

# %more: fee, settled (see Double::Balance::transact).
sub withdraw ($double, $dispute, %more) {
    move($double, $dispute, -$dispute->{amount}, 'Chargeback withdrawal', category => 'dispute',
        fee => FEE, fee_note => 'Dispute fee', %more);
    $double->emit('charge.dispute.funds_withdrawn', $dispute);
}

sub move ($double, $dispute, $amount, $description, %more) {
    push @{ $dispute->{_transactions} }, $double->transact(account => $dispute->{_account},
        type => 'adjustment', currency => $dispute->{currency}, amount => $amount,
        source => $dispute->{id}, description => $description, %more);
}

# An inquiry that the bank turns into a real chargeback.
sub escalate ($double, $dispute) {
    fail(400, message => 'Only an open inquiry can be escalated.')
        if $dispute->{status} !~ /^warning_(?:needs_response|under_review)$/;
    $dispute->{status} = 'needs_response';
    $dispute->{is_charge_refundable} = false;
    $dispute->{payment_method_details}{card}{case_type} = 'chargeback';
    withdraw($double, $dispute);
    $double->emit('charge.dispute.updated', $dispute);
    return $dispute;
}

sub is_open ($dispute) { return $dispute->{status} =~ /(?:needs_response|under_review)$/ }

# outcome: won or lost; an inquiry becomes warning_closed either way. %more: settled.
sub settle ($double, $dispute, $outcome, %more) {
    my $inquiry = $dispute->{status} =~ /^warning_/;
    $dispute->{status} = $inquiry ? 'warning_closed' : $outcome;
    if ($outcome eq 'won' && !$inquiry) {
        move($double, $dispute, $dispute->{amount}, 'Chargeback reversal',
            category => 'dispute_reversal', %more);
        $double->emit('charge.dispute.funds_reinstated', $dispute);
    }
    $double->emit('charge.dispute.closed', $dispute);
    return $dispute;
}

# The bank takes up a closed dispute again: the money of a won one leaves a second time, without
# another fee; that of a lost one has left already.
sub reopen ($double, $dispute, %more) {
    my $was = $dispute->{status};
    fail(400, message => "Only a dispute that was won or lost can be reopened.")
        if $was !~ /^(?:won|lost)$/;
    $dispute->{status} = $was eq 'won' ? 'needs_response' : 'appeal_needs_response';
    $dispute->{evidence_details}{due_by} = $double->now + DUE_S;
    $dispute->{evidence_details}{submission_count} = 0;
    withdraw($double, $dispute, fee => 0, %more) if $was eq 'won';
    $double->emit('charge.dispute.updated', $dispute);
    return $dispute;
}

# ---- the API ---------------------------------------------------------------------------------

sub update ($double, $call, $id) {
    my $dispute = $double->store->need('dispute', $id, $call->{account});
    my $p = $call->{p};
    my %evidence = %{ $p->{evidence} // {} };
    fail(400, message => 'This dispute is already closed.') if !is_open($dispute);
    fail(400, message => 'Evidence has already been submitted for this dispute.')
        if $dispute->{evidence_details}{submission_count} && (%evidence || $p->{submit});
    for my $name (grep { ($evidence{$_} // '') ne '' } @FILES) {
        $double->store->find('file', $evidence{$name}, $call->{account}) or fail(400,
            code => 'resource_missing', param => "evidence[$name]",
            message => "No such file upload: '$evidence{$name}'");
    }
    $dispute->{evidence}{$_} = length $evidence{$_} ? $evidence{$_} : undef for keys %evidence;
    Double::Transfers::set_metadata($dispute, $p->{metadata});
    $dispute->{evidence_details}{has_evidence} = bool(
        scalar grep { defined $dispute->{evidence}{$_} } @TEXTS, @FILES);
    submit($double, $dispute) if $p->{submit} // %evidence;
    $double->emit('charge.dispute.updated', $dispute);
    return $dispute;
}

sub submit ($double, $dispute) {
    $dispute->{evidence_details}{submission_count}++;
    $dispute->{evidence_details}{submission_method} = 'manual';
    $dispute->{status} = $dispute->{status} =~ /^warning_/ ? 'warning_under_review'
        : 'under_review';
    my ($outcome) = ($dispute->{evidence}{uncategorized_text} // '')
        =~ /^(winning|losing)_evidence$/ or return;
    my $epoch = $double->epoch;
    Mojo::IOLoop->timer(0.3 => sub {
        return if $epoch != $double->epoch || !is_open($dispute);
        settle($double, $dispute, $outcome eq 'winning' ? 'won' : 'lost');
        $double->webhooks->release;
    });
}

sub close ($double, $call, $id) {
    my $dispute = $double->store->need('dispute', $id, $call->{account});
    fail(400, message => 'This dispute is already closed.') if !is_open($dispute);
    return settle($double, $dispute, 'lost');
}

1;
