# Protects: model-based test of the journal: after any mixture of requests its answers are those of
# a small model.
#
# Four clients, each the only one of its user, send random requests; each answer is compared with a
# model kept in arrays.  JOURNAL_SEED repeats a run; JOURNAL_OPERATIONS (6000) is how many in all.
use strict;
use warnings;

use List::Util qw(first sum0);
use T::Proc qw(wait_until);
use Test::More;
use T::Api qw(json_of);
use T::Journal;
use T::Model;

my $operations = $ENV{JOURNAL_OPERATIONS} || 6000;
my $seed = $ENV{JOURNAL_SEED} || 20_240_115;
diag("JOURNAL_SEED=$seed JOURNAL_OPERATIONS=$operations");

# A quarter of the connections may work on files: all four clients at once.
my ($purser) = journal_start(conf => { database_connections => 16 });
my $socket = $purser->payouts->socket;
my @keys = map {
    $purser->mint_journal_key(($purser->user($_ % 2 ? 'acme' : 'other', "model$_\@x.test"))[0])
} 1 .. 4;

my @clients = map {
    my $n = $_;
    T::Proc->start(command => ["client $n"], log => "$purser->{dir}/client$n.log", code => sub {
        my $bad = T::Model->new(socket => $socket, key => $keys[$n],
            seed => $seed + $n)->run($operations / 4);
        print $bad ? "WRONG\n$bad\n" : "RIGHT\n";
    });
} 0 .. 3;
for my $n (0 .. 3) {
    $clients[$n]->wait;
    my ($verdict) = $clients[$n]->log_text =~ /^(RIGHT$|WRONG.*)/ms;
    is($verdict // 'it died: ' . $clients[$n]->log_text, 'RIGHT',
        "journal model: client $n of four, of $operations operations in all, agrees");
}
is(tree_errors($purser), 0, 'journal model: all sums are right');
done_testing;
