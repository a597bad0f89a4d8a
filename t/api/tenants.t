# Protects: objects of another tenant or user do not exist for a client: the answer is that for a
# random id, byte for byte but for the request id.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my ($neighbour) = $purser->new_user_api('neighbour@acme.test');
my %client = ('the owner' => $api, 'another user' => $neighbour,
    'another tenant' => $purser->api(1));

my ($checkout, $account) = $purser->buy;
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

my @routes = (
    # method, path up to the id, id, body
    ['GET', '/v2/payments/prop-accounts/', $account->{id}],
    ['GET', '/v2/payments/', $checkout->{payment_id}],
    ['POST', '/v2/lifecycle/sync/', $account->{id}, {}],
);
for (@routes) {
    my ($method, $path, $id, $body) = @$_;
    my $nobodys = $id =~ s/_.*/_$random/r;
    subtest "tenants: $method $path" => sub {
        is_status($api->call($method, "$path$id", $body), 200, 'the owner is answered');
        for my $who ('another user', 'another tenant') {
            my $answer = $client{$who}->call($method, "$path$id", $body);
            is_problem($answer, 404, 'V2_NOT_FOUND', "$who gets 404");
            is(seen($answer), seen($client{$who}->call($method, "$path$nobodys", $body)),
                "$who gets the answer of a random id");
            my %header = ('X-Prop-Account' => $account->{id});
            is(seen($client{$who}->call($method, "$path$id", $body, %header)),
                seen($client{$who}->call($method, "$path$id", $body,
                    'X-Prop-Account' => "prop_$random")),
                    "$who gets the answer of a random id in X-Prop-Account");
        }
    };
}

subtest 'tenants: lists' => sub {
    for my $path ('/v2/payments/prop-accounts', '/v2/payments/prop-accounts/failed') {
        for my $who ('another user', 'another tenant') {
            for my $query ('', "?starting_after=$account->{id}", "?starting_after=prop_$random") {
                is($client{$who}->GET("$path$query")->{body}, '[]',
                    "$path$query is empty for $who");
            }
        }
    }
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
    my $session = $purser->postgres->dbh($purser->{database}, 't_worker');
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
