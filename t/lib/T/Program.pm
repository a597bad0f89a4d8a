package T::Program;

# One real program with a configuration of its own, on sockets in a temp directory.
#
#   my $program = T::Program->start('purser-payments', dir => $dir, conf => { database => ... });
#   $program->request({ method => 'GET', uri => '/health' });
#   T::Program->start('purser-jobs', build => plain_dir, env => { LD_PRELOAD => ... });
#   $program->kill_hard; $program->restart(env => { PURSER_FAULT_POINT => '...' });

use strict;
use warnings;

use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use T::FastCGI qw(fastcgi fastcgi_many);
use T::Proc qw(build_dir spew slurp wait_until);

sub start {
    my ($class, $name, %options) = @_;
    my ($short) = $name =~ /^purser-(\w+)$/ or die "$name is no program of ours\n";
    my $dir = $options{dir} || T::Proc::temp_dir("$short." . int rand 1e9);
    my $self = bless {
        name => $name, short => $short, dir => $dir, log => "$dir/$short.log",
        conf_file => $options{conf_file} || _write_conf("$dir/$short.conf", $dir, $options{conf}),
        env => $options{env} || {}, args => $options{args} || [],
        build => $options{build} || build_dir(),
    }, $class;
    return $self->run;
}

sub _write_conf {
    my ($file, $dir, $conf) = @_;
    my %conf = (socket_dir => $dir, %{ $conf || {} });
    return spew($file, join '', map { "$_ = $conf{$_}\n" } sort keys %conf);
}

sub run {
    my ($self) = @_;
    my $before = $self->_starts;
    $self->{process} = T::Proc->start(
        command => ["$self->{build}/$self->{name}", '--conf', $self->{conf_file},
            @{ $self->{args} }],
        log => $self->{log},
        env => $self->{env},
    );
    wait_until(20, "$self->{name} answers", sub {
        die "$self->{name} ended at its start:\n" . $self->log_text if !$self->alive;
        return $self->_starts > $before && $self->_answers;
    });
    return $self;
}

# How often the log says that the program listens on all of its sockets.
sub _starts {
    my ($self) = @_;
    return -e $self->{log} ? scalar(() = slurp($self->{log}) =~ / msg="started"/g) : 0;
}

# purser-jobs has a datagram socket, the other programs listen on stream sockets.
sub _answers {
    my ($self) = @_;
    return IO::Socket::UNIX->new(Peer => $self->jobs_socket, Type => SOCK_DGRAM)
        if $self->{short} eq 'jobs';
    return IO::Socket::UNIX->new(Peer => $self->socket);
}

sub socket { return "$_[0]{dir}/$_[0]{short}.sock" }    ## no critic (ProhibitBuiltinHomonyms)
sub socket_upstream { return "$_[0]{dir}/$_[0]{short}-upstream.sock" }

sub jobs_socket {
    my ($self) = @_;
    return slurp($self->{conf_file}) =~ /^jobs_socket\s*=\s*(\S+)/m ? $1
        : "$self->{dir}/jobs.sock";
}

sub request {
    my ($self, $request, $seconds) = @_;
    return fastcgi($self->socket, $request, $seconds);
}

sub request_upstream {
    my ($self, $request, $seconds) = @_;
    return fastcgi($self->socket_upstream, $request, $seconds);
}

sub request_many {
    my ($self, @requests) = @_;
    return fastcgi_many($self->socket, \@requests);
}

sub pid { return $_[0]{process}->pid }
sub alive { return $_[0]{process}->alive }
sub log_text { return $_[0]{process}->log_text }
sub wait { return $_[0]{process}->wait }    ## no critic (ProhibitBuiltinHomonyms)
sub signal { return $_[0]{process}->signal($_[1]) }
sub stop { my ($self, @args) = @_; return $self->{process}->stop(@args) }

sub kill_hard {
    my ($self) = @_;
    $self->{process}->signal('KILL');
    return $self->{process}->wait;
}

# env => {...} replaces the environment that it was started with.
sub restart {
    my ($self, %options) = @_;
    $self->stop;
    $self->{env} = $options{env} if $options{env};
    return $self->run;
}

1;
