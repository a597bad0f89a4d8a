# Protects: --check-conf names each mistake with its setting and what to do, and shows no secret.
use strict;
use warnings;

use T::Proc qw(build_dir free_port spew temp_dir);
use T::Purser;
use Test::More;

my $purser = T::Purser->start(programs => []);
my $dir = temp_dir('conf');

# (exit status, what it prints); a setting of undef is left out.
sub check {
    my ($name, %changes) = @_;
    my %conf = (%{ $purser->{conf} }, socket_dir => $dir, jobs_socket => "$dir/jobs.sock",
        database => $purser->postgres->conninfo($purser->{database}, T::Purser::login_of($name)),
        %changes);
    my $file = spew("$dir/purser.conf",
        join '', map { "$_ = $conf{$_}\n" } grep { defined $conf{$_} } sort keys %conf);
    my $said = qx(@{[build_dir()]}/$name --check-conf --conf $file 2>&1);
    return ($? >> 8, $said);
}

sub is_good {
    my ($what, $name, %changes) = @_;
    my ($status, $said) = check($name, %changes);
    is($status, 0, "$what: $name has nothing to say") or diag($said);
    return;
}

sub is_mistake {
    my ($what, $mistake, $name, %changes) = @_;
    my ($status, $said) = check($name, %changes);
    is($status, 1, "$what: $name refuses the configuration");
    like($said, $mistake, "$what: $name says what to do");
    unlike($said, qr/t0psecret/, "$what: $name shows no secret");
    return;
}

is_good('a good configuration', $_) for T::Purser->programs;

$purser->dbh->do(
    'revoke execute on function payments.free_create(text, text, bigint) from purser_payments');
is_mistake('a role that lacks a right',
    qr/database: the role t_payments may not use 1 .* such as payments.free_create: grant it the/,
    'purser-payments');
$purser->dbh->do(
    'grant execute on function payments.free_create(text, text, bigint) to purser_payments');
is_mistake("another program's role", qr/permission denied for schema payments.*check `database`/s,
    'purser-payments',
    database => $purser->postgres->conninfo($purser->{database}, 't_webhooks'));

# What the operator wrote in `database` counts, but for what programs rely on.
my $database = $purser->postgres->conninfo($purser->{database}, 't_payments');
sub settings_of {
    my ($options) = @_;
    my ($status, $said) = check('purser-payments', database => "$database $options");
    is($status, 0, "$options: is taken") or diag($said);
    my ($text) = $said =~ /level=info .*msg="notice of the database" text="settings: ([^"]*)"/;
    return $text;
}
$purser->dbh->do(<<'END');
alter function core.program_check(text[]) rename to program_check_before;
create function core.program_check(p_statements text[]) returns setof text language plpgsql as $$
begin
    raise notice 'settings: %', (
        select string_agg(name || ' ' || current_setting(name), ', ' order by number)
        from unnest(array['application_name', 'client_encoding', 'enable_seqscan', 'jit',
            'statement_timeout', 'TimeZone', 'work_mem']) with ordinality as s (name, number));
end $$;
grant execute on function core.program_check(text[]) to public
END
is(settings_of(''), 'application_name purser-payments, client_encoding UTF8, enable_seqscan off, '
    . 'jit off, statement_timeout 5s, TimeZone UTC, work_mem 4MB', 'settings of a connection');
is(settings_of(q{options='-c work_mem=123kB -c statement_timeout=0 -c timezone=Asia/Tokyo}
    . q{ -c jit=on'} . ' application_name=mine client_encoding=latin1 connect_timeout=7'
    . ' keepalives_idle=9 target_session_attrs=read-write'),
    'application_name mine, client_encoding UTF8, enable_seqscan off, jit on, '
    . 'statement_timeout 5s, TimeZone UTC, work_mem 123kB',
    "the operator's settings count, but for the timeout, the time zone and the encoding");
$purser->dbh->do(<<'END');
drop function core.program_check(text[]);
alter function core.program_check_before(text[]) rename to program_check
END

# The server says this while the connection is made.
$purser->dbh->do(q{update pg_database set datcollversion = '0' where datname = current_database()});
my (undef, $warned) = check('purser-payments', database => $database);
like($warned, qr/\Ats=\S+ level=warn .*msg="notice of the database" text=".*collation version/,
    'a warning at the connection is a line of our log');
$purser->dbh->do('update pg_database set datcollversion = null where datname = current_database()');

is_mistake('a password in a file that others may read', qr/has a password, .*chmod o-rwx/,
    'purser-connect', database => "$database password=t0psecret");
chmod 0640, "$dir/purser.conf" or die "purser.conf: $!";
is_mistake('a password that is not quoted', qr/database is not understood/, 'purser-jobs',
    database => 'host=/nowhere password=a t0psecret');
is_mistake('a server that is not there', qr/cannot use the database: .*nowhere/, 'purser-jobs',
    database => 'host=/nowhere password=t0psecret');
is_good('a password in a file of its own', 'purser-payments',
    database => "$database password=t0psecret");
chmod 0644, "$dir/purser.conf" or die "purser.conf: $!";

sub set_encoding {
    return $purser->dbh->do('update pg_database set encoding = pg_char_to_encoding(?)
        where datname = current_database()', undef, $_[0]);
}

# A database that was made with this encoding says so to each new connection.
for my $encoding (qw(SQL_ASCII LATIN1)) {
    set_encoding($encoding);
    is_mistake("a database of the encoding $encoding",
        qr/database: the encoding of the database is $encoding: make the database anew with/, $_)
        for T::Purser->programs;
    set_encoding('UTF8');
}
is_good('the encoding UTF8', 'purser-payments');

# A key that is not used stops no program: the others' requests go on.
sub is_note {
    my ($what, $note, %changes) = @_;
    my ($status, $said) = check('purser-payments', %changes);
    is($status, 0, "$what: the program may start");
    like($said, $note, "$what: the note says why");
    unlike($said, qr/t0psecret/, "$what: the note shows no secret");
    return;
}

# Nobody has used a key yet: any is taken, and --check-conf fixes nothing.
my $foreign = spew("$dir/foreign", "$T::Purser::THIRD_SECRET_KEY\n", 0600);
is_good('a first key', 'purser-payments', stripe_secret_key_file => $foreign);
is($purser->value('select count(stripe_id) from core.stripe_account'), 0,
    'a first key: no account is fixed by --check-conf');
$purser->value(q{select core.stripe_key_check('default', 'test', 'acct_1Default', null)});
is_good('the key of the account', 'purser-payments');
is_note('a key of another account',
    qr/^note: the key of the Stripe account default is not used: it is a key of acct_1Third/m,
    stripe_secret_key_file => $foreign);
is_note('a key that Stripe does not know', qr/^note: .* not used: Stripe does not accept it .401/m,
    stripe_secret_key_file => spew("$dir/unknown", "sk_test_unknown\n", 0600));
$purser->double->faults({ match => 'GET /v1/account', do => 'rights', times => -1 });
is_note('a key without the permission', qr/^note: .*permission connected_account_read/m);
$purser->double->no_faults;
is_note('no Stripe', qr/^note: .* not used: Stripe did not say whose it is: .* asked again/m,
    stripe_api_base => 'http://127.0.0.1:' . free_port());

my $pk = spew("$dir/pk", "pk_live_t0psecret\n", 0600);
is_mistake('a publishable key', qr/stripe_secret_key_file: .*publishable key/, 'purser-payments',
    stripe_secret_key_file => $pk);
is_mistake('a key as webhook secret', qr/stripe_webhook_secret_file: .*whsec_/, 'purser-webhooks',
    stripe_webhook_secret_file => "$purser->{dir}/stripe_key");
is_mistake('no webhook secret', qr/stripe_webhook_secret_file: is not set.*put the/,
    'purser-webhooks', stripe_webhook_secret_file => undef);
is_good('no webhook secret', 'purser-payments', stripe_webhook_secret_file => undef);
is_good('no Stripe', 'purser-webhooks', stripe_webhook_secret_file => undef,
    stripe_secret_key_file => undef);

is_mistake('no directory of sockets', qr/socket_dir: no socket can be made in .*make that/,
    'purser-payments', socket_dir => "$dir/nowhere");
is_mistake('no directory of the socket of purser-jobs', qr/jobs_socket: no socket can be made in/,
    'purser-jobs', jobs_socket => "$dir/nowhere/jobs.sock");

is_mistake('a call longer than it may take to settle',
    qr/provider_timeout_ms: 1800 is not less than provider_settle_ms/, 'purser-jobs',
    provider_timeout_ms => 1800);
is_mistake('a time to settle longer than the lease',
    qr/provider_settle_ms: 300000 is not less than the lease of an account \(120000 ms\)/,
    'purser-jobs', provider_settle_ms => 300_000);

done_testing;
