# Protects: an export has every payout that matches its filters, and no cell of it is run as a
# formula by a spreadsheet.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts/export.csv';
my $header = "id,date,account_id,account_number,firm_name,total_amount,profit_split,"
    . "traders_share,firms_share,status,reference,created_at,updated_at\r\n";

my $answer = $api->GET($uri);
is_status($answer, 200, 'export: answered by 200');
is($answer->{headers}{'content-type'}, 'text/csv; charset=utf-8',
    'export: the Content-Type is text/csv');
is($answer->{headers}{'content-disposition'}, 'attachment; filename="payouts.csv"',
    'export: a browser saves it as a file');
is($answer->{body}, $header, 'export: an empty journal is the first line alone');

my $account = account($api, account_number => 'ACC,1', firm_name => '=FIRM("x")');
my $later = payout($api, $account, date => '2024-02-01', profit_split => \'33.33',
    reference => 'PAYOUT-1');
my $first = payout($api, $account, date => '2024-01-01', total_amount => \'0.5',
    status => 'failed');
sub line {
    my ($p, $reference) = @_;
    return qq($p->{id},$p->{date},$p->{account_id},"ACC,1","'=FIRM(""x"")",$p->{total_amount},)
        . "$p->{profit_split},$p->{traders_share},$p->{firms_share},$p->{status},$reference,"
        . "$p->{created_at},$p->{updated_at}\r\n";
}
is($api->GET($uri)->{body}, $header . line($first, '') . line($later, 'PAYOUT-1'),
    'export: oldest first, quoted where needed');
is($api->GET("$uri?status=failed")->{body}, $header . line($first, ''),
    'export: filtered by status');
is($api->GET("$uri?search=payout-1&start_date=2024-01-15")->{body},
    $header . line($later, 'PAYOUT-1'), 'export: filtered by search and date');
is($api->GET("$uri?firm=nothing")->{body}, $header,
    'export: the first line is left when no payout fits');
is_problem($api->GET("$uri?status=x"), 400, 'validation_error', 'export: a bad filter is refused',
    'journal');
is_problem($api->GET("$uri?start_date=2024-02-01&end_date=2024-01-01"), 400, 'validation_error',
    'export: dates in the wrong order are refused', 'journal');
is_problem($api->with(token => undef)->GET($uri), 401, 'unauthorized',
    'export: a request without a key is refused', 'journal');
is($other->GET($uri)->{body}, $header, 'export: payouts of other users are not in it');

for my $cell ('=1+1', '+1', '-1', '@SUM(A1)', "\tx", "\rx", "\nx", "'quoted",
    '=cmd|\' /C calc\'!A0', "\x{FF1D}1", "\x{FF0B}1", "\x{FF0D}1", "\x{FF20}x") {
    my $p = payout($api, $account, reference => $cell, date => '2025-01-01');
    my $file = $api->GET("$uri?start_date=2025-01-01")->{body};
    my $text = encode_utf8($cell);
    like($file, qr/,"?'\Q$text\E/, "export: a cell is guarded: $text"
        =~ s/([\t\r\n])/sprintf '\\x%02x', ord $1/er);
    $api->DELETE("/api/v1/payouts/$p->{id}");
}

my $semicolon = payout($api, $account, reference => 'a;b', date => '2025-01-01');
like($api->GET("$uri?start_date=2025-01-01")->{body}, qr/,"a;b",/,
    'export: a cell with a semicolon is quoted');
$api->DELETE("/api/v1/payouts/$semicolon->{id}");

# More payouts than one file may have.
$purser->dbh->do(q{
    insert into journal.payout (id, tenant_id, book_id, firm_id, account_id, date, total_cents,
        split_hundredths, status, created_at, updated_at)
    select journal.new_id(now()), a.tenant_id, a.book_id, a.firm_id, a.id,
        date '2020-01-01' + n / 10, 100, 8000, 'completed', date_trunc('second', now()), now()
    from journal.account a, generate_series(1, 20001) as n where a.id = ?}, undef, $account->{id});
is_problem($api->GET($uri), 400, 'validation_error', 'export: more than 20,000 payouts are refused',
    'journal');
like(json_of($api->GET($uri))->{error}, qr/more than 20000 payouts or 8323072 bytes/,
    'export: the limits are named');
is(scalar(() = $api->GET("$uri?end_date=2022-09-26")->{body} =~ /\n/g), 9990 + 10,
    'export: a part of them by date is exported');

done_testing;
