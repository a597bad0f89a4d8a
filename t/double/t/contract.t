#!/usr/bin/perl
# Protects: every request, answer and event of a long scenario, which uses all operations of the
# double, is valid by Stripe's OpenAPI description, and so is the double's table of parameters.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Double::Contract;
use Double::Operations;
use Test::More;

plan skip_all => 'the contract data is not here (set STRIPE_CONTRACT)'
    if !Double::Client::contract();
my $contract = Double::Contract->load(Double::Client::contract());

subtest 'double: the judge judges' => sub {
    my $judge = sub ($method, $path, $params, $answer) {
        return $contract->judge_call({ method => $method, path => $path, params => $params,
            headers => {} }, { status => 200, body => Mojo::JSON::encode_json($answer) });
    };
    my %transfer = (id => 'tr_1', object => 'transfer', amount => 1, amount_reversed => 0,
        balance_transaction => undef, created => 1, currency => 'usd', description => undef,
        destination => 'acct_1', livemode => Mojo::JSON->false, metadata => {},
        reversed => Mojo::JSON->false, source_transaction => undef, transfer_group => undef,
        reversals => { object => 'list', data => [], has_more => Mojo::JSON->false, url => '/' });
    my @ok = (POST => '/v1/transfers', { amount => '5', currency => 'usd', destination => 'a' });
    is_deeply [$judge->(@ok, \%transfer)], [], 'a good call has no mistakes';
    my @bad = ([{ %transfer, amount => '1' }, 'amount as text'],
        [{ %transfer, status => 'paid' }, 'an unknown member'],
        [{ %transfer, reversed => 0 }, 'a number for a boolean'],
        [{ %transfer, destination => 7 }, 'a number for an id']);
    ok scalar $judge->(@ok, $_->[0]), $_->[1] for @bad;
    delete $transfer{created};
    ok scalar $judge->(@ok, \%transfer), 'a missing member is a mistake';
    my %intent = (amount => '2500', currency => 'usd');
    my @requests = ([{ %intent, amount => '25.00' }], [{ currency => 'usd' }],
        [{ %intent, transfer_data => { destinatoin => 'a' } }],
        [{ %intent, transfer_data => 'acct_1' }], [{ %intent, confirm => '1' }],
        [{ %intent, capture_method => 'later' }],
        [{ %intent, payment_method_types => ['card'] }]);
    my $operation = $contract->operation(POST => '/v1/payment_intents');
    my $request = sub ($params) { $contract->judge_request($operation,
        { params => $params, headers => {} }) };
    is_deeply [$request->({ %intent, metadata => { a => '1' } })], [],
        'a good request has no mistakes';
    ok scalar $request->($_->[0]), 'refused: ' . join ' ', sort keys %{ $_->[0] }
        for @requests;
};

# ---- the table -------------------------------------------------------------------------------

my %SAME = (int => 'integer', bool => 'boolean', str => 'string', num => 'number',
    currency => 'string', enum => 'string', meta => 'object', expand => 'array',
    object => 'object');

sub resolve ($schema) {
    my @choices = @{ $schema->{anyOf} // $schema->{oneOf} // [$schema] };
    return map { ref $_->{type} ? map { +{ %$_, type => $_ } } () : $_ } @choices;
}

sub compare ($fields, $schema, $path) {
    my @wrong;
    for my $name (sort keys %$fields) {
        my ($field, $inner) = ($fields->{$name}, $schema->{properties}{$name});
        push(@wrong, "$path/$name is not Stripe's"), next if !$inner;
        next if $field->{type} =~ /^(?:any|range)$/;
        my @choices = resolve($inner);
        my ($list) = grep { ($_->{type} // '') eq 'array' } @choices;
        push @wrong, "$path/$name: list?" if $field->{list} && !$list;
        @choices = resolve($list->{items}) if $field->{list} && $list;
        my $type = $SAME{ $field->{type} };
        my ($fits) = grep { ($_->{type} // '') eq $type && (!$_->{enum} || grep { length }
            @{ $_->{enum} }) } @choices;
        push(@wrong, "$path/$name: $type?"), next if !$fits;
        push @wrong, compare($field->{fields}, $fits, "$path/$name") if $field->{fields};
        push @wrong, map { "$path/$name: $_?" } unknown_values($field, $fits);
    }
    return (@wrong, map { "$path/$_ is required" } grep { !($fields->{$_} // {})->{required} }
        @{ $schema->{required} // [] });
}

sub unknown_values ($field, $schema) {
    my %known = map { $_ => 1 } @{ $schema->{enum} // [] };
    return () if !%known || $field->{type} ne 'enum';
    return grep { !$known{$_} } sort keys %{ $field->{values} };
}

subtest 'double: the table of operations' => sub {
    my %rows = map { ("$_->{method} " . ($_->{path} =~ s/:\w+/{}/gr)) => $_ }
        @{ Double::Operations->new->rows };
    my @missing;
    for my $path (sort keys %{ $contract->spec->{paths} }) {
        for my $method (sort keys %{ $contract->spec->{paths}{$path} }) {
            my $name = uc($method) . ' ' . ($path =~ s/\{\w+\}/{}/gr);
            my $row = delete $rows{$name};
            push(@missing, $name), next if !$row;
            my $operation = $contract->spec->{paths}{$path}{$method};
            my ($body) = values %{ ($operation->{requestBody} // {})->{content} // {} };
            my $schema = $body ? $body->{schema} : Double::Contract::query_schema($operation);
            my %fields = %{ $row->{fields} };
            delete $fields{client_secret} if $row->{publishable};
            is_deeply [compare(\%fields, $schema, '')], [],
                "the fields of $name are those of its schema";
        }
    }
    is_deeply \@missing, [], 'every operation of ours is in the table';
    # The subset lacks this one; it is judged as GET /v1/accounts/{account}.
    is_deeply [keys %rows], ['GET /v1/account'], 'no operation in the table is invented';
};

# ---- the scenario ----------------------------------------------------------------------------

my $d = Double::Client->start(webhooks => 1);
my %used;

# A call that must succeed.
sub good ($method, $path, $fields = {}, %with) {
    my $answer = $d->stripe($method, $path, $fields, %with);
    is $answer->{status}, 200, "$method $path is answered by 200" or diag $answer->{body};
    $used{"$method " . ($path =~ s{/(?:[a-z]+_1\w+)}{/{}}gr)} = 1;
    return $answer->{json};
}

sub bad ($status, @call) {
    is $d->stripe(@call)->{status}, $status, "$call[0] $call[1] is answered by $status";
}

my ($merchant, $custom);

subtest 'double: accounts' => sub {
    $merchant = $d->account(email => 'shop@example.com', 'business_profile[name]' => 'Shop',
        'business_profile[mcc]' => '5734',
        'business_profile[support_address][city]' => 'Berlin', 'metadata[merchant_id]' => 'm1');
    $used{'POST /v1/accounts'} = 1;
    $custom = good(POST => '/v1/accounts', { country => 'DE', type => 'custom',
        'capabilities[transfers][requested]' => 'true', business_type => 'individual',
        'external_account' => 'btok_us_verified' })->{id};
    good(GET => '/v1/account');
    good(GET => '/v1/accounts', { limit => 1 });
    good(GET => "/v1/accounts/$merchant");
    good(POST => "/v1/accounts/$merchant", { 'settings[payouts][schedule][interval]' => 'weekly',
        'settings[payouts][schedule][weekly_anchor]' => 'friday',
        'settings[payouts][schedule][delay_days]' => 'minimum' });
    good(POST => "/v1/accounts/$custom/external_accounts", {
        'external_account[object]' => 'bank_account', 'external_account[country]' => 'US',
        'external_account[currency]' => 'usd', 'external_account[account_number]' =>
            '000123456789', 'external_account[routing_number]' => '110000000' });
    good(POST => "/v1/accounts/$merchant/external_accounts", { external_account =>
        'tok_visa_debit' });
    good(GET => "/v1/accounts/$merchant/external_accounts", { object => 'bank_account' });
    good(GET => "/v1/accounts/$merchant/external_accounts");
    $d->control(POST => "/accounts/$custom/onboard", { outcome => $_ })
        for qw(restricted disabled active);
    good(POST => '/v1/account_links', { account => $merchant, type => 'account_onboarding',
        return_url => 'https://app.example/r', refresh_url => 'https://app.example/f' });
    good(POST => "/v1/accounts/$merchant/login_links");
    my $gone = good(POST => '/v1/accounts', { country => 'US', type => 'standard' })->{id};
    good(DELETE => "/v1/accounts/$gone");
    bad(403, GET => "/v1/accounts/$gone");
    bad(400, POST => '/v1/accounts', { country => 'XX' });
};

my ($paid, $fee, $refund);

subtest 'double: payments' => sub {
    $paid = good(POST => '/v1/payment_intents', { amount => 2500, currency => 'usd',
        'allowed_payment_method_types[0]' => 'card', application_fee_amount => 75,
        'transfer_data[destination]' => $merchant, receipt_email => 'a@example.com',
        transfer_group => 'order-1', description => 'An order', statement_descriptor_suffix =>
            'ORDER 1', 'shipping[name]' => 'A', 'shipping[address][city]' => 'B' });
    bad(402, POST => "/v1/payment_intents/$paid->{id}/confirm",
        { payment_method => 'pm_card_chargeDeclined' });
    good(GET => "/v1/payment_intents/$paid->{id}");
    good(POST => "/v1/payment_intents/$paid->{id}", { 'metadata[x]' => 'y' });
    $paid = good(POST => "/v1/payment_intents/$paid->{id}/confirm",
        { payment_method => 'pm_card_visa', 'expand[0]' => 'latest_charge.application_fee',
            'expand[1]' => 'latest_charge.transfer', 'expand[2]' => 'payment_method' });
    $fee = $paid->{latest_charge}{application_fee}{id};
    good(GET => '/v1/payment_intents', { limit => 2, 'expand[]' => 'data.latest_charge',
        'created[gte]' => 1 });
    good(GET => "/v1/charges/$paid->{latest_charge}{id}", { 'expand[]' => 'refunds' });
    good(GET => '/v1/charges', { payment_intent => $paid->{id},
        'expand[]' => 'data.balance_transaction' });
    my $manual = good(POST => '/v1/payment_intents', { amount => 900, currency => 'jpy',
        capture_method => 'manual', confirm => 'true', payment_method => 'pm_card_amex' });
    good(POST => "/v1/payment_intents/$manual->{id}/capture", { amount_to_capture => 700 });
    my $left = $d->intent(capture_method => 'manual', confirm => 'true',
        payment_method => 'pm_card_visa');
    good(POST => "/v1/payment_intents/$left->{id}/cancel",
        { cancellation_reason => 'requested_by_customer' });
    for my $card (qw(pm_card_authenticationRequired pm_usBankAccount_success)) {
        my $intent = $d->intent(confirm => 'true', payment_method => $card);
        good(GET => "/v1/payment_intents/$intent->{id}", { 'expand[]' => 'latest_charge' });
        $d->control(POST => "/payment_intents/$intent->{id}/complete",
            { outcome => $card =~ /Required/ ? 'failed' : 'succeeded' });
    }
    my $direct = good(POST => '/v1/payment_intents', { amount => 5000, currency => 'usd',
        confirm => 'true', payment_method => 'pm_card_bypassPending',
        application_fee_amount => 100 }, account => $merchant);
    good(GET => "/v1/payment_intents/$direct->{id}", {}, account => $merchant);
};

subtest 'double: refunds and fees' => sub {
    $refund = good(POST => '/v1/refunds', { payment_intent => $paid->{id}, amount => 500,
        reason => 'requested_by_customer', refund_application_fee => 'true',
        reverse_transfer => 'true', 'expand[0]' => 'charge.application_fee' });
    good(GET => "/v1/refunds/$refund->{id}", { 'expand[0]' => 'transfer_reversal',
        'expand[1]' => 'balance_transaction' });
    good(GET => '/v1/refunds', { charge => $paid->{latest_charge}{id},
        'expand[]' => 'data.charge' });
    bad(400, POST => '/v1/refunds', { payment_intent => $paid->{id}, amount => 2001 });
    $d->control(POST => "/refunds/$refund->{id}/fail");
    good(GET => "/v1/refunds/$refund->{id}", { 'expand[]' => 'failure_balance_transaction' });
    my $slow = $d->intent(confirm => 'true', payment_method => 'pm_card_pendingRefund');
    my $pending = good(POST => '/v1/refunds', { payment_intent => $slow->{id} });
    $d->control(POST => "/refunds/$pending->{id}/succeed");
    good(GET => '/v1/application_fees', { 'expand[]' => 'data.charge' });
    good(GET => "/v1/application_fees/$fee", { 'expand[]' => 'originating_transaction' });
    good(POST => "/v1/application_fees/$fee/refunds", { amount => 10 });
    good(GET => "/v1/application_fees/$fee/refunds", { limit => 1 });
};

subtest 'double: disputes and files' => sub {
    my $file = $d->call(POST => '/v1/files', { Authorization => 'Bearer sk_test_double',
        'Content-Type' => 'multipart/form-data; boundary=xx' }, join "\r\n", '--xx',
        'Content-Disposition: form-data; name="purpose"', '', 'dispute_evidence', '--xx',
        'Content-Disposition: form-data; name="file"; filename="receipt.pdf"',
        'Content-Type: application/pdf', '', 'the receipt', '--xx--', '');
    is $file->{status}, 200, 'POST /v1/files is answered by 200' or diag $file->{body};
    is $file->{json}{size}, 11, 'the file has its size';
    $used{'POST /v1/files'} = 1;
    good(GET => "/v1/files/$file->{json}{id}");
    my $intent = $d->intent(confirm => 'true', payment_method => 'pm_card_visa');
    my $dispute = $d->control(POST => '/disputes', { payment_intent => $intent->{id},
        reason => 'product_not_received' });
    good(GET => '/v1/disputes', { 'expand[]' => 'data.charge', payment_intent => $intent->{id} });
    good(GET => "/v1/disputes/$dispute->{id}", { 'expand[]' => 'payment_intent' });
    good(POST => "/v1/disputes/$dispute->{id}", { 'evidence[receipt]' => $file->{json}{id},
        'evidence[customer_name]' => 'Jane', submit => 'false' });
    good(POST => "/v1/disputes/$dispute->{id}", { 'evidence[uncategorized_text]' =>
        'winning_evidence', submit => 'true', 'expand[]' => 'evidence.receipt' });
    ok $d->wait_for(sub { grep { $_ eq 'charge.dispute.closed' } @{ $d->types } }),
        'the dispute is won';
    my $second = $d->intent(confirm => 'true', payment_method => 'pm_card_createDispute');
    my $list = good(GET => '/v1/disputes', { payment_intent => $second->{id} });
    good(POST => "/v1/disputes/$list->{data}[0]{id}/close");
    my $third = $d->intent(confirm => 'true', payment_method => 'pm_card_createDisputeInquiry');
    $list = good(GET => '/v1/disputes', { payment_intent => $third->{id} });
    $d->control(POST => "/disputes/$list->{data}[0]{id}/escalate");
    $d->control(POST => "/disputes/$list->{data}[0]{id}/close", { outcome => 'lost' });
};

subtest 'double: transfers, balances, payouts' => sub {
    bad(400, POST => '/v1/transfers', { amount => 100, currency => 'usd',
        destination => $merchant });
    $d->fund(100_000);
    my $transfer = good(POST => '/v1/transfers', { amount => 9000, currency => 'usd',
        destination => $merchant, description => 'Weekly', transfer_group => 'w1',
        'metadata[payout_id]' => 'po', 'expand[]' => 'destination_payment' });
    good(GET => "/v1/transfers/$transfer->{id}", { 'expand[]' => 'balance_transaction.source' });
    good(GET => '/v1/transfers', { destination => $merchant, 'expand[]' => 'data.destination' });
    my $back = good(POST => "/v1/transfers/$transfer->{id}/reversals", { amount => 1000,
        description => 'Too much', 'expand[]' => 'transfer' });
    good(GET => "/v1/transfers/$transfer->{id}/reversals", { 'expand[]' =>
        'data.destination_payment_refund' });
    good(GET => "/v1/transfers/$transfer->{id}/reversals/$back->{id}");
    good(GET => '/v1/balance');
    good(GET => '/v1/balance', {}, account => $merchant);
    my @on = (account => $merchant);
    my $payout = good(POST => '/v1/payouts', { amount => 2000, currency => 'usd',
        method => 'standard', 'expand[]' => 'destination', statement_descriptor => 'SHOP' }, @on);
    good(GET => "/v1/payouts/$payout->{id}", { 'expand[]' => 'balance_transaction' }, @on);
    good(POST => "/v1/payouts/$payout->{id}/cancel", {}, @on);
    my $made = $d->control(POST => '/payouts', { account => $merchant, amount => 500,
        currency => 'usd' });
    $d->control(POST => "/payouts/$made->{id}/advance", { status => $_ }) for qw(in_transit paid);
    good(POST => "/v1/payouts/$made->{id}/reverse", {}, @on);
    $made = $d->control(POST => '/payouts', { account => $merchant, amount => 400,
        currency => 'usd' });
    $d->control(POST => "/payouts/$made->{id}/advance", { status => $_ }) for qw(paid failed);
    good(GET => '/v1/payouts', { 'expand[]' => 'data.destination', limit => 2 }, @on);
    good(GET => '/v1/balance_settings', {}, @on);
    good(POST => '/v1/balance_settings', { 'payments[payouts][schedule][interval]' => 'monthly',
        'payments[payouts][schedule][monthly_payout_days][]' => 15,
        'payments[settlement_timing][delay_days_override]' => 5 }, @on);
    good(GET => '/v1/balance_settings');
    my $list = good(GET => '/v1/balance_transactions', { limit => 100, 'expand[]' =>
        'data.source' });
    good(GET => "/v1/balance_transactions/$list->{data}[0]{id}");
    good(GET => '/v1/balance_transactions', { limit => 100, 'expand[]' => 'data.source' }, @on);
};

subtest 'double: events and endpoints' => sub {
    my $list = good(GET => '/v1/events', { limit => 100 });
    good(GET => "/v1/events/$list->{data}[0]{id}");
    good(GET => '/v1/events', { 'types[0]' => 'refund.*', 'types[1]' => 'payout.paid',
        delivery_success => 'true' });
    my $made = good(POST => '/v1/webhook_endpoints', { url => 'https://hooks.example/in',
        'enabled_events[0]' => 'payout.paid', connect => 'true', api_version =>
            '2026-10-28.endive' });
    good(GET => '/v1/webhook_endpoints');
    good(GET => "/v1/webhook_endpoints/$made->{id}");
    good(POST => "/v1/webhook_endpoints/$made->{id}", { disabled => 'true' });
    good(DELETE => "/v1/webhook_endpoints/$made->{id}");
};

subtest 'double: the judgement of all calls' => sub {
    my $found = $d->control(GET => '/contract');
    # The refusals above are of values, not of form.
    is_deeply $found->{wrong}, [], 'nothing is wrong' or diag join "\n", @{ $found->{wrong} };
    cmp_ok $found->{judged}{calls}, '>', 80, 'more than 80 calls were judged';
    cmp_ok $found->{judged}{events}, '>', 60, 'more than 60 events were judged';
    my @rows = map { "$_->{method} " . ($_->{path} =~ s/:\w+/{}/gr) }
        @{ Double::Operations->new->rows };
    is_deeply [grep { !$used{$_} } @rows], [], 'every operation of the table was used';
};

done_testing;
