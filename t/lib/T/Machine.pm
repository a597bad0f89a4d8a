package T::Machine;

# A container with a Debian of its own: systemd boots as process 1 in namespaces, on a copy-on-write
# view of this system's programs.  All writes go to a tmpfs.  Services, databases, sites and homes
# of this system are not in it, and its network is a loopback device alone.
#
#   plan skip_all => $_ for grep { $_ } T::Machine->why_not;
#   my $machine = T::Machine->new;
#   $machine->boot;
#   print $machine->run('systemctl --failed');     # dies when it fails
#   $machine->reboot;                              # the disk stays, /run does not
#
# All of it ends with the test, also when the test is killed: the mounts belong to a keeper process
# that waits for the end of a pipe, process 1 dies with its parent.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);
use POSIX qw(mkfifo);
use T::Proc qw(temp_dir slurp spew wait_until run_quiet);

my $count = 0;

# What the container sees of this system.  The rest of its top is absent and, where Debian has it,
# made empty.
my @seen = qw(bin etc lib lib32 lib64 libx32 sbin usr var);
my @empty = qw(boot dev home media mnt opt proc root run srv sys tmp);

# Below those, absent: what belongs to the services and to the administrator of this system.
my @absent = qw(etc/systemd/system etc/postgresql etc/nginx/sites-enabled etc/nginx/conf.d
    etc/cron.d etc/fstab etc/crypttab etc/machine-id etc/purser usr/share/purser
    usr/lib/sysusers.d/purser.conf usr/lib/tmpfiles.d/purser.conf var/cache var/lib/postgresql
    var/lib/systemd var/log var/spool var/tmp);
my @absent_globs = ('usr/sbin/purser-*', 'usr/lib/systemd/system/purser*');

# What Debian's packages put in those places: path, mode, owner.
my @directories = (
    ['etc/systemd/system', 0755], ['etc/postgresql', 0755], ['etc/nginx/sites-enabled', 0755],
    ['etc/nginx/conf.d', 0755], ['var/cache', 0755], ['var/lib/postgresql', 0755, 'postgres'],
    ['var/lib/systemd', 0755], ['var/log', 0755], ['var/log/journal', 0755],
    ['var/log/nginx', 0755],
    ['var/log/postgresql', 01777], ['var/spool', 0755], ['var/tmp', 01777], ['tmp', 01777],
    ['root', 0700],
);

# The mounts that all boots share, in a namespace of the keeper.  $1 is the directory, $2 the
# cgroup.
my $keeper = <<'END';
set -e
cd "$1"
mount -t tmpfs -o mode=755 tmpfs disk
# In a chroot unshare cannot make the mounts private: they must not reach the parent namespace.
if grep -q " $1/disk .* shared:" /proc/self/mountinfo; then
	umount disk
	echo 'mounts made here are shared with the system'
	exit 1
fi
mkdir disk/upper disk/work disk/root disk/cgroups
./prepare disk/upper
mount -t overlay -o lowerdir=/,upperdir=disk/upper,workdir=disk/work overlay disk/root
mount -t cgroup2 cgroup2 disk/cgroups
mkdir "disk/cgroups/$2"
: >ready
trap : HUP INT TERM
read -r _ <alive || :
tries=100
while ! find "disk/cgroups/$2" -depth -type d -exec rmdir {} + 2>/dev/null && [ $tries -gt 0 ]; do
	tries=$((tries - 1))
	sleep 0.1
done
END

# One boot, as process 1 of new namespaces.  $1 is the root, $2 the directory of the cgroup, which
# becomes the root of the cgroup namespace.
my $join = 'echo 0 >"$2/cgroup.procs"; exec unshare --cgroup sh -c "$3" init "$1"';
my $init = <<'END';
set -e
cd "$1"
mount -t proc proc proc
for path in proc/sys proc/sysrq-trigger; do
	[ -e $path ] || continue
	mount --bind $path $path
	mount -o remount,bind,ro $path
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
while read -r name major minor; do
	mknod -m 666 "dev/$name" c "$major" "$minor"
done <<DEVICES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
DEVICES
# The capabilities that it does without: it cannot change settings, modules or the clock of the
# kernel.
exec setpriv --bounding-set=-sys_module,-sys_rawio,-sys_time,-syslog \
    chroot . /usr/bin/env -i container=purser-test PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --system --show-status=no
END

# The reason why a container cannot start here, nothing when it can: one is started to find out.
sub why_not {
    my ($class) = @_;
    return 'only root may mount and make namespaces' if $> != 0;
    return 'systemd is not installed' if !-x '/lib/systemd/systemd';
    my ($device) = stat '/';
    for my $path (qw(/usr /etc /var)) {
        return "$path is a file system of its own" if (stat $path)[0] != $device;
    }
    return if eval { my $machine = $class->new; $machine->boot; $machine->_end; 1 };
    return 'systemd does not boot in namespaces here: ' . ($@ =~ s/\s+/ /gr);
}

sub new {
    my ($class) = @_;
    my $dir = temp_dir('machine' . ++$count);
    my $self = bless { dir => $dir, root => "$dir/disk/root", cgroup => "purser-t.$$.$count" },
        $class;
    mkdir "$dir/disk" or die "mkdir: $!";
    mkfifo("$dir/alive", 0600) or die "mkfifo: $!";
    spew("$dir/prepare", $self->_whiteouts, 0755);
    my $private = eval { run_quiet({}, 'unshare', '--mount', 'true'); 1 };
    $self->{keeper} = T::Proc->start(log => "$dir/keeper.log", command => ['unshare', '--mount',
        '--propagation', $private ? 'private' : 'unchanged', 'sh', '-c', $keeper, 'keeper', $dir,
        $self->{cgroup}]);
    wait_until(20, 'the mounts are made', sub {
        die slurp("$dir/keeper.log") . "\n" if !$self->{keeper}->alive;
        return -e "$dir/ready";
    });
    open $self->{alive}, '>', "$dir/alive" or die "alive: $!";
    $self->_furnish;
    return $self;
}

# A character device 0/0 in the upper layer hides what lies below it.
sub _whiteouts {
    my ($self) = @_;
    opendir my $top, '/' or die "/: $!";
    my %seen = map { ($_ => 1) } @seen;
    my @gone = grep { !/^\.\.?$/ && !$seen{$_} } readdir $top;
    push @gone, @absent, map { s{^/}{}r } map { glob "/$_" } @absent_globs;
    my %parents = map { (dirname($_) => 1) } @gone;
    return join '', "#!/bin/sh\nset -e\ncd \"\$1\"\n",
        map({ my (undef, undef, $mode, undef, $uid, $gid) = stat "/$_";
            sprintf "mkdir -p '%s'; chown %d:%d '%s'; chmod %o '%s'\n", $_, $uid, $gid, $_,
                $mode & 07777, $_ }
            sort grep { -d "/$_" } keys %parents),
        map { "mknod '$_' c 0 0\n" } grep { -e "/$_" || -l "/$_" } @gone;
}

# A file of the machine, also while it does not run.
sub path {
    my ($self, $path) = @_;
    return "/proc/$self->{keeper}{pid}/root$self->{root}/$path";
}

sub _furnish {
    my ($self) = @_;
    -d $self->path($_) || make_path($self->path($_)) for @empty;
    for (@directories) {
        my ($path, $mode, $owner) = @$_;
        make_path($self->path($path));
        chmod $mode, $self->path($path) or die "chmod $path: $!";
        next if !$owner;
        my (undef, undef, $uid, $gid) = getpwnam $owner or die "no user $owner\n";
        chown $uid, $gid, $self->path($path) or die "chown $path: $!";
    }
    spew($self->path('etc/machine-id'), join('', map { sprintf '%x', rand 16 } 1 .. 32) . "\n");
    symlink '/etc/nginx/sites-available/default', $self->path('etc/nginx/sites-enabled/default')
        or die "symlink: $!";
    for (qw(passwd group shadow gshadow)) {
        my $file = $self->path("etc/$_");
        spew($file, slurp($file) =~ s/^purser(?:-\w+)?:.*\n//mgr) if -e $file;
    }
    return;
}

# Returns when all jobs of the boot are done; the state is "running", or "degraded" with a failed
# unit.
sub boot {
    my ($self) = @_;
    $self->{init} = T::Proc->start(log => "$self->{dir}/init.log", command => ['setpriv',
        '--pdeathsig',
        'KILL', 'nsenter', '--mount', '--root', '--wd', "--target=$self->{keeper}{pid}", 'unshare',
        '--mount', '--propagation', 'unchanged', '--pid', '--fork', '--kill-child',
        '--net', '--uts',
        '--ipc', 'sh', '-c', $join, 'join', $self->{root},
        "$self->{dir}/disk/cgroups/$self->{cgroup}", $init]);
    $self->{init}{stop_signal} = 'KILL';
    my $state = '';
    wait_until(60, 'systemd has booted', sub {
        die "process 1 ended:\n" . $self->{init}->log_text if !$self->{init}->alive;
        ($state) = $self->output('systemctl is-system-running --wait') =~ /^(running|degraded)$/m;
        return $state;
    });
    return $state;
}

# Process 1, as this system numbers it; 0 = there is none.
sub _init_pid {
    my ($self) = @_;
    my $parent = $self->{init}{pid};
    return eval { slurp("/proc/$parent/task/$parent/children") =~ /(\d+)/ ? $1 : 0 } || 0;
}

# Starts a script of sh in the machine; the T::Proc.
sub start {
    my ($self, $script) = @_;
    my $pid = $self->_init_pid or die "$script: the machine does not run\n";
    return T::Proc->start(log => "$self->{dir}/run." . ++$self->{runs}, command => ['nsenter',
        "--target=$pid", '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup',
        '--root', '--wd',
        'env', '-i', 'HOME=/root', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8',
        'SYSTEMD_PAGER=cat', 'sh', '-ec', $script]);
}

# The output; dies when the script fails.
sub run {
    my ($self, $script) = @_;
    my $process = $self->start($script);
    my $status = $process->wait;
    die "$script\nstatus $status: " . $process->log_text if $status != 0;
    return $process->log_text;
}

# The output, whatever the status, and also when it does not run.
sub output {
    my ($self, $script) = @_;
    my $process = eval { $self->start($script) } or return '';
    $process->wait;
    return $process->log_text;
}

sub reboot {
    my ($self) = @_;
    $self->output('systemctl reboot');
    wait_until(60, 'it went down', sub { !$self->{init}->alive });
    return $self->boot;
}

sub _end {
    my ($self) = @_;
    $self->{init}->stop('KILL') if $self->{init};
    close $self->{alive};
    $self->{keeper}->wait;
    return;
}

1;
