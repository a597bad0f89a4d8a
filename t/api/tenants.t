# Protects: objects of another tenant or user do not exist for a client: the answer is that for a
# random id, byte for byte but for the request id.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Hooks;
use T::Journal qw(account data_of payout random_uuid);
use T::Payouts;
use T::Purser;
use T::Routes;

my $purser = T::Purser->start;
my $trader = T::Payouts->new($purser);
my ($neighbour) = $purser->new_user_api('neighbour@acme.test');
my $other = ($purser->tenants)[1];
my %client = (
    'the owner' => $trader->writer,
    'another user' => $neighbour->with(token => $trader->writer->{token}),
    'another tenant' => $purser->api(1)->with(
        token => $purser->mint_token($other->{app}, 'api', 'payouts:write')),
);
my $api = $client{'the owner'};
my %journal = (
    'the owner' => $purser->journal->with(token => $purser->mint_journal_key($trader->user)),
    'another user' => $purser->journal(0), 'another tenant' => $purser->journal(1),
);
my @others = ('another user', 'another tenant');

# To whom an object of the route is a stranger's: what is the app's belongs to all of its users.
sub others { return $_[0]{credential} eq 'app' ? 'another tenant' : @others }

# What the owner has, by the noun of the routes that take its id.
my ($checkout, $account) = $purser->buy($api);
$trader->funded([412.50, 0]);
my $recorded = account($journal{'the owner'}, firm_name => "The owner's firm");
my $imported = data_of($journal{'the owner'}->POST('/api/v1/payouts/import',
    "date,account_id,total_amount,profit_split,status\n2024-01-01,$recorded->{id},1,80,failed\n",
    'Content-Type' => 'text/csv'));
my $hooks = T::Hooks->new($purser);
my $endpoint = $hooks->create;
$hooks->event('payment.failed', 'pay_1');
$purser->value('select webhooks.outbox_fan_out(10)');
my $delivery = $purser->value('select min(id) from webhooks.delivery');
my %object = (
    'payments.prop_account' => $account->{id},
    'payments.payment' => $checkout->{payment_id},
    'payments.lifecycle' => $account->{id},
    'connect.onboarding_link' => $trader->payee->{stripe_account_id},
    'payouts.payout' => json_of($api->POST('/v2/payouts/request', {}))->{id},
    'webhooks.endpoint' => $endpoint->{id}, 'webhooks.delivery' => $endpoint->{id},
    'journal.account' => $recorded->{id},
    'journal.payout_csv' => $imported->{import_id},
    'journal.payout' => payout($journal{'the owner'}, $recorded)->{id},
);
my $random = sprintf '%012x%s', time * 1000, '0123456789abcdef0123';

# Everything of an answer but the request id and the date.
sub seen {
    my ($answer) = @_;
    my %headers = %{ $answer->{headers} };
    my $id = delete $headers{'request-id'};
    delete $headers{date};
    return join "\n", $answer->{status}, map({ "$_: $headers{$_}" } sort keys %headers),
        $answer->{body} =~ s/\Q$id\E/(id)/r;
}

# Bodies without which an id is not looked at.
my %body = ('webhooks.endpoint_recover' => { since => '2024-01-01T00:00:00Z' });

# A request of a route with this id, by a client of the route's api.
sub ask {
    my ($whose, $route, $id, %headers) = @_;
    my $client = $route->{credential} eq 'journal' ? $journal{$whose} : $client{$whose};
    my $body = $route->{method} =~ /^(?:GET|DELETE)$/ ? undef
        : $route->{body} // $body{ $route->{name} } // {};
    my $path = $route->{path} =~ s/\{delivery_id\}/$delivery/r;
    return $client->call($route->{method}, $path =~ s/\{\w+\}/$id/r, $body, %headers);
}

my @routes = grep { $_->{credential} ne 'none' } routes(qw(payments connect payouts webhooks));
my @by_id = grep { $_->{path} =~ /\{/ } @routes;
my %lacks = map { $_ => 1 } grep { !$object{$_} } map { $_->{name} =~ s/_[^_]+$//r } @by_id;
is(join(' ', sort keys %lacks), '', 'tenants: the owner has an object for each route with an id');

for my $route (@by_id) {
    my $id = $object{ $route->{name} =~ s/_[^_]+$//r };
    my $of_no_one = $id =~ /_/ ? $id =~ s/_.*/_$random/r : random_uuid();
    subtest "tenants: $route->{method} $route->{path}" => sub {
        for my $who (others($route)) {
            my $answer = ask($who, $route, $id);
            my $journal = $route->{credential} eq 'journal';
            is_problem($answer, 404, $journal ? ('not_found', "$who gets 404", 'journal')
                : ('V2_NOT_FOUND', "$who gets 404"));
            is(seen($answer), seen(ask($who, $route, $of_no_one)),
                "$who gets the answer of a random id");
            next if $journal;
            is(seen(ask($who, $route, $id, 'X-Prop-Account' => $account->{id})),
                seen(ask($who, $route, $id, 'X-Prop-Account' => "prop_$random")),
                "$who gets the answer of a random id in X-Prop-Account");
        }
    };
}

my $owners = join '|', map { quotemeta } values %object, "The owner's firm";
subtest 'tenants: lists' => sub {
    my $shown = 0;
    for my $route (grep { $_->{method} eq 'GET' && $_->{path} !~ /\{/ } @routes) {
        my $first = $route->{credential} eq 'journal' ? '?account_id=' : '?starting_after=';
        my $path = $route->{path};
        $shown++ if ask('the owner', $route, '')->{body} =~ /$owners/;
        for my $who (others($route)) {
            for my $query ('', map { "$first$_" } $account->{id}, $recorded->{id}, "prop_$random") {
                my $answer = ask($who, { %$route, path => "$path$query" }, '');
                unlike($answer->{body}, qr/$owners/, "$path$query: $who sees nothing of the owner");
            }
        }
    }
    cmp_ok($shown, '>=', 7, 'the owner sees the own objects in the lists');
    for my $path ('/v2/payments/prop-accounts', '/v2/payments/prop-accounts/failed') {
        for my $who (@others) {
            for my $query ('', "?starting_after=$account->{id}", "?starting_after=prop_$random") {
                is($client{$who}->GET("$path$query")->{body}, '[]',
                    "$path$query is empty for $who");
            }
        }
    }
};

# Afterwards, since these requests change the objects; what deletes them comes last.
subtest 'tenants: the owner is answered' => sub {
    my %body = ('payments.checkout_create' => $purser->checkout_body,
        'connect.account_create' => { country => 'US' },
        'webhooks.endpoint_create' => { url => $T::Hooks::URL, events => ['*'] });
    my $secrets = 0;
    for my $route (sort { ($a->{method} eq 'DELETE') <=> ($b->{method} eq 'DELETE') } @routes) {
        my $answer = ask('the owner', { %$route, body => $body{ $route->{name} } },
            $object{ $route->{name} =~ s/_[^_]+$//r });
        my $name = "$route->{method} $route->{path}";
        my $secret = $answer->{body} =~ /"(?:client_secret|onboarding_url|\w*token|secret)":"/;
        is($answer->{headers}{'cache-control'}, $secret ? 'no-store' : undef,
            "$name: an answer that carries a secret is kept by nothing on the way");
        $secrets += $secret;
        next if $route->{path} !~ /\{/;
        if ($route->{method} eq 'GET') { is_status($answer, 200, "$name shows the object") }
        else { unlike($answer->{status}, qr/^(?:40[134]|5..)$/, "$name finds the object") }
    }
    is($secrets, 5, 'a checkout, a payee, its new link and an endpoint carry a secret');
};

subtest 'tenants: the same key and body are another request for another principal' => sub {
    my %key = ('Idempotency-Key' => 'one for all');
    $key{'Idempotency-Key'} =~ tr/ /-/;
    my %answer = map { $_ => $client{$_}->POST('/v2/payments/checkout', $purser->checkout_body,
        %key) } sort keys %client;
    my %ids;
    for my $who (sort keys %answer) {
        is_status($answer{$who}, 200, "$who is answered");
        is($answer{$who}{headers}{'idempotent-replayed'}, undef, "$who gets no replay");
        $ids{ json_of($answer{$who})->{payment_id} }++;
    }
    is(scalar keys %ids, 3, 'the answers have three payments');
};

# Row-level security: a program's own connection sees no row without a tenant.
subtest 'tenants: row-level security' => sub {
    my $session = $purser->postgres->dbh($purser->{database}, 't_payments');
    for my $table (qw(payments.payment payments.prop_account core.idempotency auth.session
        stripe_events.event)) {
        ok(!eval { $session->selectall_arrayref("select * from $table"); 1 },
            "a program has no right to read $table");
    }
    for my $view (qw(payments.payment_v payments.prop_account_v)) {
        is(scalar @{ $session->selectall_arrayref("select * from $view") }, 0,
            "$view is empty without a principal");
    }
    $session->disconnect;
};

done_testing;
