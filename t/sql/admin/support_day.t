# Protects: the ten questions of README are answered by the statements that stand there, for an
# operator who was made by the command that stands there.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session value psql);
use T::Proc qw(top_dir slurp);
use Test::More;

my $main = session();
my $database = value($main, 'select current_database()');
psql($database, '-1', '-o', '/dev/null', '-f', "$Bin/../lib/$_.sql") || die "$_.sql\n"
    for qw(payouts story);
my $id = $main->selectall_hashref('select name, id from t.story', 'name');

# The command of README, for the tree in place of an installation.
my $readme = slurp(top_dir() . '/README');
my $name = "t_support_$$";
my ($command) = $readme =~ /^    runuser -u postgres -- (psql .*operator=alice .*operator\.sql)$/m
    or die "README makes no operator\n";
$command =~ s/-d purser/-d $database/;
$command =~ s/alice/$name/;
$command =~ s{/usr/share/purser}{top_dir()}e;
is(system("$command -X -q"), 0, 'the command of README makes an operator');
my $operator = do { local $ENV{PGUSER} = $name; session() };
value($operator, q{select admin.suspend_account(?, 'asked by the bank', false)},
    $id->{funded}{id});

# What the examples are called here.
my %example = (
    'maria@example.com' => 'carol@acme.test', 'tom@example.com' => 'alice@acme.test',
    pi_3QExample => 'pi_story', prop_0example => $id->{funded}{id},
);
my @questions = $readme =~ /^(\d+)\. ((?:.+\n)+\n(?:\t.*\n)+)/mg;
is(scalar @questions, 20, 'README has ten questions');

# The answer as lines of columns.
sub answer {
    my ($number) = @_;
    my %text = @questions;
    my ($sql) = $text{$number} =~ /\n\n((?:\t.*\n)+)/ or return '';
    $sql =~ s/\Q$_\E/$example{$_}/g for keys %example;
    my $rows = eval { $operator->selectall_arrayref($sql) } || [["refused: $@"]];
    return join "\n", map { join '|', map { ref $_ ? "@$_" : $_ // '' } @$_ } @$rows;
}

sub says {
    my ($number, $question, @patterns) = @_;
    my $answer = answer($number);
    my @missing = grep { $answer !~ $_ } @patterns;
    is("@missing", '', "question $number, $question: the answer is there") or diag($answer);
    return $answer;
}

my ($funded, $payout, $waiting) = map { $id->{$_}{id} } qw(funded payout waiting);
says(1, 'all of a trader', qr/user made\|usr_carol\|carol/, qr/account opened\|$funded/,
    qr/payout paid\|$payout\|tr_story/,
    qr/now: payout pending\|$waiting\|the account is suspended/);
says(2, 'where a payout is', qr/^$waiting\|pending\|8750\|the account is suspended/m,
    qr/^$payout\|paid\|41250\|.*tr_story$/m);
unlike(says(3, 'whose a number is', qr/payment paid\|$id->{payment}{id}\|199.00 usd/,
    qr/^\|acme\|belongs to\|usr_alice\|alice\@acme.test$/m, qr/dispute opened\|dp_story/),
    qr/several have this/,
    'question 3, whose a number is: it is not ambiguous');
says(4, 'where a refund is', qr/^$id->{refund}{id}\|settled\|succeeded\|5000/);
says(5, 'why an account is suspended', qr/^$id->{account}{id}\|suspended\|.*dispute dp_story/m);
says(6, 'which disputes wait', qr/^2 days .*\|dp_story\|fraudulent\|19900\|usd/);
says(7, 'whether a trader can be paid', qr/^$id->{payee}{id}\|active\|1\|STRIPE TEST BANK\|6789/);
says(8, 'what needs a person', qr/exception\|exc_\w+\|payment_mismatch of/, qr/dispute\|dp_story/,
    qr/event\|evt_story\|payment_intent.succeeded: no such user/);
says(9, 'how a sale is booked', qr/challenge_payment\|revenue:challenges\|-199.00\|usd/,
    qr/balance_transaction\|fees:stripe\|6.07\|usd/);
says(10, 'who changed something', qr/\|$name\|suspend_account\|.*\|asked by the bank$/);

$operator->disconnect;
$main->do("drop role $name");
done_testing;
