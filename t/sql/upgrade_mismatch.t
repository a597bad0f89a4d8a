# Protects: migration 0034 on a database with mismatched payments: what came is read from the text
# that said so, and payments without a mismatch stay as they are.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use T::Postgres;
use T::Proc qw(temp_dir slurp);

my $sql = "$Bin/../../sql";
my $dir = temp_dir('upgrade');
my $postgres = T::Postgres->shared;
my $name = "mismatch_$$";
$postgres->command("create database $name");

sub run {
    my ($file, $text) = @_;
    open my $out, '>', "$dir/$file" or die "$dir/$file: $!";
    print {$out} $text;
    close $out or die "$dir/$file: $!";
    return $postgres->psql_file($name, "$dir/$file");
}

# The migrations before 0034, and payments as the functions of then left them.
my $load = slurp("$sql/load.sql") =~ s{^\\ir }{\\i $sql/}mgr;
my ($before) = $load =~ /\A(.*?)^\\set name 0034_operator_refund$/ms;
run('before.sql', $before);
run('rows.sql', <<'SQL');
set session_replication_role = replica;
insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class, account_size,
    amount_cents, currency, status, paid_at, mismatch)
select 'pay_' || n, 'ten_a', 'usr_a', 'tier', 'crypto', 'crypto', 25000, 19900, 'usd', 'succeeded',
    now(), m
from (values (1, null),
    (2, 'asked 19900 usd; Stripe: amount 19900, received 9900 usd'),
    (3, 'asked 19900 usd; Stripe: amount 18000, received 18000 eur'),
    (4, 'asked 19900 usd; Stripe: amount 19900, received  ')) as p (n, m);
SQL
$postgres->psql_file($name, "$sql/load.sql");

my $dbh = $postgres->dbh($name);
is($dbh->selectrow_array(q{select string_agg(concat_ws(' ', substr(id, 5),
        coalesce(received_cents::text, '-'), coalesce(received_currency, '-')), ', ' order by id)
    from payments.payment}), '1 - -, 2 9900 usd, 3 18000 eur, 4 0 usd',
    'upgrade: what came for a mismatched payment is read from its text');
$dbh->disconnect;
$postgres->drop_database($name);
done_testing;
