#!/usr/bin/perl
# Protects: connected accounts of the double: controllers, requirements, links that work once,
# pages.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start(webhooks => 1);
my %EXPRESS = (country => 'US', 'controller[stripe_dashboard][type]' => 'express',
    'controller[fees][payer]' => 'application', 'controller[losses][payments]' => 'application',
    'capabilities[transfers][requested]' => 'true');

sub create (%fields) { return $d->stripe(POST => '/v1/accounts', \%fields)->{json} }
sub show ($id) { return $d->stripe(GET => "/v1/accounts/$id")->{json} }

sub link_for ($id) {
    return $d->stripe(POST => '/v1/account_links', { account => $id, type =>
        'account_onboarding', return_url => 'https://app.example/return',
        refresh_url => 'https://app.example/refresh' })->{json};
}

# A page of the double: GET or a form.
sub visit ($method, $url, %form) {
    my ($path) = $url =~ m{^http://[^/]+(/.*)$} or die "not on the double: $url";
    return $d->call($method, $path, { 'Content-Type' => 'application/x-www-form-urlencoded' },
        Double::Client::form(%form));
}

sub location ($answer) { return $answer->{headers}->location }

subtest 'double: types of accounts' => sub {
    my %types = (
        express => { %EXPRESS },
        standard => { country => 'US', 'controller[stripe_dashboard][type]' => 'full',
            'controller[fees][payer]' => 'account', 'controller[losses][payments]' => 'stripe' },
        custom => { country => 'US', 'controller[stripe_dashboard][type]' => 'none',
            'controller[requirement_collection]' => 'application',
            'controller[fees][payer]' => 'application',
            'controller[losses][payments]' => 'application' },
    );
    is create(%{ $types{$_} })->{type}, $_, "the controller of type $_ makes that type"
        for sort keys %types;
    is create(country => 'US', type => 'custom')->{controller}{stripe_dashboard}{type}, 'none',
        'the old parameter type=custom makes its controller';
    is create(country => 'US', 'controller[requirement_collection]' => 'application')->{error}
        {type}, 'invalid_request_error', 'a controller that contradicts its type is refused';
};

subtest 'double: onboarding outcomes' => sub {
    my $id = create(%EXPRESS, 'capabilities[card_payments][requested]' => 'true')->{id};
    my $new = show($id);
    is_deeply [map { $_ ? 1 : 0 } @$new{qw(details_submitted charges_enabled payouts_enabled)}],
        [0, 0, 0], 'a new account has nothing submitted and nothing enabled';
    ok scalar @{ $new->{requirements}{currently_due} }, 'a new account has something due';
    my %expected = (restricted => [1, 0, 0, 'requirements.past_due'],
        disabled => [1, 0, 0, 'rejected.fraud'], active => [1, 1, 1, undef]);
    for my $outcome (qw(restricted disabled active)) {
        my $is = $d->control(POST => "/accounts/$id/onboard", { outcome => $outcome });
        is_deeply [(map { $_ ? 1 : 0 } @$is{qw(details_submitted charges_enabled
            payouts_enabled)}), $is->{requirements}{disabled_reason}], $expected{$outcome},
            "the outcome $outcome sets the flags";
    }
    my $done = show($id);
    is_deeply $done->{capabilities}, { transfers => 'active', card_payments => 'active' },
        'the capabilities are active after onboarding';
    my $bank = $done->{external_accounts}{data}[0];
    is "$bank->{bank_name} $bank->{last4}", 'STRIPE TEST BANK 6789',
        'the bank account is shown after onboarding';
    is $d->json(POST => "/_double/accounts/$id/onboard", { outcome => 'x' })->{status}, 400,
        'an unknown outcome is refused';
    is $d->json(POST => '/_double/accounts/acct_1x/onboard', {})->{status}, 404,
        'an unknown account is not found';
};

subtest 'double: a payee changes the bank account' => sub {
    my $id = create(%EXPRESS)->{id};
    $d->control(POST => "/accounts/$id/onboard", { outcome => 'active' });
    $d->control(POST => "/accounts/$id/bank", { last4 => '4321' });
    my @default = grep { $_->{default_for_currency} } @{ show($id)->{external_accounts}{data} };
    is join(' ', map { $_->{last4} } @default), '4321', 'payouts go to the new bank account alone';
    ok show($id)->{payouts_enabled}, 'a payee with a new bank account can be paid';
    is $d->json(POST => "/_double/accounts/$id/bank", { last4 => $_ })->{status}, 400,
        "last4 $_ is refused" for '432', "4321\n", 'abcd';
};

subtest 'double: an onboarding link works once' => sub {
    my $id = create(%EXPRESS)->{id};
    my $link = link_for($id);
    is $link->{expires_at} - $link->{created}, 300, 'the link ends after five minutes';
    my $page = visit(GET => $link->{url});
    is $page->{status}, 200, 'the page is shown';
    like $page->{headers}->content_type, qr{^text/html}, 'the page is HTML';
    my ($session) = $page->{body} =~ /name=session value="(\w+)"/;
    my $again = visit(GET => $link->{url});
    is $again->{status}, 303, 'the second visit is redirected';
    is location($again), 'https://app.example/refresh', 'the second visit leads to refresh_url';
    my $forged = visit(POST => $link->{url}, session => 'x', action => 'active');
    is location($forged), 'https://app.example/refresh', 'a forged form leads to refresh_url';
    ok !show($id)->{details_submitted}, 'a forged form changes nothing';
    @{ $d->received } = ();
    my $done = visit(POST => $link->{url}, session => $session, action => 'active');
    is location($done), 'https://app.example/return', 'finishing leads to return_url';
    ok show($id)->{payouts_enabled}, 'finishing enables payouts';
    ok $d->wait_for(sub { grep { $_ eq 'account.updated' } @{ $d->types } }),
        'finishing sends account.updated';
    my $replay = visit(POST => $link->{url}, session => $session, action => 'disabled');
    is location($replay), 'https://app.example/refresh',
        'a form that was sent leads to refresh_url';
    ok show($id)->{payouts_enabled}, 'a form that was sent changes nothing more';
};

subtest 'double: leaving an onboarding form, and its expiry' => sub {
    my $id = create(%EXPRESS)->{id};
    for my $case ([leave => 'return'], [expire => 'refresh']) {
        my $link = link_for($id);
        my ($session) = visit(GET => $link->{url})->{body} =~ /name=session value="(\w+)"/;
        my $left = visit(POST => $link->{url}, session => $session, action => $case->[0]);
        is location($left), "https://app.example/$case->[1]",
            "leaving by $case->[0] leads to $case->[1]";
    }
    ok !show($id)->{details_submitted}, 'leaving submits nothing';
    my $old = link_for($id);
    $d->control(POST => '/clock', { advance_s => 301 });
    is location(visit(GET => $old->{url})), 'https://app.example/refresh',
        'an expired link leads to refresh_url';
    is visit(GET => $d->base . '/connect/onboard/unknown')->{status}, 404,
        'an unknown link is not found';
    my $update = $d->stripe(POST => '/v1/account_links', { account => $id, type =>
        'account_update', return_url => 'https://a.example', refresh_url => 'https://a.example' });
    is $update->{status}, 400, 'account_update is for custom accounts only';
};

subtest 'double: the dashboard link' => sub {
    my $id = create(%EXPRESS)->{id};
    is $d->stripe(POST => "/v1/accounts/$id/login_links")->{status}, 400,
        'no dashboard link before onboarding';
    $d->control(POST => "/accounts/$id/onboard", {});
    my $login = $d->stripe(POST => "/v1/accounts/$id/login_links")->{json};
    is_deeply [sort keys %$login], [qw(created object url)], 'the login link has no expires_at';
    like visit(GET => $login->{url})->{body}, qr/\Q$id\E/,
        'the page of the dashboard names the account';
    is visit(GET => $login->{url})->{status}, 410, 'the login link works once';
    my $standard = create(country => 'US', type => 'standard')->{id};
    $d->control(POST => "/accounts/$standard/onboard", {});
    is $d->stripe(POST => "/v1/accounts/$standard/login_links")->{status}, 400,
        'login links are for express accounts only';
};

subtest 'double: objects belong to their account' => sub {
    my ($one, $two) = ($d->account, $d->account);
    my $made = $d->stripe(POST => '/v1/payment_intents', { amount => 900, currency => 'usd' },
        account => $one)->{json}{id};
    is $d->stripe(GET => "/v1/payment_intents/$made", {}, account => $one)->{status}, 200,
        'an account sees its own PaymentIntent';
    is $d->stripe(GET => "/v1/payment_intents/$made", {}, account => $two)->{status}, 404,
        "an account does not see another's PaymentIntent";
    is $d->stripe(GET => "/v1/payment_intents/$made")->{status}, 404,
        "the platform does not see an account's PaymentIntent";
    my $unknown = $d->stripe(GET => '/v1/balance', {}, account => 'acct_1nobody');
    is $unknown->{status}, 403, 'an unknown account is forbidden';
    is $unknown->{json}{error}{code}, 'account_invalid',
        'the code for an unknown account is account_invalid';
    is $d->stripe(GET => "/v1/accounts/$two", {}, account => $one)->{status}, 403,
        'accounts see themselves only';
};

subtest 'double: the schedule of payouts' => sub {
    my $id = $d->account;
    my $set = sub (%fields) {
        my %named = map { ("settings[payouts][schedule][$_]" => $fields{$_}) } keys %fields;
        return $d->stripe(POST => "/v1/accounts/$id", \%named);
    };
    is $set->(interval => 'weekly')->{json}{error}{code}, 'parameter_missing',
        'a weekly schedule needs an anchor';
    my $weekly = $set->(interval => 'weekly', weekly_anchor => 'friday')->{json};
    is $weekly->{settings}{payouts}{schedule}{weekly_anchor}, 'friday',
        'a weekly schedule keeps its anchor';
    my $seen = $d->stripe(GET => '/v1/balance_settings', {}, account => $id)->{json};
    is_deeply $seen->{payments}{payouts}{schedule}, { interval => 'weekly',
        weekly_payout_days => ['friday'] }, 'the newer view agrees with a weekly schedule';
    is $set->(interval => 'monthly', monthly_anchor => 32)->{status}, 400,
        'a month has no 32nd day';
    my $monthly = $set->(interval => 'monthly', monthly_anchor => 31)->{json};
    is $monthly->{settings}{payouts}{schedule}{monthly_anchor}, 31,
        'a monthly schedule keeps its anchor';
    ok !exists $monthly->{settings}{payouts}{schedule}{weekly_anchor},
        'a monthly schedule has no weekday';
    is $set->(delay_days => 'soon')->{status}, 400, 'delay_days must be a number';
};

subtest 'double: the pay page' => sub {
    my $intent = $d->intent(amount => 19900);
    my $page = sub ($secret) {
        $d->call(GET => "/pay/$intent->{id}?client_secret=$secret", {}, '') };
    is $page->('wrong')->{status}, 404, 'the page needs the client secret';
    my $shown = $page->($intent->{client_secret});
    is $shown->{status}, 200, 'the page is shown';
    like $shown->{body}, qr/199\.00 USD/, 'the page has the amount';
    like $shown->{body}, qr/pm_card_chargeDeclined/, 'the page offers a card that is declined';
    unlike $shown->{body}, qr/sk_test/, 'the page has no secret key';
    $d->control(POST => "/payment_intents/$intent->{id}/confirm",
        { payment_method => 'pm_card_authenticationRequired' });
    my $done = visit(POST => $d->base . "/pay/$intent->{id}/complete",
        client_secret => $intent->{client_secret}, outcome => 'succeeded');
    is $done->{json}{status}, 'succeeded',
        "the payment succeeds after the bank's question is answered";
    like $d->call(GET => "/pay/" . $d->intent(amount => 1000, currency => 'jpy')->{id}
        . '?client_secret=', {}, '')->{body}, qr/does not exist/,
        'an empty secret shows no payment';
};

done_testing;
