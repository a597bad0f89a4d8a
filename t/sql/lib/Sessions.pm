package Sessions;

# Many database sessions at once: a database of its own with the two tenants of world.sql, and
# processes that begin together.
#
# It comes from T::Postgres; with PGHOST and PGDATABASE set (a loaded, throw-away database) that one
# is used instead.

use strict;
use warnings;

use DBI;
use Exporter qw(import);
use File::Basename qw(dirname);
use Storable qw(freeze thaw);

our @EXPORT_OK = qw(session parallel rows value attempt psql database_before);

my $dsn;

sub _database {
    my $world = dirname(__FILE__) . '/world.sql';
    if ($ENV{PGHOST} && $ENV{PGDATABASE}) {
        system('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $world) == 0 or die "world.sql\n";
        return 'dbi:Pg:';
    }
    require T::Postgres;
    my $postgres = T::Postgres->shared;
    my $name = $postgres->database;
    $postgres->psql_file($name, $world);
    $ENV{PGHOST} = $postgres->{socket};
    @ENV{qw(PGDATABASE PGUSER)} = ($name, 'postgres');
    return 'dbi:Pg:';
}

sub session {
    $dsn ||= _database();
    my $dbh = DBI->connect($dsn, $ENV{PGUSER}, '',
        { RaiseError => 1, PrintError => 0, AutoCommit => 1 });
    $dbh->do(q{set client_min_messages = warning});
    $dbh->do(q{set lock_timeout = '2min'});    # a test that waits for itself ends
    # as purser-jobs does for an event of acme's Stripe account; who acts for a user sets its own
    $dbh->do(q{set purser.tenant = 'ten_a'});
    return $dbh;
}

# Runs work($dbh, $number) in $count processes that start together; returns what each returned.
sub parallel {
    my ($count, $work) = @_;
    $dsn ||= _database();
    pipe my $gate, my $opener or die "pipe: $!";
    my @children = map { _child($_, $gate, $opener, $work) } 1 .. $count;
    close $gate;
    readline $_->{from} for @children;    # all are connected
    close $opener;
    return map { _result($_) } @children;
}

sub _child {
    my ($number, $gate, $opener, $work) = @_;
    pipe my $from, my $to or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $opener;
        close $from;
        binmode $to;
        my $dbh = session();
        syswrite $to, "ready\n";
        readline $gate;
        my $result = eval { [$work->($dbh, $number)] } || ["died: $@"];
        print {$to} freeze($result);
        close $to;
        $dbh->disconnect;
        require POSIX;
        POSIX::_exit(0);
    }
    close $to;
    binmode $from;
    return { pid => $pid, from => $from };
}

sub _result {
    my ($child) = @_;
    my $frozen = do { local $/; readline $child->{from} };
    waitpid $child->{pid}, 0;
    return $frozen ? thaw($frozen) : ['died without a word'];
}

# False when it failed.
sub psql {
    my ($database, @args) = @_;
    return system('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $database, @args) == 0;
}

# A new database beside that of the sessions, as load.sql leaves it before this migration; its name.
sub database_before {
    my ($migration) = @_;
    my ($sql, $name) = (dirname(__FILE__) . '/../../../sql', "t_before_$$");
    session()->do("create database $name");
    open my $in, '<', "$sql/load.sql" or die "load.sql: $!";
    my ($steps) = do { local $/; <$in> } =~ /^(.*?)^\\set name $migration$/ms
        or die "load.sql has no $migration\n";
    open my $psql, '|-', 'psql', '-X', '-d', $name or die "psql: $!";
    print {$psql} $steps =~ s{^\\ir }{\\i $sql/}gmr;
    close $psql or die "the steps of load.sql before $migration\n";
    return $name;
}

# Calls; the value, or the SQLSTATE of what was raised.
sub attempt {
    my ($dbh, $code) = @_;
    my $value = eval { $code->() };
    return $value if !$@;
    my $state = $dbh->state;
    $dbh->rollback if !$dbh->{AutoCommit};
    die $@ if !$state || $state eq 'S1000';
    return $state;
}

sub rows {
    my ($dbh, $sql, @bind) = @_;
    return @{ $dbh->selectall_arrayref($sql, { Slice => {} }, @bind) };
}

sub value {
    my ($dbh, $sql, @bind) = @_;
    return ($dbh->selectrow_array($sql, undef, @bind))[0];
}

1;
