# Protects: an event with a valid signature is stored once, whole, before the answer; any other
# request stores nothing.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Events qw(event event_text thin signature delivery deliver);
use T::Proc qw(spew);
use T::Purser;

# Two secrets, as while one of them is being rolled.
my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $second = 'whsec_the_next_one';
my $count = 0;
spew("$purser->{dir}/webhook_secret", "$T::Purser::WEBHOOK_SECRET\n$second\n", 0600);
$purser->webhooks->restart;

sub stored { return $purser->value('select count(*) from stripe_events.event') }

my $event = event('charge.succeeded',
    { id => 'ch_1', object => 'charge', note => "caf\x{e9} \x{1f4b8}" });
my $text = event_text($event);
subtest "Stripe's event: a signed one is stored" => sub {
    my $answer = deliver($purser, $text);
    is_status($answer, 200, 'the event is answered by 200');
    is($answer->{body}, '{"received":true}', 'the body is {"received":true} alone');
    ok($answer->{headers}{'request-id'}, 'the answer has a request id');
    my ($row) = @{ $purser->rows('select * from stripe_events.event') };
    is($row->{id}, $event->{id}, 'the event is stored under its id');
    is($row->{payload}, JSON::PP->new->canonical->encode($event), 'the event is stored as it came');
    is_deeply([@$row{qw(type object_id created_s account api_version livemode state)}],
        ['charge.succeeded', 'ch_1', $event->{created}, undef, '2026-10-28.endive', 0, 'pending'],
        "the event's head is stored in columns");
    is_status(deliver($purser, $text), 200, 'the event, sent again, is answered by 200');
    is(stored(), 1, 'the event, sent again, is stored once');
    is_status($purser->nginx->http->request({ %{ delivery($text) }, uri => '/v1/webhooks/stripe' }),
        200, 'the event is taken by the path /v1/webhooks/stripe');
    is(stored(), 1, 'the event is still stored once');
    is_status(deliver($purser, event('x', { object => 'thing' }), 'Content-Type' => 'text/plain'),
        200, 'an event with any Content-Type is taken');
    is_status(deliver($purser, event('x', {}), 'Authorization' => 'Bearer rubbish',
        'Idempotency-Key' => 'x' x 300), 200,
        'an event with headers of other routes is taken');
    is(stored(), 3, 'two more events are stored');
};

# Every way in which a signature can be wrong or odd, over HTTP; t/unit/signature.c has the rest.
subtest "Stripe's event: signatures" => sub {
    my $now = time;
    my $v1 = sub {
        my ($secret, $t, $body) = @_;
        return hmac_sha256_hex(($t // $now) . '.' . ($body // $_),
            $secret // $T::Purser::WEBHOOK_SECRET);
    };
    my $zero = '0' x 64;
    my @cases = (
        # name, header (of the body in $_), accepted
        ['right', sub { "t=$now,v1=" . $v1->() }, 1],
        ['two v1, the second right', sub { "t=$now,v1=$zero,v1=" . $v1->() }, 1],
        ['two v1, the first right', sub { "t=$now,v1=" . $v1->() . ",v1=$zero" }, 1],
        ['v1 before t', sub { 'v1=' . $v1->() . ",t=$now" }, 1],
        ['the second secret', sub { "t=$now,v1=" . $v1->($second) }, 1],
        ['both secrets', sub { "t=$now,v1=" . $v1->() . ',v1=' . $v1->($second) }, 1],
        ['v0 beside it', sub { "t=$now,v1=" . $v1->() . ",v0=$zero" }, 1],
        ['295 s old', sub { my $t = $now - 295; "t=$t,v1=" . $v1->(undef, $t) }, 1],
        ['295 s ahead', sub { my $t = $now + 295; "t=$t,v1=" . $v1->(undef, $t) }, 1],
        ['301 s old', sub { my $t = $now - 301; "t=$t,v1=" . $v1->(undef, $t) }, 0],
        ['330 s ahead', sub { my $t = $now + 330; "t=$t,v1=" . $v1->(undef, $t) }, 0],
        ['another time than signed', sub { 't=' . ($now - 1) . ',v1=' . $v1->() }, 0],
        ['v0 only', sub { "t=$now,v0=" . $v1->() }, 0],
        ['a space behind the comma', sub { "t=$now, v1=" . $v1->() }, 0],
        ['no t', sub { 'v1=' . $v1->() }, 0],
        ['no v1', sub { "t=$now" }, 0],
        ['an empty header', sub { '' }, 0],
        ['no header', sub { undef }, 0],
        ['cut by one', sub { "t=$now,v1=" . substr $v1->(), 0, 63 }, 0],
        ['one too many', sub { "t=$now,v1=" . $v1->() . '0' }, 0],
        ['in capitals', sub { "t=$now,v1=" . uc $v1->() }, 0],
        ['of another secret', sub { "t=$now,v1=" . $v1->('whsec_other') }, 0],
        ['of an empty secret', sub { "t=$now,v1=" . $v1->('') }, 0],
        ['of the secret without its prefix',
            sub { "t=$now,v1=" . $v1->($T::Purser::WEBHOOK_SECRET =~ s/^whsec_//r) }, 0],
        ['of the body and a space', sub { "t=$now,v1=" . $v1->(undef, undef, "$_ ") }, 0],
        ['of an empty body', sub { "t=$now,v1=" . $v1->(undef, undef, '') }, 0],
        ['two t', sub { "t=$now,t=$now,v1=" . $v1->() }, 0],
        ['two t, one of them wrong', sub { "t=1,t=$now,v1=" . $v1->() }, 0],
        ['a t that is no number', sub { 't=now,v1=' . $v1->(undef, 'now') }, 0],
        ['a t with a sign', sub { "t=+$now,v1=" . $v1->(undef, "+$now") }, 0],
        ['a t with a zero in front', sub { "t=0$now,v1=" . $v1->(undef, "0$now") }, 0],
        ['a huge t', sub { my $t = '9' x 40; "t=$t,v1=" . $v1->(undef, $t) }, 0],
        ['a comma at the end', sub { "t=$now,v1=" . $v1->() . ',' }, 0],
        ['4097 bytes', sub { "t=$now,v1=" . $v1->() . ',v0=' . 'x' x 4100 }, 0],
    );
    for (@cases) {
        my ($name, $header, $good) = @$_;
        my $before = stored();
        my $body = event_text(event('charge.succeeded', { id => 'ch_2', object => 'charge' }));
        my $value = do { local $_ = $body; $header->() };
        my $answer = deliver($purser, $body, 'Stripe-Signature' => $value);
        if ($good) { is_status($answer, 200, "$name: taken") }
        else { is_problem($answer, 400, 'V2_SIGNATURE_INVALID', "$name: refused") }
        is(stored() - $before, $good, $good ? "$name: the event is stored"
            : "$name: nothing is stored");
    }
    my $signed = delivery(event('x', {}));
    my $changed = $signed->{body} =~ s/"livemode":false/"livemode":true /r;
    is_problem($purser->nginx->http->request({ %$signed, body => $changed }), 400,
        'V2_SIGNATURE_INVALID', 'a changed body is refused');
};

subtest "Stripe's event: sizes" => sub {
    my $padded = sub {
        my $body = event_text(event('x', {}));
        return $body . ' ' x ($_[0] - length $body);
    };
    my $before = stored();
    is_status(deliver($purser, $padded->(262_144)), 200, 'a body of 256 KiB is taken');
    is_problem(deliver($purser, $padded->(262_145)), 413, 'V2_PAYLOAD_TOO_LARGE',
        'a body of 256 KiB and a byte is refused by nginx');
    is_problem($purser->webhooks->request(delivery($padded->(262_145))), 413,
        'V2_PAYLOAD_TOO_LARGE', 'a body of 256 KiB and a byte is refused by the program');
    is(stored() - $before, 1, 'one event of the three is stored');
};

subtest "Stripe's event: verified messages that are no events are taken and counted" => sub {
    my $before = stored();
    my %event = %{ event('x', { id => 'ch_1' }) };
    my @without = map {
        my $name = $_;
        +{ map { $_ => $event{$_} } grep { $_ ne $name } keys %event }
    }
        qw(id object type created livemode data);
    my $with = sub { my ($name, @values) = @_; return map { +{ %event, $name => $_ } } @values };
    my @wrong = (@without, $with->(id => '', 'evt', 1, undef, "evt_'; drop table",
        'evt_' . 'x' x 300, "evt_\x{e9}"),
        $with->(type => '', 7, undef, 'x' x 129, 'a b'),
        $with->(created => '1', -1, 1.5, 1e12, undef),
        $with->(livemode => 'false', 0, undef),
        $with->(data => {}, [], 'x', { object => [] }, { object => undef }),
        $with->(object => 'charge'), $with->(account => 'no account'), {});
    my %thin = %{ thin('v1.charge.updated', 'charge', 'ch_1') };
    push @wrong, map { +{ %thin, %$_ } } { created => 1.7e9 },
        { created => '2026-02-30T00:00:00Z' },
        { created => '2026-02-03T00:00:00+00:00' }, { created => '2026-02-03' },
        { livemode => undef }, { context => 'no account' };
    my @texts = map { event_text($_) } @wrong;
    for my $body (@texts) {
        my $answer = deliver($purser, $body);
        is_status($answer, 200, 'no event: ' . ($body =~ s/[^ -~]/?/gr =~ s/^(.{100}).*/$1/r));
    }
    is(stored(), $before, 'messages that are no events are not stored');
    is_deeply($purser->rows('select reason, type, count from admin.passed_events'),
        [{ reason => 'malformed', type => '', count => scalar @texts }],
        'messages that are no events are counted');
    is(scalar(() = $purser->webhooks->log_text =~ /verified message that is no event/g),
        scalar @texts, 'each message that is no event has a line in the log');
    is_problem(deliver($purser, $_), 400, 'V2_INVALID_JSON', 'no JSON object: ' . s/[^ -~]/?/gr)
        for '', 'ping', '{"id":', "{\"a\":\"\xff\"}", '[]', '"x"', '1', 'null';
    is_problem(deliver($purser, 'ping', 'Stripe-Signature' => 't=1,v1=' . '0' x 64), 400,
        'V2_SIGNATURE_INVALID', 'a message that is no event needs its signature, too');
};

subtest "Stripe's event: thin events are stored" => sub {
    my %thin = %{ thin('v1.payment_intent.succeeded', 'payment_intent', 'pi_1') };
    my @cases = (
        [{}, 'payment_intent.succeeded', undef, 'pi_1'],
        [{ type => 'v2.core.event_destination.ping', related_object => undef },
            'v2.core.event_destination.ping', undef, undef],
        [{ type => 'v1.payout.paid', context => 'acct_1' }, 'payout.paid', 'acct_1', 'pi_1'],
        [{ type => 'v1.payout.paid', context => 'org_1/acct_2' }, 'payout.paid', 'acct_2', 'pi_1'],
        [{ type => 'v2.core.account[requirements].updated',
            related_object => { id => 'acct_3', type => 'v2.core.account',
                url => '/v2/core/accounts/acct_3' } }, 'account.updated', 'acct_3', 'acct_3'],
        [{ type => 'v2.core.account_person.updated',
            related_object => { id => 'person_1', type => 'v2.core.account_person',
                url => '/v2/core/accounts/acct_4/persons/person_1' } }, 'account.updated',
            'acct_4', 'person_1'],
        [{ type => 'v2.core.account_link.returned', related_object => undef,
            data => { account_id => 'acct_5' } }, 'account.updated', 'acct_5', undef],
        [{ type => 'v2.core.accounting.updated' }, 'v2.core.accounting.updated', undef, 'pi_1'],
    );
    for (@cases) {
        my ($changes, @expected) = @$_;
        my $event = { %thin, id => "$thin{id}_" . ++$count, %$changes };
        is_status(deliver($purser, $event), 200, "$event->{type}: a thin event is taken");
        my ($row) = @{ $purser->rows('select type, account, object_id, created_s, livemode'
            . ' from stripe_events.event where id = ?', $event->{id}) };
        is_deeply([@$row{qw(type account object_id created_s livemode)}],
            [@expected, 1726553812, 0], "$event->{type}: a thin event is stored with its head");
    }
};

subtest "Stripe's event: without a secret nothing is believed" => sub {
    $purser->webhooks->stop;
    $purser->start_program('purser-webhooks', conf => { stripe_webhook_secret_file => '' });
    is_problem(deliver($purser, event('x', {})), 503, 'V2_STRIPE_NOT_CONFIGURED',
        'an event is refused without a configured secret');
    is_problem(deliver($purser, event('x', {}), 'Stripe-Signature' => signature('', '')), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'an event signed by an empty secret is refused');
};

done_testing;
