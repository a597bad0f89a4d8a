# Protects: events reach the endpoints of clients, signed, once and in order, whatever receivers do;
# each attempt comes in its time, and nothing is lost.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_base64 hmac_sha256_hex);
use MIME::Base64 qw(decode_base64);
use Test::More;
use T::Api qw(json_of);
use T::Hooks;
use T::Proc qw(temp_dir);
use T::Purser;
use T::Receiver;
use Time::HiRes qw(time);

my $purser = T::Purser->start(programs => ['purser-webhooks', 'purser-jobs'],
    conf => { webhook_timeout_ms => 2500 });
my $hooks = T::Hooks->new($purser);
my $receiver = T::Receiver->start;

sub endpoint {
    my ($path, %more) = @_;
    return $hooks->create(url => $receiver->base . $path, events => ['payment.failed'], %more);
}

# Waits until the endpoint has so many deliveries of this status.
sub wait_for {
    my ($endpoint, $status, $count, $seconds) = @_;
    return $purser->wait_for("$count $status", sub {
        return $purser->value('select count(*) from webhooks.delivery where endpoint_id = ? '
            . 'and status = ?', $endpoint->{id}, $status) >= $count;
    }, $seconds || 60);
}

# Waits until each delivery of the endpoint has had so many attempts, and none is under way.
sub wait_attempts {
    my ($endpoint, $count, $seconds) = @_;
    return $purser->wait_for("$count attempts", sub {
        return $purser->value('select min(attempts) >= ? and count(lease_holder) = 0 '
            . 'from webhooks.delivery where endpoint_id = ?', $count, $endpoint->{id});
    }, $seconds || 20);
}

# What time does for an endpoint: what waits is due, and its pause is over.
sub later {
    my ($endpoint) = @_;
    $purser->dbh->do('update webhooks.endpoint set paused_until = null where id = ?', undef,
        $endpoint->{id});
    $purser->dbh->do(q{update webhooks.delivery set next_run_at = now()
        where endpoint_id = ? and lease_holder is null}, undef, $endpoint->{id});
    return;
}

# The row of the endpoint's attempts: [number, status, error].
sub attempts {
    my ($endpoint) = @_;
    return $purser->dbh->selectall_arrayref('select a.number, a.response_status, a.error
        from webhooks.attempt a join webhooks.delivery d on d.id = a.delivery_id
        where d.endpoint_id = ? order by d.number, a.number', undef, $endpoint->{id});
}

sub deactivate { $hooks->api->DELETE("$T::Hooks::URI/$_[0]{id}"); return }

subtest 'webhook: what is sent' => sub {
    my $endpoint = endpoint('/ok/sent?a=b');
    my $id = $hooks->event('payment.failed', 'pay_1', '{"payment_id":"pay_1","note":"Zo\u00eb"}');
    wait_for($endpoint, delivered => 1);
    my ($got, @more) = $receiver->received('/ok/sent');
    is(scalar @more, 0, 'one request is sent');
    my %h = %{ $got->{headers} };
    is($h{'content-type'}, 'application/json', 'the body is JSON');
    is($h{'webhook-id'}, $id, "webhook-id is the event's id");
    cmp_ok(abs($h{'webhook-timestamp'} - time), '<', 10, 'webhook-timestamp is now');
    my $body = json_of($got);
    is_deeply([sort keys %$body], [qw(data id timestamp type)], 'the body has the four members');
    is_deeply([@$body{qw(id type data)}], [$id, 'payment.failed',
        { payment_id => 'pay_1', note => "Zo\x{eb}" }], 'the body is the event');
    my $key = decode_base64(substr $endpoint->{secret}, 6);
    is($h{'webhook-signature'},
        'v1,' . hmac_sha256_base64("$id.$h{'webhook-timestamp'}.$got->{body}", $key) . '=',
        'the signature is that of Standard Webhooks');
    is($h{'x-hyperscaled-event'}, 'payment.failed', 'X-Hyperscaled-Event is the type');
    like($h{'x-hyperscaled-delivery'}, qr/^whd_/,
        'X-Hyperscaled-Delivery is the id of the delivery');
    is($h{'x-hyperscaled-timestamp'}, $h{'webhook-timestamp'}, 'both timestamps are the same');
    is($h{'x-hyperscaled-signature'}, "t=$h{'webhook-timestamp'},v1="
        . hmac_sha256_hex("$h{'webhook-timestamp'}.$got->{body}", $endpoint->{secret}),
        "the other signature is Stripe's scheme");
    is_deeply(attempts($endpoint), [[1, 200, undef]], 'the attempt is in the log');
    is($purser->value('select response_start from webhooks.attempt'), 'received? ok',
        'the first bytes of the answer are in the log, without what is not printable');
    my $rotated = json_of($hooks->api->POST("$T::Hooks::URI/$endpoint->{id}/rotate-secret", {}));
    $hooks->event('payment.failed', 'pay_1');
    wait_for($endpoint, delivered => 2);
    my $second = ($receiver->received('/ok/sent'))[1];
    my $signed = "$second->{headers}{'webhook-id'}.$second->{headers}{'webhook-timestamp'}."
        . $second->{body};
    is($second->{headers}{'webhook-signature'}, join(' ', map { 'v1,'
        . hmac_sha256_base64($signed, decode_base64(substr $_, 6)) . '=' }
        $rotated->{secret}, $endpoint->{secret}), 'after a change of secrets both sign');
    like($second->{headers}{'x-hyperscaled-signature'}, qr/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/,
        "after a change of secrets both sign by Stripe's scheme");
    is($second->{connection}, $got->{connection}, 'the connection is kept');
    deactivate($endpoint);
};

subtest 'webhook: a payment' => sub {
    $purser->start_program($_) for qw(purser-payments);
    my $endpoint = endpoint('/ok/payment', events => ['payment.succeeded',
        'account.provisioned']);
    my ($checkout, $account) = $purser->buy;
    wait_for($endpoint, delivered => 2);
    my %got = map { my $event = json_of($_); ($event->{type} => $event->{data}) }
        $receiver->received('/ok/payment');
    is_deeply($got{'payment.succeeded'}, { payment_id => $checkout->{payment_id},
        user_id => ($purser->tenants)[0]{user}, prop_account_id => $account->{id},
        stripe_payment_intent_id => $checkout->{stripe_payment_intent_id} },
        'payment.succeeded reaches its endpoint');
    is($got{'account.provisioned'}{id}, $account->{id}, 'account.provisioned reaches its endpoint');
    deactivate($endpoint);
};

subtest 'webhook: bad receivers' => sub {
    my @expected = (
        # path, status, error, attempts
        ['/busy', 429, qr/429/], ['/moved', 302, qr/302/], ['/reset', undef, qr/./],
        ['/cut', 200, qr/./], ['/hang', undef, qr/timed? ?out/i], ['/drip', 200, qr/timed? ?out/i],
        ['/status/404', 404, qr/404/], ['/status/503', 503, qr/503/],
    );
    my %endpoint = map { $_->[0] => endpoint($_->[0]) } @expected;
    my $huge = endpoint('/huge');
    my $gone = endpoint('/gone');
    my $fails = endpoint('/fail2');
    my $well = endpoint('/ok/beside');
    my $id = $hooks->event('payment.failed', 'pay_2');
    wait_for($well, delivered => 1, 5);
    my ($first) = $receiver->received('/ok/beside');
    wait_for($huge, delivered => 1, 5);
    for (@expected) {
        my ($path, $status, $error) = @$_;
        wait_attempts($endpoint{$path}, 1);
        my ($row) = @{ attempts($endpoint{$path}) };
        is($row->[1], $status, "$path: the status is in the log");
        like($row->[2], $error, "$path: the error is in the log");
    }
    is(scalar(grep { ($_->{headers}{'webhook-id'} // '') eq $id && $_->{path} eq '/ok' }
        $receiver->received), 0, 'a redirect is not followed');
    wait_attempts($gone, 1);
    is($purser->value('select disabled_reason from webhooks.endpoint where id = ?', $gone->{id}),
        'it answered 410 Gone', '410 disables the endpoint');
    my $wait = $purser->value('select extract(epoch from next_run_at - now()) '
        . 'from webhooks.delivery where endpoint_id = ?', $endpoint{'/busy'}{id});
    cmp_ok($wait, '<=', 7, 'Retry-After is honoured: not much later');
    cmp_ok($wait, '>', 0, 'Retry-After is honoured: not at once');
    for my $try (1, 2) {
        wait_attempts($fails, $try);
        later($fails);
    }
    wait_for($fails, delivered => 1);
    my @got = $receiver->received('/fail2');
    is(join(' ', map { $_->{headers}{'webhook-id'} } @got), "$id $id $id",
        'every attempt has the id of the event');
    cmp_ok($got[-1]{headers}{'webhook-timestamp'}, '>=', int($got[-1]{at}) - 1,
        'every attempt has a timestamp of its own');
    deactivate($_) for values %endpoint, $huge, $gone, $fails, $well;
};

subtest 'webhook: a receiver without a trusted certificate' => sub {
    my $dir = temp_dir('tls');
    my $port = T::Proc::free_port();
    plan(skip_all => 'there is no openssl program')
        if system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 "
            . "-keyout $dir/key -out $dir/cert 2>$dir/made") != 0;
    my $server = T::Proc->start(log => "$dir/log", command => ['openssl', 's_server', '-accept',
        $port, '-key', "$dir/key", '-cert', "$dir/cert", '-www']);
    $purser->wait_for('it listens', sub { $server->log_text =~ /ACCEPT/ });
    my @endpoints = map { $hooks->create(url => $_, events => ['payment.failed']) }
        "https://localhost:$port/", $receiver->base =~ s/^http/https/r;
    $hooks->event('payment.failed', 'pay_tls');
    # on a slow machine the handshake may take too long, too
    $purser->wait_for('the certificate is an error', sub {
        later($endpoints[0]);
        grep { $_->[2] =~ /certificate/i } @{ attempts($endpoints[0]) };
    }, 30);
    pass('a certificate that nobody trusts is an error');
    is((grep { defined $_->[1] } @{ attempts($endpoints[0]) }), 0, 'nothing is sent to it');
    wait_attempts($endpoints[1], 1);
    is(attempts($endpoints[1])->[0][1], undef, 'a receiver without TLS gets nothing');
    deactivate($_) for @endpoints;
    $server->stop;
};

subtest 'webhook: addresses that are not public' => sub {
    # what was stored before a setting or a rule changed
    my $endpoint = endpoint('/ok/private');
    for my $url ('https://10.0.0.1/', 'http://169.254.169.254/', 'https://[::ffff:127.0.0.1]/',
        'https://[64:ff9b::7f00:1]/')
    {
        $purser->dbh->do('update webhooks.endpoint set url = ? where id = ?', undef, $url,
            $endpoint->{id});
        my $before = @{ attempts($endpoint) };
        $hooks->event('payment.failed', "pay_private $before");
        later($endpoint);
        $purser->wait_for('another attempt', sub { @{ attempts($endpoint) } > $before }, 60);
    }
    is_deeply([map { $_->[1] } @{ attempts($endpoint) }], [(undef) x @{ attempts($endpoint) }],
        'none of them answers');
    deactivate($endpoint);
};

subtest 'webhook: the order of an object' => sub {
    my $endpoint = endpoint('/fail1/order');
    my @ids = map { $hooks->event('payment.failed', 'pay_order') } 1 .. 5;
    for my $try (1 .. 60) {
        last if $purser->value('select count(*) from webhooks.delivery where endpoint_id = ? and '
            . "status = 'delivered'", $endpoint->{id}) == 5;
        later($endpoint);
        Time::HiRes::sleep(0.1);
    }
    wait_for($endpoint, delivered => 5);
    is(join(' ', map { $_->{headers}{'webhook-id'} } $receiver->received('/fail1/order')),
        join(' ', map { "$_ $_" } @ids), 'an event is sent when the one before has arrived');
    deactivate($endpoint);
};

subtest 'webhook: a receiver that was down for six days' => sub {
    my $endpoint = endpoint('/status/500/down');
    my @ids = map { $hooks->event('payment.failed', 'pay_down' . $_ % 3) } 1 .. 9;
    $purser->wait_for('some attempts', sub { @{ attempts($endpoint) } >= 2 }, 60);
    $purser->dbh->do(q{update webhooks.endpoint set trusted_at = now() - interval '6 days',
        failing_since = now() - interval '6 days' where id = ?}, undef, $endpoint->{id});
    $purser->wait_for('it is disabled', sub {
        later($endpoint);
        $purser->value('select disabled_reason from webhooks.endpoint where id = ?',
            $endpoint->{id});
    }, 60);
    push @ids, map { $hooks->event('payment.failed', 'pay_down' . $_ % 3) } 10 .. 12;
    $purser->dbh->do('update webhooks.endpoint set url = ? where id = ?', undef,
        $receiver->base . '/ok/down', $endpoint->{id});
    my $since = $purser->value(
        q{select to_char(now() - interval '1 h', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')});
    $hooks->api->POST("$T::Hooks::URI/$endpoint->{id}/recover", { since => $since });
    my %mine = map { $_ => 1 } @ids;
    my @mine;
    $purser->wait_for('all have come', sub {
        @mine = grep { $mine{$_} } map { $_->{headers}{'webhook-id'} }
            $receiver->received('/ok/down');
        return @mine >= @ids;
    }, 60);
    is_deeply([sort @mine], [sort @ids], 'each event comes once');
    for my $object (0 .. 2) {
        my %of = map { ($ids[$_ - 1] => 1) } grep { $_ % 3 == $object } 1 .. 12;
        is_deeply([grep { $of{$_} } @mine], [grep { $of{$_} } @ids],
            "object $object: its events come in their order");
    }
    deactivate($endpoint);
};

unlike($purser->jobs->log_text, qr/whsec_/, 'webhook: no secret is logged');

done_testing;
