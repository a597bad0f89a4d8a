# What was posted as of a time never changes: who asks waits for transactions that have posted and
# not ended, and for no others.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session value rows);
use Test::More;

my ($main, $writer, $other, $reader) = map { session() } 1 .. 4;
my $post = q{select ledger.post('k', ?, array[ledger.leg('fees:stripe', 'usd', 5),
    ledger.leg('fx:stripe', 'usd', -5)], now())};
sub act { value($_[0], q{select set_config('purser.tenant', 'ten_a', false)}) }
act($_) for $writer, $other, $reader;

$writer->begin_work;
value($writer, $post, 's1');
my $at = value($main, 'select clock_timestamp()');
$other->begin_work;
value($other, 'select count(*) from ledger.code');
my $asked = fork // die "fork: $!";
if (!$asked) {
    $_->{InactiveDestroy} = 1 for $main, $writer, $other, $reader;
    my $child = session();
    act($child);
    my $balance = value($child, q{select ledger.balance_at('fees:stripe', 'usd', ?)}, $at);
    exit($balance == 5 ? 0 : 1);
}
sleep 1;
$writer->commit;
waitpid $asked, 0;
is($?, 0, 'as of: the balance waits for a transaction that posted before the time');
is(value($reader, q{select ledger.balance_at('fees:stripe', 'usd', ?)}, $at), 5,
    'as of: a transaction that posts nothing keeps nobody waiting');
value($other, $post, 's2');
my $again = session();
act($again);
$other->commit;
is(value($again, q{select ledger.balance_at('fees:stripe', 'usd', ?)}, $at), 5,
    'as of: what is posted later does not change the balance of the time');
is(value($again, q{select ledger.balance_at('fees:stripe', 'usd', clock_timestamp())}), 10,
    'as of: now it counts');
done_testing;
