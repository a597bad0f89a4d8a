package T::PostgresProxy;

# A proxy between a program and PostgreSQL that fails as a network does: connections stay open, and
# no byte passes any more.
#
#   my $proxy = T::PostgresProxy->start($postgres);
#   T::Program->start(..., conf => { database => $proxy->conninfo($database, 't_payments') });
#   $proxy->be('mute');
#
# forward   everything passes on connections that come now; those that have failed stay as they are
# mute      nothing passes, also on new connections, which are accepted
# login     new connections pass until the login is complete, others are mute
# stall     half of the server's next message passes, then the connection is mute

use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use T::Proc qw(temp_dir spew slurp wait_until);

my $count = 0;
my $READY = "Z\0\0\0\5I";    # ReadyForQuery outside of a transaction

sub start {
    my ($class, $postgres) = @_;
    my $dir = temp_dir('proxy' . ++$count);
    my $self = bless { dir => $dir, to => "$postgres->{socket}/.s.PGSQL.5432", as => "$dir/mode" },
        $class;
    $self->be('forward');
    my $listen = IO::Socket::UNIX->new(Local => "$dir/.s.PGSQL.5432", Listen => 64)
        or die "$dir: $!";
    chmod 0777, "$dir/.s.PGSQL.5432" or die "$dir: $!";
    $self->{process} = T::Proc->start(command => ['a proxy in front of PostgreSQL'],
        log => "$dir/log", code => sub { $self->_serve($listen) });
    close $listen;
    return $self;
}

sub conninfo {
    my ($self, $database, $user) = @_;
    return "host=$self->{dir} dbname=$database user=$user";
}

# The file is replaced, never seen half written.
sub be {
    my ($self, $mode) = @_;
    spew("$self->{as}.new", $mode);
    rename "$self->{as}.new", $self->{as} or die "$self->{as}: $!";
    return $self;
}

sub _serve {
    my ($self, $listen) = @_;
    my $select = IO::Select->new($listen);
    my %end;    # by file number: one of the two ends of a connection
    while (1) {
        for my $socket ($select->can_read(1)) {
            my $mode = slurp($self->{as});
            if ($socket == $listen) {
                my @ends = _open($listen, $self->{to}) or next;
                $end{ fileno $_->{socket} } = $_ for @ends;
                $select->add(map { $_->{socket} } @ends);
                next;
            }
            my $end = $end{ fileno $socket } or next;
            next if _pass($end, $mode);
            for ($end, $end->{other}) {
                $select->remove($_->{socket});
                delete $end{ fileno $_->{socket} };
                close $_->{socket};
            }
        }
    }
    return;
}

# What both ends of a connection share says whether it has failed and whether the login is complete.
sub _open {
    my ($listen, $path) = @_;
    my $client = $listen->accept or return;
    my $server = IO::Socket::UNIX->new(Peer => $path) or return;
    my $shared = { dead => 0, ready => 0 };
    my @ends = map { { socket => $_, shared => $shared } } $client, $server;
    @{ $ends[0] }{qw(other from_server)} = ($ends[1], 0);
    @{ $ends[1] }{qw(other from_server)} = ($ends[0], 1);
    return @ends;
}

# False = the connection was closed at one of its ends.
sub _pass {
    my ($end, $mode) = @_;
    my $shared = $end->{shared};
    my $got = $end->{socket}->sysread(my $data, 65536) or return 0;
    $shared->{dead} = 1 if $mode eq 'mute' || ($mode eq 'login' && $shared->{ready});
    return 1 if $shared->{dead};
    if ($mode eq 'stall' && $end->{from_server} && $shared->{ready}) {
        substr $data, int($got / 2), $got, '';
        $shared->{dead} = 1;
    }
    $shared->{ready} = 1 if $end->{from_server} && index($data, $READY) >= 0;
    my $out = $end->{other}{socket};
    while (length $data) {
        my $sent = $out->syswrite($data) or return 0;
        substr $data, 0, $sent, '';
    }
    return 1;
}

1;
