#!/usr/bin/perl
# Connected accounts: controllers, requirements, links that work once, the pages behind them.

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

subtest 'types' => sub {
    my %types = (
        express => { %EXPRESS },
        standard => { country => 'US', 'controller[stripe_dashboard][type]' => 'full',
            'controller[fees][payer]' => 'account', 'controller[losses][payments]' => 'stripe' },
        custom => { country => 'US', 'controller[stripe_dashboard][type]' => 'none',
            'controller[requirement_collection]' => 'application',
            'controller[fees][payer]' => 'application',
            'controller[losses][payments]' => 'application' },
    );
    is create(%{ $types{$_} })->{type}, $_, $_ for sort keys %types;
    is create(country => 'US', type => 'custom')->{controller}{stripe_dashboard}{type}, 'none',
        'the old type';
    is create(country => 'US', 'controller[requirement_collection]' => 'application')->{error}
        {type}, 'invalid_request_error', 'a contradiction';
};

subtest 'onboarding outcomes' => sub {
    my $id = create(%EXPRESS, 'capabilities[card_payments][requested]' => 'true')->{id};
    my $new = show($id);
    is_deeply [map { $_ ? 1 : 0 } @$new{qw(details_submitted charges_enabled payouts_enabled)}],
        [0, 0, 0], 'new';
    ok scalar @{ $new->{requirements}{currently_due} }, 'something is due';
    my %expected = (restricted => [1, 0, 0, 'requirements.past_due'],
        disabled => [1, 0, 0, 'rejected.fraud'], active => [1, 1, 1, undef]);
    for my $outcome (qw(restricted disabled active)) {
        my $is = $d->control(POST => "/accounts/$id/onboard", { outcome => $outcome });
        is_deeply [(map { $_ ? 1 : 0 } @$is{qw(details_submitted charges_enabled
            payouts_enabled)}), $is->{requirements}{disabled_reason}], $expected{$outcome},
            $outcome;
    }
    my $done = show($id);
    is_deeply $done->{capabilities}, { transfers => 'active', card_payments => 'active' },
        'capabilities';
    my $bank = $done->{external_accounts}{data}[0];
    is "$bank->{bank_name} $bank->{last4}", 'STRIPE TEST BANK 6789', 'bank';
    is $d->json(POST => "/_double/accounts/$id/onboard", { outcome => 'x' })->{status}, 400,
        'no such outcome';
    is $d->json(POST => '/_double/accounts/acct_1x/onboard', {})->{status}, 404, 'no account';
};

subtest 'an onboarding link works once' => sub {
    my $id = create(%EXPRESS)->{id};
    my $link = link_for($id);
    is $link->{expires_at} - $link->{created}, 300, 'five minutes';
    my $page = visit(GET => $link->{url});
    is $page->{status}, 200, 'the page';
    like $page->{headers}->content_type, qr{^text/html}, 'is HTML';
    my ($session) = $page->{body} =~ /name=session value="(\w+)"/;
    my $again = visit(GET => $link->{url});
    is $again->{status}, 303, 'the second visit';
    is location($again), 'https://app.example/refresh', 'goes to refresh_url';
    my $forged = visit(POST => $link->{url}, session => 'x', action => 'active');
    is location($forged), 'https://app.example/refresh', 'so does a forged form';
    ok !show($id)->{details_submitted}, 'which changes nothing';
    @{ $d->received } = ();
    my $done = visit(POST => $link->{url}, session => $session, action => 'active');
    is location($done), 'https://app.example/return', 'finishing goes to return_url';
    ok show($id)->{payouts_enabled}, 'and finishes';
    ok $d->wait_for(sub { grep { $_ eq 'account.updated' } @{ $d->types } }), 'with its event';
    my $replay = visit(POST => $link->{url}, session => $session, action => 'disabled');
    is location($replay), 'https://app.example/refresh', 'the form works once too';
    ok show($id)->{payouts_enabled}, 'and changes nothing more';
};

subtest 'leaving, expiry' => sub {
    my $id = create(%EXPRESS)->{id};
    for my $case ([leave => 'return'], [expire => 'refresh']) {
        my $link = link_for($id);
        my ($session) = visit(GET => $link->{url})->{body} =~ /name=session value="(\w+)"/;
        my $left = visit(POST => $link->{url}, session => $session, action => $case->[0]);
        is location($left), "https://app.example/$case->[1]", $case->[0];
    }
    ok !show($id)->{details_submitted}, 'nothing was submitted';
    my $old = link_for($id);
    $d->control(POST => '/clock', { advance_s => 301 });
    is location(visit(GET => $old->{url})), 'https://app.example/refresh', 'too old';
    is visit(GET => $d->base . '/connect/onboard/unknown')->{status}, 404, 'unknown';
    my $update = $d->stripe(POST => '/v1/account_links', { account => $id, type =>
        'account_update', return_url => 'https://a.example', refresh_url => 'https://a.example' });
    is $update->{status}, 400, 'account_update only for custom accounts';
};

subtest 'dashboard link' => sub {
    my $id = create(%EXPRESS)->{id};
    is $d->stripe(POST => "/v1/accounts/$id/login_links")->{status}, 400, 'not before onboarding';
    $d->control(POST => "/accounts/$id/onboard", {});
    my $login = $d->stripe(POST => "/v1/accounts/$id/login_links")->{json};
    is_deeply [sort keys %$login], [qw(created object url)], 'no expires_at';
    like visit(GET => $login->{url})->{body}, qr/\Q$id\E/, 'the page';
    is visit(GET => $login->{url})->{status}, 410, 'once';
    my $standard = create(country => 'US', type => 'standard')->{id};
    $d->control(POST => "/accounts/$standard/onboard", {});
    is $d->stripe(POST => "/v1/accounts/$standard/login_links")->{status}, 400, 'express only';
};

subtest 'scoping' => sub {
    my ($one, $two) = ($d->account, $d->account);
    my $made = $d->stripe(POST => '/v1/payment_intents', { amount => 900, currency => 'usd' },
        account => $one)->{json}{id};
    is $d->stripe(GET => "/v1/payment_intents/$made", {}, account => $one)->{status}, 200, 'own';
    is $d->stripe(GET => "/v1/payment_intents/$made", {}, account => $two)->{status}, 404,
        "another's";
    is $d->stripe(GET => "/v1/payment_intents/$made")->{status}, 404, 'nor the platform';
    my $unknown = $d->stripe(GET => '/v1/balance', {}, account => 'acct_1nobody');
    is $unknown->{status}, 403, 'unknown account';
    is $unknown->{json}{error}{code}, 'account_invalid', 'code';
    is $d->stripe(GET => "/v1/accounts/$two", {}, account => $one)->{status}, 403,
        'accounts see themselves only';
};

subtest 'schedule' => sub {
    my $id = $d->account;
    my $set = sub (%fields) {
        my %named = map { ("settings[payouts][schedule][$_]" => $fields{$_}) } keys %fields;
        return $d->stripe(POST => "/v1/accounts/$id", \%named);
    };
    is $set->(interval => 'weekly')->{json}{error}{code}, 'parameter_missing', 'needs an anchor';
    my $weekly = $set->(interval => 'weekly', weekly_anchor => 'friday')->{json};
    is $weekly->{settings}{payouts}{schedule}{weekly_anchor}, 'friday', 'weekly';
    my $seen = $d->stripe(GET => '/v1/balance_settings', {}, account => $id)->{json};
    is_deeply $seen->{payments}{payouts}{schedule}, { interval => 'weekly',
        weekly_payout_days => ['friday'] }, 'the newer view agrees';
    is $set->(interval => 'monthly', monthly_anchor => 32)->{status}, 400, 'no 32nd';
    my $monthly = $set->(interval => 'monthly', monthly_anchor => 31)->{json};
    is $monthly->{settings}{payouts}{schedule}{monthly_anchor}, 31, 'monthly';
    ok !exists $monthly->{settings}{payouts}{schedule}{weekly_anchor}, 'without the weekday';
    is $set->(delay_days => 'soon')->{status}, 400, 'delay_days';
};

subtest 'the pay page' => sub {
    my $intent = $d->intent(amount => 19900);
    my $page = sub ($secret) {
        $d->call(GET => "/pay/$intent->{id}?client_secret=$secret", {}, '') };
    is $page->('wrong')->{status}, 404, 'needs the client secret';
    my $shown = $page->($intent->{client_secret});
    is $shown->{status}, 200, 'shown';
    like $shown->{body}, qr/199\.00 USD/, 'amount';
    like $shown->{body}, qr/pm_card_chargeDeclined/, 'a card that is declined';
    unlike $shown->{body}, qr/sk_test/, 'no secret key';
    $d->control(POST => "/payment_intents/$intent->{id}/confirm",
        { payment_method => 'pm_card_authenticationRequired' });
    my $done = visit(POST => $d->base . "/pay/$intent->{id}/complete",
        client_secret => $intent->{client_secret}, outcome => 'succeeded');
    is $done->{json}{status}, 'succeeded', "the bank's question answered";
    like $d->call(GET => "/pay/" . $d->intent(amount => 1000, currency => 'jpy')->{id}
        . '?client_secret=', {}, '')->{body}, qr/does not exist/, 'an empty secret';
};

done_testing;
