#!/usr/bin/perl
# Protects: lists of the double: cursors, filters, the event list, expansion.

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

subtest 'double: pages of a list' => sub {
    my $page = list();
    is_deeply ids($page), [@newest[0 .. 9]], 'the first page has ten, newest first';
    ok $page->{has_more}, 'the first page says that more follow';
    is $page->{url}, '/v1/payment_intents', 'the first page names its url';
    my @seen;
    my %at;
    do {
        $page = list(limit => 7, %at);
        push @seen, @{ ids($page) };
        %at = (starting_after => $seen[-1]);
    } while $page->{has_more};
    is_deeply \@seen, \@newest, 'the pages have all, each once';
    is_deeply ids(list(limit => 3, ending_before => $newest[10])), [@newest[7 .. 9]],
        'ending_before gives the page just before';
    ok list(limit => 3, ending_before => $newest[10])->{has_more},
        'ending_before says that more come before';
    ok !list(limit => 10, ending_before => $newest[10])->{has_more},
        'ending_before says when no more come before';
    is_deeply ids(list(starting_after => $made[0])), [], 'starting_after the last gives nothing';
};

subtest 'double: limits and refusals' => sub {
    is scalar @{ list(limit => 100)->{data} }, 25, 'limit=100 gives all 25';
    for my $limit (0, 101, -1, 'x') {
        my $answer = $d->stripe(GET => '/v1/payment_intents', { limit => $limit });
        is $answer->{status}, 400, "limit=$limit is refused";
        is error_of($answer)->{param}, 'limit', "the refusal of limit=$limit names it";
    }
    is $d->stripe(GET => '/v1/payment_intents', { starting_after => 'pi_1x' })->{status}, 400,
        'an unknown cursor is refused';
    is $d->stripe(GET => '/v1/payment_intents', { offset => 3 })->{json}{error}{code},
        'parameter_unknown', 'the parameter offset is unknown';
    is $d->stripe(GET => '/v1/payment_intents', { starting_after => $made[3],
        ending_before => $made[9] })->{status}, 400, 'two cursors at once are refused';
};

subtest 'double: the filter created' => sub {
    my $edge = $d->stripe(GET => "/v1/payment_intents/$made[10]")->{json}{created};
    is scalar @{ list(limit => 100, 'created[gte]' => $edge)->{data} }, 15,
        'created[gte] takes those from then on';
    is scalar @{ list(limit => 100, 'created[lt]' => $edge)->{data} }, 10,
        'created[lt] takes those before';
    is scalar @{ list(limit => 100, 'created[gte]' => $edge, 'created[lt]' => $edge + 50)
        ->{data} }, 10, 'both bounds take those between';
    is $d->stripe(GET => '/v1/payment_intents', { 'created[from]' => 1 })->{status}, 400,
        'an unknown bound is refused';
};

subtest 'double: the list of events' => sub {
    $d->control(POST => "/payment_intents/$made[0]/confirm", {});
    my $events = sub (%fields) { $d->stripe(GET => '/v1/events', \%fields)->{json} };
    is scalar @{ $events->(limit => 100, type => 'payment_intent.created')->{data} }, 25,
        'type takes the events of a type';
    is_deeply [map { $_->{type} } @{ $events->('types[0]' => 'payment_intent.succeeded',
        'types[1]' => 'charge.succeeded')->{data} }],
        ['payment_intent.succeeded', 'charge.succeeded'], 'types takes several types, newest first';
    is scalar @{ $events->(type => 'charge.*')->{data} }, 1,
        'type=charge.* takes all events of charges';
    is scalar @{ $events->(limit => 100, type => 'payment_intent.*')->{data} }, 26,
        'type=payment_intent.* takes all events of PaymentIntents';
    my ($first) = @{ $events->(limit => 1)->{data} };
    is $events->(limit => 1, starting_after => $first->{id})->{data}[0]{type},
        'charge.succeeded', 'starting_after gives the event before';
    $d->control(POST => '/clock', { advance_s => 31 * 86400 });
    is scalar @{ $events->()->{data} }, 0, 'the list goes back 30 days';
};

subtest 'double: expanded objects' => sub {
    my $path = "/v1/payment_intents/$made[0]";
    my $plain = $d->stripe(GET => $path)->{json};
    like $plain->{latest_charge}, qr/^ch_/, 'latest_charge is an id by default';
    my $deep = $d->stripe(GET => $path, { 'expand[]' =>
        ['latest_charge.balance_transaction.source', 'payment_method'] })->{json};
    is $deep->{latest_charge}{balance_transaction}{source}{id}, $plain->{latest_charge},
        'a deep path is expanded';
    is $deep->{payment_method}{object}, 'payment_method', 'two paths are expanded at once';
    is ref $d->stripe(GET => $path)->{json}{latest_charge}, '',
        'the stored object stays unexpanded';
    my $listed = list(limit => 100, 'expand[]' => 'data.latest_charge');
    is $listed->{data}[-1]{latest_charge}{object}, 'charge', 'objects in lists are expanded';
    for my $bad ('amount', 'data.latest_charge', 'latest_charge.nothing', 'a.b.c.d.e') {
        is $d->stripe(GET => $path, { 'expand[]' => $bad })->{status}, 400,
            "the path $bad is refused";
    }
    is $d->stripe(GET => '/v1/payment_intents', { 'expand[]' => 'latest_charge' })->{status},
        400, 'a path in a list must begin with data.';
};

done_testing;
