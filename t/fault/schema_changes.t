# Protects: the schema and the settings of the database may change under open connections: a request
# gets the right answer or 503, never 500, and no connection stays unusable.  A load of the schema
# that is there costs no request an answer, also beside an operator's open transaction.
#
# PURSER_LOADS=20: so many loads for each program instead of 5.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);
use T::Backends qw(backends);
use T::Crowd;
use T::Events qw(event delivery);
use T::FastCGI qw(fastcgi fastcgi_many);
use T::Proc qw(top_dir temp_dir);
use T::Purser;
use T::Traders qw(traders calls_of socket_of);

my $usable_s = 2;
my $loads = $ENV{PURSER_LOADS} || 5;

# Its own PostgreSQL: a setting of the whole server changes.
my $purser = T::Purser->start(durable => 1, settings => { fsync => 'off' },
    programs => [qw(purser-payments purser-payouts purser-connect purser-webhooks)]);
my @traders = traders($purser);

sub free_account {
    my ($key) = @_;
    return $purser->api->request_of(POST => '/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 },
        'Idempotency-Key' => $key);
}

sub new_event {
    return delivery(event('payment_intent.created', { id => 'pi_1', object => 'payment_intent' }));
}

sub status_of {
    my ($program, $request) = @_;
    return fastcgi($purser->program($program)->socket, $request, 15)->{status};
}

# The definition of a view, to be changed and restored.
sub definition_of {
    my ($view) = @_;
    return $purser->value('select pg_get_viewdef(?::regclass)', $view) =~ s/;\s*$//r;
}

# Counts the other answers until the first 200.
sub is_usable_soon {
    my ($program, $request, $name) = @_;
    my ($start, $status, %seen) = (time, 0);
    while ($status != 200 && time < $start + $usable_s) {
        $status = status_of($program, ref $request eq 'CODE' ? $request->() : $request);
        $seen{$status}++;
        sleep 0.02 if $status != 200;
    }
    is($status, 200, sprintf '%s: answered by 200 after %.1f s', $name, time - $start);
    delete @seen{200, 503};
    is_deeply(\%seen, {}, "$name: meanwhile each answer is 503");
    return;
}

# An operator who has read every view of admin, and left the transaction open.
my $operator = $purser->postgres->dbh($purser->{database});
$operator->begin_work;
$operator->do("select from $_ limit 1") for map { $_->{name} } @{ $purser->rows(<<'END') };
select c.oid::regclass::text as name from pg_class c
where c.relnamespace = 'admin'::regnamespace and c.relkind = 'v'
END
$operator->do('select count(*) from payments.payment_v, payouts.payout_v, connect.account_v');

for my $program (qw(purser-payments purser-payouts purser-connect)) {
    subtest "schema changes: $program: sql/load.sql runs $loads times" => sub {
        my ($loading, $loaded, @failed) = (undef, 0);
        my $count = 0;
        my $load = sub {
            return if $loading && $loading->alive;
            push @failed, $loading->log_text if $loading && $loading->{status} != 0;
            return if $loaded == $loads;
            $loaded++;
            my $log = temp_dir() . "/load$program$loaded";
            $loading = T::Proc->start(log => $log, command => ['psql', '-X', '-q',
                '-v', 'ON_ERROR_STOP=1', '-f', top_dir() . '/sql/load.sql',
                '-d', $purser->postgres->conninfo($purser->{database})]);
        };
        my $crowd = T::Crowd->new(socket => socket_of($purser, $program), callers => 12,
            calls => [calls_of($program, @traders)], tick => $load);
        $crowd->alone;
        $load->();
        my (%wrong, %all);
        while ($loaded < $loads || $loading->alive) {
            my $seen = $crowd->run(500);
            $all{$_} += $seen->{$_} for qw(right later lost);
            $wrong{$_} += $seen->{wrong}{$_} for keys %{ $seen->{wrong} };
        }
        $load->();
        my @wrong = map { "$wrong{$_} times: $_" } sort keys %wrong;
        splice @wrong, 10 if @wrong > 10;
        is(join("\n", @wrong), '', 'no answer is wrong');
        is($all{lost}, 0, 'no answer is missing');
        is("@failed", '', 'load.sql ends without an error');
        is($all{later}, 0, "no answer is 503 meanwhile, and $all{right} are right");
        cmp_ok($all{right}, '>=', 100, 'some answers are right meanwhile');
        $purser->wait_for('a right answer', sub { $crowd->run(1)->{right} }, $usable_s);
        is($crowd->run(500)->{right}, 500, 'all answers are right afterwards');
    };
}

$operator->rollback;
$operator->disconnect;

sub read_only {
    my ($value) = @_;
    $purser->dbh->do("alter system set default_transaction_read_only = $value");
    $purser->dbh->do('select pg_reload_conf()');
    $purser->wait_for("default_transaction_read_only is $value", sub {
        my $dbh = $purser->postgres->dbh($purser->{database});
        my ($now) = $dbh->selectrow_array('show default_transaction_read_only');
        $dbh->disconnect;
        return $now eq $value;
    });
    return;
}

subtest 'schema changes: the server takes no writes for a while' => sub {
    my $key = 'read-only-' . time;
    my @writes = (['purser-payments', free_account($key)], ['purser-webhooks', new_event()]);
    read_only('on');
    for my $write (@writes) {
        my ($program, $request) = @$write;
        my @answers = fastcgi_many($purser->program($program)->socket, [($request) x 10], 15);
        my @seen = map { "$_->{status} " . ($_->{headers}{'retry-after'} // '') } @answers;
        is_deeply(\@seen, [('503 1') x 10],
            "$program: each write is answered by 503 with Retry-After");
    }
    my $list = $traders[0]{api}->request_of(GET => '/v2/payments/prop-accounts');
    is(status_of('purser-payments', $list), 200, 'reads are answered');
    $purser->dbh->do('set default_transaction_read_only = off');    # of this session, for the next
    read_only('off');
    is_usable_soon(@$_, "$_->[0], when it takes writes again") for @writes;
};

# 0A000: a prepared statement whose columns have changed their type.
subtest 'schema changes: a column of a view changes its type' => sub {
    my $request = $traders[0]{api}->request_of(GET => "/v2/payments/$traders[0]{payments}[0]");
    my @answers = fastcgi_many($purser->payments->socket, [($request) x 20], 15);
    is(scalar(grep { $_->{status} == 200 } @answers), 20,
        'all requests are answered before the change');
    my $view = definition_of('payments.payment_v');
    my $changed = $view =~ s/p\.amount_cents,/p.amount_cents::numeric as amount_cents,/r;
    isnt($changed, $view, 'the view has the column whose type is to change');
    for my $definition ($changed, $view) {
        my $dbh = $purser->dbh;
        $dbh->begin_work;
        $dbh->do($_) for 'set local role purser_owner', 'drop view payments.payment_v',
            "create view payments.payment_v as $definition",
            'grant select on payments.payment_v to purser_payments';
        $dbh->commit;
        is_usable_soon('purser-payments', $request, 'a payment');
        @answers = fastcgi_many($purser->payments->socket, [($request) x 20], 15);
        is(scalar(grep { $_->{status} == 200 } @answers), 20,
            'all requests are answered after the change');
    }
};

# 26000: as behind a pooler that gives the connection to another client and cleans it up.
subtest 'schema changes: the server forgets the prepared statements' => sub {
    my $request = $traders[0]{api}->request_of(GET => "/v2/payments/$traders[0]{payments}[0]");
    my $view = definition_of('payments.payment_v');
    $purser->dbh->do($_) for <<'END',
create function public.forget() returns bool language plpgsql volatile as $$
begin execute 'deallocate all'; return true; end $$
END
        "create or replace view payments.payment_v as $view and (select public.forget())";
    status_of('purser-payments', $request) for 1 .. 3;
    $purser->dbh->do("create or replace view payments.payment_v as $view");
    is_usable_soon('purser-payments', $request, 'a payment');
    is_usable_soon('purser-payments', free_account('forgotten-' . time), 'a free account');
    my @answers = fastcgi_many($purser->payments->socket, [($request) x 20], 15);
    is(scalar(grep { $_->{status} == 200 } @answers), 20,
        'all requests are answered after the statements are prepared again');
};

done_testing;
