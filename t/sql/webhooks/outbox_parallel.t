# Many sessions at once: the events of one object have the order of their commits, and every event
# is delivered, however late its transaction commits.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value rows);
use T::Proc qw(wait_until);
use Test::More;

my $main = session();
$main->do(q{create function t.add(p_object text, p_dedupe text) returns void language sql as }
    . q{$$ select webhooks.outbox_add('prop', 'payment.failed', p_object, p_dedupe, '{}') $$});
$main->begin_work;
$main->do(q{select auth.assume('ten_a', 'usr_alice')});
$main->do(q{select webhooks.endpoint_create('prop', 'https://acme.test/', '["*"]', null)});
$main->commit;

# A transaction that began first commits after the others were fanned out.
my ($late, $early) = (session(), session());
$late->begin_work;
$late->do(q{select t.add('pay_late', 'late')});
$early->do(q{select t.add('pay_early', 'early')});
is(value($main, 'select webhooks.outbox_fan_out(100)'), 1, 'fan_out: it sees what is committed');
$late->commit;
is(value($main, 'select webhooks.outbox_fan_out(100)'), 1,
    'fan_out: an event that was committed late is seen, though later ones were before');

# One at a time, so that the deliveries of an object are committed in its order.
$early->do(q{select t.add('pay_early', 'second')});
$late->begin_work;
is(value($late, 'select webhooks.outbox_fan_out(100)'), 1, 'fan_out: one session takes the event');
$early->do(q{select t.add('pay_early', 'third')});
is(value($main, 'select webhooks.outbox_fan_out(100)'), 0,
    'fan_out: another session takes nothing meanwhile, and does not wait');
$late->commit;
is(value($main, 'select webhooks.outbox_fan_out(100)'), 1, 'fan_out: afterwards it does');

# Twelve sessions add events of three objects, each in transactions that last a little; two fan out.
my @results = parallel(14, sub {
    my ($dbh, $number) = @_;
    if ($number > 12) {
        my $seen = 0;
        wait_until(60, 'all events are seen', sub {
            $seen += value($dbh, 'select webhooks.outbox_fan_out(3)');
            return value($dbh, q{select count(*) = 120 from webhooks.outbox
                where object_id like 'pay\_many%' and not pending});
        });
        return [$seen];
    }
    my @added;
    for my $turn (1 .. 10) {
        $dbh->begin_work;
        my $object = 'pay_many' . ($number + $turn) % 3;
        $dbh->do(q{select t.add(?, ?)}, undef, $object, "$number $turn");
        $dbh->do('select pg_sleep(random() * 0.005)');
        $dbh->commit;
        push @added, 1;
    }
    return [scalar @added];
});
is(value($main, q{select count(*) from webhooks.outbox where object_id like 'pay\_many%'}), 120,
    'events at once: none is lost');
is(value($main, q{select string_agg(concat_ws(' ', object_id, count, max), ', '
        order by object_id)
    from (select object_id, count(*), max(number) from webhooks.outbox
        where object_id like 'pay\_many%' group by 1) as o}),
    'pay_many0 40 40, pay_many1 40 40, pay_many2 40 40',
    'events at once: those of an object are numbered without a gap');
is(value($main, q{select count(*) from webhooks.outbox o
    join webhooks.outbox b on b.object_id = o.object_id and b.number = o.number - 1
    where o.happened_at <= b.happened_at}), 0, 'events at once: the time rises with the number');
is(value($main, q{select count(*) from webhooks.delivery where object_id like 'pay\_many%'}), 120,
    'events at once: each has its delivery');
# xmin of a row is the transaction that wrote it; deliveries are written once
is(value($main, q{select count(*) from webhooks.delivery d
    join webhooks.delivery b on b.object_id = d.object_id and b.number = d.number - 1
    where d.xmin::text::bigint < b.xmin::text::bigint}), 0,
    'events at once: the delivery of the earlier event of an object is not made later');

done_testing;
