#!/usr/bin/perl
# Cursor lists, filters, the event list, expansion.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start;
my @made;
for my $n (1 .. 25) {
    push @made, $d->intent(amount => 1000 + $n)->{id};
    $d->control(POST => '/clock', { advance_s => 60 }) if $n == 10 || $n == 20;
}
my @newest = reverse @made;

sub list (%fields) { return $d->stripe(GET => '/v1/payment_intents', \%fields)->{json} }
sub ids ($page) { return [map { $_->{id} } @{ $page->{data} }] }
sub error_of ($answer) { return $answer->{json}{error} }

subtest 'pages' => sub {
    my $page = list();
    is_deeply ids($page), [@newest[0 .. 9]], 'ten, newest first';
    ok $page->{has_more}, 'more';
    is $page->{url}, '/v1/payment_intents', 'url';
    my @seen;
    my %at;
    do {
        $page = list(limit => 7, %at);
        push @seen, @{ ids($page) };
        %at = (starting_after => $seen[-1]);
    } while $page->{has_more};
    is_deeply \@seen, \@newest, 'all of them, each once';
    is_deeply ids(list(limit => 3, ending_before => $newest[10])), [@newest[7 .. 9]],
        'ending_before gives the page just before';
    ok list(limit => 3, ending_before => $newest[10])->{has_more}, 'with more before it';
    ok !list(limit => 10, ending_before => $newest[10])->{has_more}, 'or none';
    is_deeply ids(list(starting_after => $made[0])), [], 'after the last';
};

subtest 'limits and refusals' => sub {
    is scalar @{ list(limit => 100)->{data} }, 25, 'up to 100';
    for my $limit (0, 101, -1, 'x') {
        my $answer = $d->stripe(GET => '/v1/payment_intents', { limit => $limit });
        is $answer->{status}, 400, "limit $limit";
        is error_of($answer)->{param}, 'limit', 'param';
    }
    is $d->stripe(GET => '/v1/payment_intents', { starting_after => 'pi_1x' })->{status}, 400,
        'unknown cursor';
    is $d->stripe(GET => '/v1/payment_intents', { offset => 3 })->{json}{error}{code},
        'parameter_unknown', 'no offset';
    is $d->stripe(GET => '/v1/payment_intents', { starting_after => $made[3],
        ending_before => $made[9] })->{status}, 400, 'one cursor';
};

subtest 'created' => sub {
    my $edge = $d->stripe(GET => "/v1/payment_intents/$made[10]")->{json}{created};
    is scalar @{ list(limit => 100, 'created[gte]' => $edge)->{data} }, 15, 'gte';
    is scalar @{ list(limit => 100, 'created[lt]' => $edge)->{data} }, 10, 'lt';
    is scalar @{ list(limit => 100, 'created[gte]' => $edge, 'created[lt]' => $edge + 50)
        ->{data} }, 10, 'between';
    is $d->stripe(GET => '/v1/payment_intents', { 'created[from]' => 1 })->{status}, 400,
        'an unknown bound';
};

subtest 'events' => sub {
    $d->control(POST => "/payment_intents/$made[0]/confirm", {});
    my $events = sub (%fields) { $d->stripe(GET => '/v1/events', \%fields)->{json} };
    is scalar @{ $events->(limit => 100, type => 'payment_intent.created')->{data} }, 25, 'type';
    is_deeply [map { $_->{type} } @{ $events->('types[0]' => 'payment_intent.succeeded',
        'types[1]' => 'charge.succeeded')->{data} }],
        ['payment_intent.succeeded', 'charge.succeeded'], 'types, newest first';
    is scalar @{ $events->(type => 'charge.*')->{data} }, 1, 'with a star';
    is scalar @{ $events->(limit => 100, type => 'payment_intent.*')->{data} }, 26, 'prefix';
    my ($first) = @{ $events->(limit => 1)->{data} };
    is $events->(limit => 1, starting_after => $first->{id})->{data}[0]{type},
        'charge.succeeded', 'cursor';
    $d->control(POST => '/clock', { advance_s => 31 * 86400 });
    is scalar @{ $events->()->{data} }, 0, 'the list goes back 30 days';
};

subtest 'expansion' => sub {
    my $path = "/v1/payment_intents/$made[0]";
    my $plain = $d->stripe(GET => $path)->{json};
    like $plain->{latest_charge}, qr/^ch_/, 'an id';
    my $deep = $d->stripe(GET => $path, { 'expand[]' =>
        ['latest_charge.balance_transaction.source', 'payment_method'] })->{json};
    is $deep->{latest_charge}{balance_transaction}{source}{id}, $plain->{latest_charge}, 'deep';
    is $deep->{payment_method}{object}, 'payment_method', 'two at once';
    is ref $d->stripe(GET => $path)->{json}{latest_charge}, '', 'the store stays as it is';
    my $listed = list(limit => 100, 'expand[]' => 'data.latest_charge');
    is $listed->{data}[-1]{latest_charge}{object}, 'charge', 'in lists';
    for my $bad ('amount', 'data.latest_charge', 'latest_charge.nothing', 'a.b.c.d.e') {
        is $d->stripe(GET => $path, { 'expand[]' => $bad })->{status}, 400, "not $bad";
    }
    is $d->stripe(GET => '/v1/payment_intents', { 'expand[]' => 'latest_charge' })->{status},
        400, 'lists need data.';
};

done_testing;
