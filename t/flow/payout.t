# Protects: the payout of a trader, from the Connect account and the form of Stripe to the paid
# transfer.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Http;
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start;
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);

# Create a Connect account, redirect the user to the form.
my $account = json_of($api->POST('/v2/connect/accounts', { country => 'US' },
    'Idempotency-Key' => 'onboard'));
is_deeply([@$account{qw(status payouts_enabled charges_enabled details_submitted)}],
    ['pending', $no, $no, $no], 'payout flow: the new Connect account is pending');

# Leave the form, come back by the refresh page, finish it.
my $browser = T::Http->new($purser->double->base);
sub open_form {
    my ($url) = @_;
    my ($path) = $url =~ m{^http://[^/]+(/.*)};
    my $page = $browser->request({ method => 'GET', uri => $path });
    my ($session) = $page->{body} =~ /name=session value="(\w+)"/;
    return ($path, $session, $page);
}
sub press {
    my ($path, $session, $button) = @_;
    return $browser->request({ method => 'POST', uri => $path,
        body => "session=$session&action=$button",
        headers => { 'Content-Type' => 'application/x-www-form-urlencoded' } });
}
my ($path, $session) = open_form($account->{onboarding_url});
my $left = press($path, $session, 'expire');
is($left->{headers}{location}, 'https://app.acme.test/dashboard/payouts?onboarding=refresh',
    'payout flow: a link that expires leads to the refresh page');
is(json_of($api->GET('/v2/connect/accounts'))->[0]{status}, 'pending',
    'payout flow: the account is pending while the form is not finished');
my $link = json_of($api->POST("/v2/connect/accounts/$account->{stripe_account_id}/onboarding-link",
    {}));
($path, $session) = open_form($link->{onboarding_url});
my $finished = press($path, $session, 'active');
is($finished->{status}, 303, 'payout flow: the form is finished');
is($finished->{headers}{location}, 'https://app.acme.test/dashboard/payouts?onboarding=return',
    'payout flow: Stripe sends the user back to the return page');

my ($payee) = @{ json_of($api->GET('/v2/connect/accounts')) };
my $checked = delete $payee->{checked_at};
is_deeply($payee, { id => $account->{id}, stripe_account_id => $account->{stripe_account_id},
    status => 'active',
    payouts_enabled => $yes, charges_enabled => $no, details_submitted => $yes,
    bank_name => 'STRIPE TEST BANK', last4 => '6789',
    country => 'US' }, 'payout flow: the list shows the account active');

# Estimate 412.50, payout, history.
my $prop = $alice->funded([300, 0], [412.5, -0]);
is($api->GET('/v2/payouts/estimate', 'X-Prop-Account' => $prop->{id})->{body},
    '{"amount_usd":412.50,"amount_cents":41250,"currency":"usd","available":true}',
    'payout flow: 412.50 is available');
my $payout = json_of($api->POST('/v2/payouts/request', { prop_account_id => $prop->{id} },
    'Idempotency-Key' => 'request'));
is_deeply([@$payout{qw(status amount_cents)}], ['pending', 41_250],
    'payout flow: the requested payout is pending with 412.50');
is_json($alice->writer->POST("/v2/payouts/$payout->{id}/submit", {}, 'Idempotency-Key' => 'submit'),
    { status => 'paid' }, 'payout flow: the submitted payout is paid');
my ($row) = @{ json_of($api->GET('/v2/payouts')) };
is_deeply([sort keys %$row],
    [qw(amount_cents completed_at currency destination failure_reason hold_reason id
        requested_at status stripe_transfer_id)],
    'payout flow: the history has the documented members');
is_deeply([@$row{qw(id amount_cents currency status failure_reason)}],
    [$payout->{id}, 41_250, 'usd', 'paid', undef],
    'payout flow: the history shows the payout paid');
like($row->{stripe_transfer_id}, qr/^tr_\w+$/, 'payout flow: the paid payout has its transfer');
is(($alice->transfers($payout->{id}))[0], $row->{stripe_transfer_id},
    'payout flow: Stripe has that transfer');

# The webhooks: the double sends account.updated and transfer.created.
sub applied {
    my ($like) = @_;
    return $purser->wait_for("$like is applied", sub {
        $purser->value("select count(*) from stripe_events.event where type like ? "
            . "and state in ('applied', 'ignored')", $like);
    });
}
ok(applied($_), "payout flow: $_ came and was applied")
    for 'account.updated', 'transfer.created', 'account.external_account.created';
is($purser->value("select count(*) from stripe_events.event where state = 'failed'"), 0,
    'payout flow: no event failed');

subtest 'payout flow: events without a list' => sub {
    my $bob = T::Payouts->new($purser);
    my $made = json_of($bob->api->POST('/v2/connect/accounts', { country => 'GB' }));
    my $status = sub {
        $purser->value('select status from connect.account where id = ?', $made->{id});
    };
    for (qw(restricted active disabled)) {
        $purser->double->control(POST => "/_double/accounts/$made->{stripe_account_id}/onboard",
            { outcome => $_ });
        my $is = $_;
        ok($purser->wait_for("$_ by the event", sub { $status->() eq $is }),
            "the account is $_ by the event");
    }
    my $told = $purser->rows("select type from webhooks.outbox where object_id = ? order by id",
        $made->{id});
    is_deeply([map { $_->{type} } @$told], [('stripe.account_updated') x 3],
        'the outbox has each change of the account');
};

subtest 'payout flow: an account leaves the platform' => sub {
    my $carol = T::Payouts->new($purser);
    my $made = $carol->payee;
    my $event = { id => 'evt_left', object => 'event', type => 'account.application.deauthorized',
        created => time + 2, livemode => $no,
        account => $made->{stripe_account_id}, api_version => '2026-10-28.endive',
        data => { object => { id => 'ca_1', object => 'application' } } };
    $purser->value("select stripe_events.event_receive(array['default'], array[?], array[?], "
        . 'array[?], array[false], array[?]::bigint[], array[?], array[?], array[?])', 'evt_left',
        $event->{type}, $event->{account},
        $event->{created}, '2026', 'ca_1', JSON::PP::encode_json($event));
    ok($purser->wait_for('it is disabled', sub {
        $purser->value('select status from connect.account where id = ?', $made->{id})
            eq 'disabled';
    }), 'the account is disabled');
    $carol->funded([5, 0]);
    is_problem($carol->api->POST('/v2/payouts/request', {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'a payout to the account is refused');
};

SKIP: {
    my $judged = $purser->double->control(GET => '/_double/contract');
    skip 'STRIPE_CONTRACT names no contract of Stripe', 2 if !$judged->{judged};
    cmp_ok($judged->{judged}, '>', 20,
        'payout flow: requests, answers and events were validated by OpenAPI');
    is_deeply($judged->{wrong}, [], 'payout flow: OpenAPI finds no mistake');
}

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'payout flow: every posting has its reason in the end');
is_deeply($purser->rows('select * from admin.reconciliation() where difference <> 0'), [],
    'payout flow: ledger and rows agree in the end');
is_deeply($purser->rows('select * from admin.stuck'), [],
    'payout flow: nothing is stuck in the end');
done_testing;
