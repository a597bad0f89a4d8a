# Protects: PostgreSQL crashes under load, and no acknowledged write is lost or made twice.
# Meanwhile clients get 503 with Retry-After, and soon after the restart every request is served.
use strict;
use warnings;

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time sleep);
use T::Api qw(json_of);
use T::Events qw(event delivery);
use T::Proc qw(build_dir temp_dir spew);
use T::Purser;

my $purser = T::Purser->start(durable => 1);
my $api = $purser->api;
my $dir = temp_dir('load');
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

# A client until the file "stop" exists: one request after the other, with a pause of 20 ms.  A
# write is repeated with its key until it is acknowledged; one whose key is held by the crashed
# request comes later again.  Writes a line an answer.
my %client = (
    free => sub {
        my ($key) = @_;
        return $api->POST('/v2/payments/free', \%free, 'Idempotency-Key' => $key);
    },
    checkout => sub {
        my ($key) = @_;
        return $api->POST('/v2/payments/checkout', $purser->checkout_body,
            'Idempotency-Key' => $key);
    },
    event => sub {
        my ($key) = @_;
        return $purser->nginx->http->request(delivery(event('x', { id => 'ch_1' },
            id => "evt_$key")));
    },
    list => sub { return $api->GET('/v2/payments/prop-accounts?limit=5') },
);

sub client {
    my ($kind, $number) = @_;
    my $log = "$dir/$kind-$number";
    return T::Proc->start(log => $log, command => ["client $kind"], code => sub {
        $| = 1;
        my @held;
        for my $n (1 .. 10_000) {
            last if -e "$dir/stop";
            my $key = "$kind-$number-$n" =~ tr/-/_/r;
            push @held, $key if !_insist($kind, $key);
        }
        while (my $key = shift @held) {
            sleep 0.2 if !_insist($kind, $key) && push @held, $key;
        }
    });
}

# True when it was acknowledged.
sub _insist {
    my ($kind, $key) = @_;
    for (1 .. 500) {
        my $start = time;
        my $answer = $client{$kind}->($key);
        my $body = json_of($answer) || {};
        my $id = ref $body eq 'HASH' ? $body->{id} || $body->{payment_id} || '' : '';
        printf "%s\n", JSON::PP->new->canonical->encode({ key => $key, status => $answer->{status},
            id => $id, at => $start,
            seconds => time - $start, retry => $answer->{headers}{'retry-after'},
            code => ref $body eq 'HASH' ? $body->{detail}{code} : undef });
        sleep($answer->{status} == 200 ? 0.02 : 0.05);
        return $answer->{status} == 200 if $answer->{status} =~ /^(?:200|409)$/;
    }
    return;
}

my @clients = map { client(@$_) } map { my $kind = $_; map { [$kind, $_] } 1, 2 } sort keys %client;
# The clients write on meanwhile: a line without its end is not there yet.
sub answers {
    return map { JSON::PP->new->decode($_) } map { T::Proc::slurp($_) =~ /^(.+)\n/mg }
        glob "$dir/*-*";
}
$purser->wait_for('the load runs', sub { (grep { $_->{status} == 200 } answers()) > 100 }, 20);

my $down = time;
$purser->postgres->stop('immediate');
$purser->wait_for('clients see it', sub { (grep { $_->{status} == 503 } answers()) > 10 }, 10);
$purser->postgres->start;
my $up = time;
# Kind of request -> when the first one was answered again, in seconds after PostgreSQL.
sub back {
    my %back;
    for my $answer (grep { $_->{status} == 200 && $_->{at} + $_->{seconds} > $up } answers()) {
        my ($kind) = split /_/, $answer->{key};
        my $after = $answer->{at} + $answer->{seconds} - $up;
        $back{$kind} = $after if !defined $back{$kind} || $after < $back{$kind};
    }
    return %back;
}
$purser->wait_for('all kinds of requests are answered again',
    sub { my %back = back(); keys %back == keys %client }, 15);
my %back = back();
my ($back) = sort { $b <=> $a } values %back;
cmp_ok($back, '<', 2, sprintf 'PostgreSQL crash: all answer %.2f s after it is back', $back);
sleep 0.5;
spew("$dir/stop", '');
$_->wait for @clients;
$purser->reconnect;

my @all = answers();
my @good = grep { $_->{status} == 200 } @all;
my %other;
$other{"$_->{status} " . ($_->{code} // '')}++ for grep { $_->{status} != 200 } @all;
diag(sprintf '%d answers, %d of them 200, down for %.1f s, back after %.2f s', scalar @all,
    scalar @good, $up - $down, $back);
# 409: the crashed request could not release its key, which stays locked until the lease ends.
is(join(', ', grep { !/^503 V2_UNAVAILABLE$|^409 V2_IDEMPOTENCY_IN_PROGRESS$/ } sort keys %other),
    '', 'PostgreSQL crash: meanwhile the answers are 503, or 409 for a key in use');
ok($other{'503 V2_UNAVAILABLE'}, 'PostgreSQL crash: some answers were 503');
is(scalar(grep { $_->{status} =~ /^(?:503|409)$/ && ($_->{retry} // '') ne '1' } @all), 0,
    'PostgreSQL crash: every 503 and 409 has Retry-After');
cmp_ok((sort { $a <=> $b } map { $_->{seconds} } @all)[-1], '<', 8,
    'PostgreSQL crash: the slowest answer comes within 8 s');

subtest 'PostgreSQL crash: every acknowledged write is there' => sub {
    my %is = map { $_->[0] => 1 } @{ $purser->dbh->selectall_arrayref(
        'select id from payments.prop_account '
        . 'union all select id from payments.payment '
        . 'union all select id from stripe_events.event') };
    my %lost;
    for my $answer (@good) {
        my ($kind) = split /_/, $answer->{key};
        next if $kind eq 'list';
        my $id = $kind eq 'event' ? "evt_$answer->{key}" : $answer->{id};
        push @{ $lost{$kind} }, $id if !$is{$id};
    }
    is_deeply(\%lost, {}, 'no acknowledged write is lost');
};

subtest 'PostgreSQL crash: nothing is made twice' => sub {
    my %keys;
    $keys{ (split /_/, $_->{key})[0] }{ $_->{key} } = 1 for @good;
    my %table = (free => 'payments.prop_account', checkout => 'payments.payment');
    for my $kind (sort keys %table) {
        is($purser->value("select count(*) from $table{$kind}"), scalar keys %{ $keys{$kind} },
            "one $kind is made for each key");
    }
    $purser->wait_for('no checkout is open', sub {
        $purser->value(q(select count(*) = 0 from payments.payment where status = 'creating'));
    }, 15);
    is($purser->double->control(GET => '/_double/state')->{payment_intents},
        scalar keys %{ $keys{checkout} }, 'one PaymentIntent is made for each checkout');
};

subtest 'PostgreSQL crash: the background goes on, too' => sub {
    $purser->wait_for('all accounts are active', sub {
        $purser->value(q(select count(*) = 0 from payments.prop_account where status <> 'active'));
    }, 20);
    is($purser->double->control(GET => '/_double/state')->{subaccounts},
        $purser->value('select count(*) from payments.prop_account'),
        'the accounts have one subaccount each');
    $purser->wait_for('all events are done', sub {
        $purser->value(q(select count(*) = 0 from stripe_events.event where state = 'pending'));
    }, 15);
    is_deeply($purser->rows('select * from admin.ledger_check'), [],
        'every posting has its reason in the end');
};
ok($purser->program($_)->alive, "PostgreSQL crash: $_ survived it")
    for qw(purser-payments purser-webhooks purser-jobs);

# The cluster is a standby that follows no primary: it answers reads, and refuses every write.
subtest 'PostgreSQL as a standby' => sub {
    $purser->program($_)->stop for T::Purser->programs;
    $purser->dbh->disconnect;
    $purser->postgres->stop;
    spew("$purser->{postgres}{data}/standby.signal", '');
    $purser->postgres->start;
    for my $name (T::Purser->programs) {
        my $conf = $purser->program($name)->{conf_file};
        my $said = qx(@{[build_dir()]}/$name --check-conf --conf $conf 2>&1);
        is($? >> 8, 1, "$name --check-conf refuses a standby");
        like($said, qr/database: the server is a standby, .*: name the primary in `database`/,
            "$name --check-conf says what to do");
    }
};

done_testing;
