# Protects: the answer to an unforeseen error has the shape of the api and no detail of the error;
# nothing is stored under the key, and the log has the error with the request's id.
use strict;
use warnings;

use Test::More;
use T::Api;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my $body = { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 };
my @key = ('Idempotency-Key' => 'unexpected');

$purser->dbh->do('alter function payments.free_create(text, text, bigint) rename to '
    . 'free_create_away');
$purser->dbh->do(<<'END');
create function payments.free_create(text, text, bigint) returns setof payments.prop_account_v
    language plpgsql as $$
begin raise exception 'the secret table is broken' using errcode = 'XX001'; end $$
END
$purser->dbh->do('grant execute on function payments.free_create(text, text, bigint) to '
    . 'purser_payments');
$purser->payments->restart;

my $answer = $purser->api->POST('/v2/payments/free', $body, @key);
is_problem($answer, 500, 'V2_INTERNAL', 'an unforeseen error of the database is answered by 500');
unlike($answer->{body}, qr/secret|table|XX001/,
    "an unforeseen error: the answer has nothing of the database's words");
my $id = $answer->{headers}{'request-id'};
like($purser->payments->log_text, qr/req=\Q$id\E [^\n]*sqlstate=XX001/,
    'an unforeseen error: the log has its SQLSTATE by request id');
is($purser->value('select count(*) from core.idempotency'), 0,
    'an unforeseen error: nothing is stored under the key');

$purser->dbh->do('drop function payments.free_create(text, text, bigint)');
$purser->dbh->do('alter function payments.free_create_away(text, text, bigint) rename to '
    . 'free_create');
$purser->payments->restart;
is_status($purser->api->POST('/v2/payments/free', $body, @key), 200,
    'an unforeseen error: the same key works when it is mended');

# An answer of the database that is not as expected costs its own request only.
my @begin = ('core', 'idempotency_begin', 'text, text, text, text, bytea, text, int');
$purser->dbh->do("alter function $begin[0].$begin[1]($begin[2]) rename to begin_away");
$purser->dbh->do("create function $begin[0].$begin[1]($begin[2]) returns bigint language sql "
    . "as 'select null::bigint'");
$purser->dbh->do("grant execute on function $begin[0].$begin[1]($begin[2]) to purser_payments");
my $starts = sub { scalar(() = $purser->payments->log_text =~ / msg="started"/g) };
my $started = $starts->();
my $accounts = sub { $purser->value('select count(*) from payments.prop_account') };
my $before = $accounts->();
my @answers = $purser->api->parallel((map { ['POST', '/v2/payments/free', $body,
    'Idempotency-Key' => "misfit-$_"] } 1 .. 10), map { ['GET', '/v2/payments/tiers'] } 1 .. 30);
is_problem($answers[$_], 500, 'V2_INTERNAL', 'a missing number: the request is answered by 500')
    for 0 .. 9;
is(scalar(grep { $_->{status} == 200 } @answers[10 .. 39]), 30,
    'a missing number: other requests are answered meanwhile');
is($accounts->(), $before, 'a missing number: the open transaction has no effect');
like($purser->payments->log_text, qr/does not fit[^\n]*text != NULL/,
    'a missing number: the log says what does not fit');
ok($purser->payments->alive && $starts->() == $started,
    'a missing number: the process goes on');
$purser->dbh->do("drop function $begin[0].$begin[1]($begin[2])");
$purser->dbh->do("alter function $begin[0].begin_away($begin[2]) rename to $begin[1]");
is_status($purser->api->POST('/v2/payments/free', $body, 'Idempotency-Key' => "misfit-$_"), 200,
    'a missing number: the same key works when it is mended') for 1 .. 10;
done_testing;
