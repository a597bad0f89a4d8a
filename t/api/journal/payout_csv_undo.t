# Protects: an import is taken back as a whole, with the old values of what it changed, or not at
# all.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts';
my $account = account($api, account_number => 'ACC-1', firm_name => 'Apex');
my $second = account($api, account_number => 'ACC-2', firm_name => 'FTMO');

sub import_csv {
    my ($text) = @_;
    return data_of($api->POST("$uri/import", $text, 'Content-Type' => 'text/csv'));
}

sub undo { return $api->DELETE("$uri/imports/$_[0]") }

sub export { return $api->GET("$uri/export.csv")->{body} }

my @old = map { payout($api, $account, reference => "old $_", date => "2024-01-0$_") } 1 .. 3;
my $columns = 'id,date,account_number,total_amount,profit_split,status,reference';
my $file = "$columns\n$old[0]{id},2025-05-05,ACC-2,1,1.5,failed,\n"
    . "$old[1]{id},2024-01-02,ACC-1,5000,80,completed,old 2\n"
    . join '', map { ",2024-02-01,ACC-2,$_,50,pending,new\n" } 1 .. 70;

subtest 'undo: an import is taken back' => sub {
    my $before = export();
    my @accounts = map { $api->GET("/api/v1/accounts/$_->{id}")->{body} } $account, $second;
    sleep 1;    # times are whole seconds
    my $data = import_csv($file);
    is("$data->{imported} $data->{updated} $data->{unchanged}", '70 1 1', 'the file is imported');
    isnt(export(), $before, 'the export has other payouts');
    my $answer = undo($data->{import_id});
    is_status($answer, 200, 'the import is taken back');
    is_deeply(data_of($answer), { import_id => $data->{import_id}, deleted => JSON::PP::true,
        payouts_deleted => 70, payouts_restored => 1, account_totals_updated => JSON::PP::true },
        'the answer counts the payouts');
    is(export(), $before, 'the export is what it was, byte for byte');
    is_deeply([map { $api->GET("/api/v1/accounts/$_->{id}")->{body} } $account, $second],
        \@accounts, 'the accounts have their totals again');
    is(tree_errors($purser), 0, 'all sums are right');
    is_problem(undo($data->{import_id}), 404, 'not_found', 'a second time finds nothing',
        'journal');
};

subtest 'undo: imports over imports' => sub {
    my $before = export();
    my $first = import_csv($file);
    my $between = export();
    my $again = import_csv($between =~ s/,completed,old 3/,failed,old 3 later/r
        =~ s/,pending,new/,completed,newer/gr);
    is("$again->{imported} $again->{updated} $again->{unchanged}", '0 71 2',
        'the export with changes is imported');
    my $refused = undo($first->{import_id});
    is_problem($refused, 409, 'conflict', 'the first is not taken back before the second',
        'journal');
    like(json_of($refused)->{error}, qr/^70 of the payouts/, 'the refusal counts what changed');
    is_status(undo($again->{import_id}), 200, 'the second is taken back');
    is(export(), $between, 'the export is as after the first');
    is_status(undo($first->{import_id}), 200, 'the first is taken back after it');
    is(export(), $before, 'the export is as before both');
    my $nothing = import_csv($before);
    is_deeply(data_of(undo($nothing->{import_id})), { import_id => $nothing->{import_id},
        deleted => JSON::PP::true, payouts_deleted => 0, payouts_restored => 0,
        account_totals_updated => JSON::PP::true }, 'an import that changed nothing is taken back');
};

subtest 'undo: what was changed since' => sub {
    my $one = "$columns\n,2024-03-01,ACC-1,1,50,pending,\n";
    for (['a payout that was changed', sub { $api->PUT("$uri/$_[0]", '{"status":"failed"}') }],
        ['a payout that was changed to what it was',
            sub { $api->PUT("$uri/$_[0]", qq({"status":"$_"})) for 'failed', 'pending';
                return $api->GET("$uri/$_[0]") }],
        ['a payout that was deleted', sub { $api->DELETE("$uri/$_[0]") }])
    {
        my ($name, $change) = @$_;
        my $data = import_csv($one);
        is_status($change->($data->{ids}[0]), 200, "$name: done");
        my $before = export();
        is_problem(undo($data->{import_id}), 409, 'conflict', "$name: the import stays", 'journal');
        is(export(), $before, "$name: nothing is changed");
    }
    my $same = import_csv($one);
    is_status($api->PUT("$uri/$same->{ids}[0]", $_), 200, "the change $_ is answered")
        for '{}', '{"status":"pending","total_amount":1.00,"reference":""}';
    is_status(undo($same->{import_id}), 200, 'a change that changes nothing is none');
    my $gone = account($api, account_number => 'GONE');
    my $payout = payout($api, $gone);
    my $data = import_csv("$columns\n$payout->{id},2024-01-15,ACC-1,5000,80,completed,\n");
    is_status($api->DELETE("/api/v1/accounts/$gone->{id}"), 200, 'an emptied account is deleted');
    is_problem(undo($data->{import_id}), 409, 'conflict',
        'an import is not taken back into an account that is gone', 'journal');
    my $renamed = import_csv($one);
    is_status($api->PUT("/api/v1/accounts/$account->{id}", '{"firm_name":"Another"}'), 200,
        'the account moves to another firm');
    is_status(undo($renamed->{import_id}), 200, 'a change of the account is none of the payout');
    is(tree_errors($purser), 0, 'all sums are right');
};

subtest 'undo: whose import it is' => sub {
    my $data = import_csv("$columns\n,2024-03-01,ACC-1,1,50,pending,\n");
    my @wrong = map { undo($_) } random_uuid(), 'x', '', uc random_uuid();
    is_problem($wrong[0], 404, 'not_found', 'a random import is not found', 'journal');
    like(json_of($wrong[0])->{error}, qr/older than 90 days/,
        'the message says how long imports are kept');
    is_problem($wrong[1], 404, 'not_found', 'what is no id is not found', 'journal');
    ok(same_404(@wrong[0, 3], $other->DELETE("$uri/imports/$data->{import_id}")),
        "another user's import is the same 404");
    is_problem($api->with(token => undef)->DELETE("$uri/imports/$data->{import_id}"), 401,
        'unauthorized', 'a request without a key is refused', 'journal');
    is_problem($api->POST("$uri/imports/$data->{import_id}", {}), 405, 'method_not_allowed',
        'POST is not allowed', 'journal');
    is_status(undo(uc $data->{import_id}), 200, 'an id in capitals is the same');
};

is(tree_errors($purser), 0, 'undo: all sums are right in the end');
done_testing;
