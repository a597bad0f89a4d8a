package T::Proc;

# Processes and temp directories of a test.  Whatever a test starts, or writes outside of the build,
# goes through here, so that nothing is left behind: END ends the processes by pid and removes the
# temp directory, also after die or Ctrl-C.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(top_dir build_dir plain_dir temp_dir free_port slurp spew wait_until run_quiet
    finally);

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $owner = $$;
$ENV{PATH} .= ':/usr/sbin:/sbin';    # nginx, for users other than root
my ($temp, @running, @finally);

sub top_dir { return $top }

# Where the programs are: the out-of-tree build of t/run unless PURSER_BUILD names another one.
sub build_dir { return $ENV{PURSER_BUILD} || "$top/.build/test" }

# The same programs without sanitizers, which abort when a library is preloaded before their own.
# t/run builds this tree when it finds the name of this function in a chosen test file.
sub plain_dir { return $ENV{PURSER_BUILD_PLAIN} || "$top/.build/plain" }

# One directory a process, short enough for the path of a unix socket.
sub temp_dir {
    my ($name) = @_;
    if (!$temp) {
        $temp = File::Temp::tempdir('/tmp/purser-t-XXXXXX');
        chmod 0755, $temp or die "chmod $temp: $!";
    }
    return $temp if !defined $name;
    my $dir = "$temp/$name";
    mkdir $dir or die "mkdir $dir: $!";
    return $dir;
}

# A port that the kernel chose; another process may take it before the caller does.
sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
        or die "no free port: $!";
    return $socket->sockport;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

sub spew {
    my ($file, $text, $mode) = @_;
    open my $out, '>', $file or die "$file: $!";
    print {$out} $text;
    close $out or die "$file: $!";
    chmod $mode, $file or die "$file: $!" if defined $mode;
    return $file;
}

# Calls $test until it is true; dies with $what after $seconds.
sub wait_until {
    my ($seconds, $what, $test) = @_;
    my $end = time + $seconds;
    my $pause = 0.01;
    while (1) {
        my $value = $test->();
        return $value if $value;
        die "after $seconds s still not: $what\n" if time > $end;
        sleep $pause;
        $pause = 0.1 if ($pause *= 1.5) > 0.1;
    }
}

# Runs a command, dies with its output when it fails, returns its output.
sub run_quiet {
    my ($options, @command) = @_;
    my $log = temp_dir() . "/run.$$." . int(time * 1e6);
    my $process = T::Proc->start(command => \@command, log => $log, %$options);
    my $status = $process->wait;
    my $output = slurp($log);
    unlink $log;
    die "@command: status $status\n$output" if $status != 0;
    return $output;
}

# command => [...], log => file for both outputs, user => name (when root), env => {...};
# code => sub instead of a program, the command then only names it.
sub start {
    my ($class, %options) = @_;
    my $self = bless { name => $options{command}[0], log => $options{log} }, $class;
    my $pid = fork;
    die "fork: $!" if !defined $pid;
    _become(%options) if $pid == 0;
    $self->{pid} = $pid;
    push @running, $self;
    return $self;
}

sub _become {
    my (%options) = @_;
    local $SIG{__DIE__} = 'DEFAULT';
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    my $ok = eval {
        open STDIN, '<', '/dev/null' or die "/dev/null: $!";
        open STDOUT, '>>', $options{log} or die "$options{log}: $!";
        open STDERR, '>&', \*STDOUT or die "stderr: $!";
        %ENV = (%ENV, %{ $options{env} || {} });
        setpgrp;    # Ctrl-C reaches the test alone, which then ends this process
        _drop_to($options{user}) if $options{user} && $> == 0;
        1;
    };
    print STDERR $@ if !$ok;
    if ($ok && $options{code}) {
        $options{code}->();
        POSIX::_exit(0);
    }
    exec { $options{command}[0] } @{ $options{command} } if $ok;
    print STDERR "exec $options{command}[0]: $!\n";
    POSIX::_exit(127);
}

sub _drop_to {
    my ($user) = @_;
    my (undef, undef, $uid, $gid) = getpwnam $user or die "no user $user\n";
    $ENV{HOME} = '/';
    chdir '/' or die "chdir /: $!";
    $( = $gid;
    $) = "$gid $gid";
    ($<, $>) = ($uid, $uid);
    die "cannot become $user\n" if $> != $uid || $< != $uid;
    return;
}

sub pid { return $_[0]{pid} }
sub log_text { return -e $_[0]{log} ? slurp($_[0]{log}) : '' }

# True while it runs; afterwards the exit status is known.
sub alive {
    my ($self) = @_;
    return 0 if defined $self->{status};
    my $got = waitpid $self->{pid}, WNOHANG;
    $self->_ended($?) if $got == $self->{pid};
    return defined $self->{status} ? 0 : 1;
}

sub _ended {
    my ($self, $status) = @_;
    $self->{status} = $status;
    @running = grep { $_ != $self } @running;
    return $status;
}

# Exit status as in $?; waits for the end.
sub wait {    ## no critic (ProhibitBuiltinHomonyms)
    my ($self) = @_;
    return $self->{status} if defined $self->{status};
    waitpid $self->{pid}, 0;
    return $self->_ended($?);
}

sub signal {
    my ($self, $signal) = @_;
    kill $signal, $self->{pid} if $self->alive;
    return;
}

# Sends the signal (TERM), waits up to $seconds (15), then kills.  Returns the exit status.
sub stop {
    my ($self, $signal, $seconds) = @_;
    return $self->{status} if !$self->alive;
    kill $signal || 'TERM', $self->{pid};
    my $end = time + ($seconds || 15);
    while ($self->alive) {
        if (time > $end) {
            kill 'KILL', $self->{pid};
            return $self->wait;
        }
        sleep 0.01;
    }
    return $self->{status};
}

sub stop_all {
    my @all = reverse @running;    # stop() takes itself out of the list
    $_->stop($_->{stop_signal}) for @all;
    return;
}

# Code for the end of the test, when all that it started has ended.
sub finally { push @finally, @_; return }

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);
$SIG{PIPE} = 'IGNORE';

END {
    if ($$ == $owner) {
        my $status = $?;
        stop_all();
        $_->() for @finally;
        if ($temp && $ENV{PURSER_KEEP}) {
            print STDERR "# kept: $temp\n";
        }
        elsif ($temp) {
            remove_tree($temp, { safe => 0, error => \my $ignored });
        }
        $? = $status;    ## no critic (RequireLocalizedPunctuationVars)
    }
}

1;
