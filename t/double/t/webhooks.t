#!/usr/bin/perl
# Protects: webhooks of the double: signatures, account events, modes, early events, tries,
# endpoints.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start(webhooks => 1);

sub signed ($hook, $secret) { return Double::Client->signed_with($hook, $secret) }
sub forget { @{ $d->received } = () }
sub mode (%mode) { return $d->control(POST => '/webhooks', \%mode) }

subtest 'double: signed, after the answer' => sub {
    my $intent = $d->intent;
    is_deeply $d->types, [], 'no event has arrived when the answer is there';
    ok $d->wait_for(sub { @{ $d->received } == 1 }), 'the event arrives after the answer';
    my $hook = $d->received->[0];
    is $hook->{event}{type}, 'payment_intent.created', 'the event has its type';
    is $hook->{event}{data}{object}{id}, $intent->{id}, 'the event has the object';
    is $hook->{event}{api_version}, '2026-10-28.endive', 'the event has the pinned version';
    is $hook->{event}{pending_webhooks}, 1, 'the event counts its pending webhooks';
    like $hook->{event}{request}{id}, qr/^req_/, 'the event names the request';
    ok !exists $hook->{event}{account}, 'a platform event has no account';
    ok signed($hook, Double::Client::SECRET), 'the signature is good';
    ok !signed($hook, 'whsec_other'), 'another secret does not fit';
    ok !signed({ %$hook, body => "$hook->{body} " }, Double::Client::SECRET),
        'another body does not fit';
    # It is here before the double has read our answer to it.
    my $pending = sub { $d->stripe(GET => "/v1/events/$_[0]")->{json}{pending_webhooks} };
    ok $d->wait_for(sub { !$pending->($hook->{event}{id}) }),
        'the event counts no pending webhook after delivery';
};

subtest 'double: the event names the key of the request' => sub {
    forget();
    $d->stripe(POST => '/v1/payment_intents', { amount => 900, currency => 'eur' }, key => 'wk');
    $d->wait_for(sub { @{ $d->received } });
    is $d->received->[0]{event}{request}{idempotency_key}, 'wk',
        'idempotency_key is that of the request';
    forget();
    my $intent = $d->received->[0] // $d->intent;
    $d->wait_for(sub { @{ $d->received } });
    forget();
    $d->control(POST => "/payment_intents/$intent->{id}/confirm", {});
    $d->wait_for(sub { @{ $d->received } == 2 });
    is_deeply [sort @{ $d->types }], ['charge.succeeded', 'payment_intent.succeeded'],
        'a payment in the browser sends two events';
    is $d->received->[1]{event}{request}{id}, undef, 'a payment in the browser has no API request';
};

subtest 'double: Connect events' => sub {
    forget();
    my $account = $d->account;
    ok $d->wait_for(sub { grep { $_ eq 'account.updated' } @{ $d->types } }),
        'account.updated arrives';
    for my $hook (grep { $_->{event}{type} =~ /^account\./ } @{ $d->received }) {
        is $hook->{event}{account}, $account, "$hook->{event}{type} names the account";
        ok signed($hook, Double::Client::CONNECT_SECRET),
            'the event is signed with the Connect secret';
        ok !signed($hook, Double::Client::SECRET),
            "the event is not signed with the platform's secret";
    }
    my $platform = $d->stripe(GET => '/v1/events', { type => 'account.updated' })->{json};
    is scalar @{ $platform->{data} }, 0, "the event is not in the platform's list";
    my $own = $d->stripe(GET => '/v1/events', { type => 'account.updated' },
        account => $account)->{json};
    cmp_ok scalar @{ $own->{data} }, '>', 0, "the event is in the account's list";
};

subtest 'double: events are withheld, then flushed' => sub {
    mode(mode => 'withhold');
    forget();
    $d->intent for 1 .. 3;
    $d->pause(0.3);
    is_deeply $d->types, [], 'withheld events do not arrive';
    is $d->control(GET => '/webhooks')->{held}, 3, 'withheld events are counted';
    my $undelivered = $d->stripe(GET => '/v1/events', { delivery_success => 'false' })->{json};
    is scalar @{ $undelivered->{data} }, 3, 'withheld events are in the list as undelivered';
    mode(mode => 'deliver');
    $d->intent;
    $d->wait_for(sub { @{ $d->received } });
    $d->pause(0.3);
    is scalar @{ $d->received }, 1, 'a new event arrives, the withheld ones stay';
    $d->control(POST => '/webhooks/flush');
    is scalar @{ $d->received }, 4, 'the flush has sent all when it answers';
    is scalar @{ $d->stripe(GET => '/v1/events', { delivery_success => 'false' })->{json}{data} },
        0, 'the list has no undelivered event after the flush';
};

subtest 'double: the mode duplicate' => sub {
    mode(mode => 'duplicate');
    forget();
    $d->intent;
    ok $d->wait_for(sub { @{ $d->received } == 2 }), 'the event arrives twice';
    is $d->received->[0]{event}{id}, $d->received->[1]{event}{id},
        'both deliveries are the same event';
};

subtest 'double: shuffle by seed' => sub {
    my $order = sub ($seed) {
        mode(mode => 'shuffle', seed => $seed);
        forget();
        my @made = map { $d->intent->{id} } 1 .. 8;
        $d->control(POST => '/webhooks/flush');
        my %place = map { $made[$_] => $_ } 0 .. 7;
        return join ' ', map { $place{ $_->{event}{data}{object}{id} } } @{ $d->received };
    };
    my $one = $order->(5);
    isnt $one, '0 1 2 3 4 5 6 7', 'the events come in another order';
    is join(' ', sort split / /, $one), '0 1 2 3 4 5 6 7', 'the events come once each';
    is $order->(5), $one, 'the same seed makes the same order';
    isnt $order->(6), $one, 'another seed makes another order';
    mode(mode => 'deliver');
};

subtest 'double: the mode early' => sub {
    mode(mode => 'deliver', early => 1);
    forget();
    my $answer = $d->stripe_begin(POST => '/v1/payment_intents', { amount => 2500,
        currency => 'usd', confirm => 'true', payment_method => 'pm_card_visa' });
    ok $d->wait_for(sub { grep { $_ eq 'payment_intent.succeeded' } @{ $d->types } }),
        'the event arrives';
    ok !$answer->{done}, 'the event arrives before the answer';
    ok $d->wait_for(sub { $answer->{done} }), 'the answer follows';
    is $answer->{json}{status}, 'succeeded', 'the answer is right';
    mode(mode => 'deliver');
};

subtest 'double: an event that is refused is tried again' => sub {
    forget();
    my $refusals = 2;
    $d->hook_status(sub { $refusals-- > 0 ? 500 : 200 });
    my $intent = $d->intent;
    ok $d->wait_for(sub { @{ $d->received } == 3 }, 6), 'the event is taken after two refusals';
    is $d->received->[0]{body}, $d->received->[2]{body},
        'the third delivery has the body of the first';
    ok $d->wait_for(sub { !$d->control(GET => '/webhooks')->{retrying} }),
        'the double tries no more after that';
    $d->hook_status(200);
};

subtest 'double: endpoints made by the API' => sub {
    my $other = Double::Client->new;
    my $url = $other->receive;
    my $made = $d->stripe(POST => '/v1/webhook_endpoints', { url => $url,
        'enabled_events[0]' => 'payment_intent.canceled' })->{json};
    like $made->{secret}, qr/^whsec_/, 'a new endpoint has a secret';
    my $shown = $d->stripe(GET => "/v1/webhook_endpoints/$made->{id}")->{json};
    ok !exists $shown->{secret}, 'the secret is shown once';
    my $intent = $d->intent;
    $d->stripe(POST => "/v1/payment_intents/$intent->{id}/cancel");
    ok $d->wait_for(sub { @{ $other->received } }), 'the event arrives at the endpoint';
    is_deeply $other->types, ['payment_intent.canceled'],
        'the endpoint gets only the types that it asked for';
    ok signed($other->received->[0], $made->{secret}),
        "the event is signed with the endpoint's secret";
    is $d->stripe(DELETE => "/v1/webhook_endpoints/$made->{id}")->{json}{deleted},
        Mojo::JSON->true, 'the endpoint is deleted';
};

done_testing;
