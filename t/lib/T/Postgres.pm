package T::Postgres;

# A private PostgreSQL: unix socket only, its own data directory, schema loaded once into a template
# database, a database of its own for every test file.  t/run starts one for the whole run and names
# it in PURSER_TEST_PG; a test that is started alone, or wants durable settings, starts its own.

use strict;
use warnings;

use DBI;
use T::Proc qw(top_dir temp_dir slurp wait_until run_quiet);

my $template = 'purser_template';
my ($shared, $clusters, $databases) = (undef, 0, 0);

# The cluster of this run.
sub shared {
    my ($class) = @_;
    return $shared if $shared;
    if (my $dir = $ENV{PURSER_TEST_PG}) {
        return $shared = bless { socket => $dir, log => "$dir/log", borrowed => 1 }, $class;
    }
    return $shared = $class->new->load;
}

# durable => 1 leaves fsync on, for tests that crash it; settings => {...} are laid over the others.
sub new {
    my ($class, %options) = @_;
    my $dir = temp_dir('pg' . ++$clusters);
    my $self = bless {
        socket => $dir, data => "$dir/data", log => "$dir/log", durable => $options{durable},
        settings => $options{settings} || {},
        user => $> == 0 ? 'postgres' : undef,
    }, $class;
    if ($self->{user}) {
        my (undef, undef, $uid, $gid) = getpwnam 'postgres' or die "no user postgres\n";
        chown $uid, $gid, $dir or die "chown $dir: $!";
    }
    $self->_run('initdb', '-D', $self->{data}, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8',
        '--locale=C.UTF-8', '--no-sync');
    return $self->start;
}

sub bin_dir {
    my @found = sort { $b <=> $a } map { m{/(\d+)/bin/postgres$} ? $1 : () }
        glob '/usr/lib/postgresql/*/bin/postgres';
    die "no PostgreSQL server in /usr/lib/postgresql\n" if !@found;
    return "/usr/lib/postgresql/$found[0]/bin";
}

sub _run {
    my ($self, $program, @args) = @_;
    my %options = $self->{user} ? (user => $self->{user}) : ();
    return run_quiet(\%options, bin_dir() . "/$program", @args);
}

sub start {
    my ($self) = @_;
    my %settings = (
        listen_addresses => '', unix_socket_directories => $self->{socket}, max_connections => 400,
        log_statement => 'all', log_line_prefix => '%m [%p] %d %a ', shared_buffers => '64MB',
        fsync => 'off', synchronous_commit => 'off', full_page_writes => 'off',
        max_wal_size => '4GB', autovacuum_naptime => '10s', timezone => 'UTC',
        %{ $self->{settings} || {} },
    );
    delete @settings{qw(fsync synchronous_commit full_page_writes)} if $self->{durable};
    $self->{process} = T::Proc->start(
        command => [bin_dir() . '/postgres', '-D', $self->{data},
            map { ('-c', "$_=$settings{$_}") } sort keys %settings],
        log => $self->{log},
        $self->{user} ? (user => $self->{user}) : (),
    );
    $self->{process}{stop_signal} = 'INT';    # "fast": does not wait for clients
    wait_until(30, 'PostgreSQL answers', sub {
        die 'PostgreSQL ended: ' . $self->{process}->log_text if !$self->{process}->alive;
        return eval { $self->dbh('postgres', undef, PrintError => 0)->disconnect };
    });
    return $self;
}

# mode: fast (default) or immediate, which is a crash: recovery runs at the next start.
sub stop {
    my ($self, $mode) = @_;
    $self->{process}->stop(($mode || 'fast') eq 'immediate' ? 'QUIT' : 'INT', 30);
    return $self;
}

sub restart {
    my ($self, $mode) = @_;
    return $self->stop($mode)->start;
}

# Loads sql/ into the template, as an operator does.
sub load {
    my ($self) = @_;
    $self->command("create database $template");
    if (-e top_dir() . '/sql/load.sql') {
        $self->psql_file($template, top_dir() . '/sql/load.sql');
    }
    return $self;
}

# Makes a database from the template; returns its name.
sub database {
    my ($self, $name) = @_;
    $name ||= sprintf 't_%d_%d_%d', time, $$, ++$databases;    # pids are used again
    $self->command("create database $name template $template");
    return $name;
}

sub drop_database {
    my ($self, $name) = @_;
    $self->command("drop database if exists $name with (force)");
    return;
}

sub conninfo {
    my ($self, $database, $user) = @_;
    return sprintf 'host=%s dbname=%s user=%s', $self->{socket}, $database, $user || 'postgres';
}

sub dbh {
    my ($self, $database, $user, %attributes) = @_;
    return DBI->connect("dbi:Pg:host=$self->{socket};dbname=$database", $user || 'postgres', '',
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1,
          AutoInactiveDestroy => 1, %attributes });
}

sub command {
    my ($self, $sql) = @_;
    my $dbh = $self->dbh('postgres');
    $dbh->do("set client_min_messages = error");
    $dbh->do($sql);
    $dbh->disconnect;
    return;
}

# psql, since load.sql uses \ir.
sub psql_file {
    my ($self, $database, $file) = @_;
    return run_quiet({}, 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
        $self->conninfo($database), '-f', $file);
}

sub log_text {
    my ($self) = @_;
    return slurp($self->{log});
}

1;
