# Protects: a changed journal account keeps its payouts, also when it moves to another firm.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/accounts';
my $account = account($api, firm_name => 'Apex');
my $neighbour = account($api, firm_name => 'Apex', account_number => 'taken');
my $ftmo = account($api, firm_name => 'FTMO');

sub put {
    my ($id, %body) = @_;
    return $api->PUT("$uri/$id", body_text(%body));
}

my $data = data_of(put($account->{id}, net_pnl => \'-100.25'));
is_deeply({ %$data, updated_at => 0 },
    { %$account, net_pnl => '-100.25', balance => '49899.75', updated_at => 0 },
    'journal account: net_pnl moves the balance and nothing else');
is(data_of(put($account->{id}, net_pnl => \'0'))->{net_pnl}, '0.00',
    'journal account: net_pnl goes back to zero');
is(data_of(put($account->{id}, account_size => \'75000'))->{balance}, '75000.00',
    'journal account: account_size moves the balance');
is(data_of(put($account->{id}, account_number => 'NEW-1'))->{account_number}, 'NEW-1',
    'journal account: account_number changes');
is(data_of(put($account->{id}, account_type => 'evaluation'))->{account_type}, 'evaluation',
    'journal account: account_type changes');
is(data_of(put($account->{id}, status => 'breached'))->{status}, 'breached',
    'journal account: status changes');
is(data_of(put($account->{id}))->{status}, 'breached',
    'journal account: an empty change changes nothing');
is_problem(put($account->{id}, account_number => 'taken'), 409, 'conflict',
    'journal account: a number that is taken is a conflict', 'journal');
is_status(put($account->{id}, account_number => 'NEW-1'), 200,
    'journal account: its own number is no conflict');
for ([account_number => ''], [firm_name => ''], [account_type => 'x'], [account_size => \'-1'],
    [net_pnl => \'1.001'], [status => ''], map { [$_ => \'null'] } qw(account_number firm_name
        account_type account_size net_pnl status)) {
    my ($field, $value) = @$_;
    my $answer = put($account->{id}, $field => $value);
    is_problem($answer, 400, 'validation_error', "journal account: a bad $field is refused",
        'journal');
    is(json_of($answer)->{errors}[0]{field}, $field, "journal account: the refusal names $field");
}

# 100 payouts each, so that the sums have several nodes.
for my $i (1 .. 100) {
    my $date = sprintf '2024-%02d-%02d', 1 + $i % 12, 1 + $i % 28;
    payout($api, $_, date => $date, total_amount => \$i) for $account, $neighbour, $ftmo;
}
my $moved = data_of(put($account->{id}, firm_name => 'ftmo'));
is($moved->{firm_id}, $ftmo->{firm_id}, 'journal account: it moves to another firm');
is($moved->{total_gross_payouts}, '5050.00', 'journal account: its payouts move with it');
is(tree_errors($purser), 0, 'journal account: all sums are right after the move');
my ($last) = payouts_of($api, 'limit=1&include_cumulative=true&firm=FTMO');
is($last->[0]{cumulative_total_amount_by_firm}, '10100.00',
    'journal account: the new firm has the payouts of both accounts');
($last) = payouts_of($api, 'limit=1&include_cumulative=true&firm=Apex');
is($last->[0]{cumulative_total_amount_by_firm}, '5050.00',
    "journal account: the old firm keeps the other account's payouts");
is((payouts_of($api, "firm=Apex&account_id=$account->{id}"))[1]{total}, 0,
    'journal account: the old firm does not list the moved account');
is(data_of(put($account->{id}, firm_name => 'Brand New'))->{firm_name}, 'Brand New',
    'journal account: it moves to a firm that is new');
is(tree_errors($purser), 0, 'journal account: all sums are right after all moves');

my $theirs = account($other);
my @wrong = map { put($_, status => 'x') } random_uuid(), $theirs->{id}, 'x';
is_problem($wrong[0], 404, 'not_found', 'journal account: a change of a random id finds nothing',
    'journal');
ok(same_404(@wrong), "journal account: a change of another user's is the same 404");

done_testing;
