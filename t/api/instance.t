# Protects: the name of an instance, which leases carry, belongs to one live process; a second host
# with the same name does not return the first one's leases.
use strict;
use warnings;

use T::Program;
use T::Proc qw(temp_dir);
use T::Purser;
use Test::More;

my $purser = T::Purser->start(programs => ['purser-jobs'], conf => { instance => 'one' });
my $count = 0;

# Another purser-jobs with sockets of its own; 'started', or what it says.
sub another {
    my ($instance) = @_;
    my $dir = temp_dir('another' . ++$count);
    my $program;
    my $said = eval {
        $program = T::Program->start('purser-jobs', dir => $dir, conf => { %{ $purser->{conf} },
            instance => $instance, jobs_socket => "$dir/jobs.sock",
            database => $purser->postgres->conninfo($purser->{database},
                T::Purser::login_of('purser-jobs')) });
        1;
    } ? 'started' : $@;
    $program->stop if $program;
    return $said;
}

sub leased {
    return $purser->value(q{select lease_holder from payments.prop_account where id = ?}, $_[0]);
}

# A create call under way.
$purser->double->faults({ match => 'POST /api/create-subaccount', do => 'hang', times => -1 });
$purser->dbh->do(q{select set_config('purser.tenant', ?, false), set_config('purser.principal', ?,
    false), set_config('purser.idempotency', '', false)}, undef,
    @{ ($purser->tenants)[0] }{qw(id user)});
my $account = $purser->value(q{select id from payments.free_create('tier_demo', 'crypto', 10000)});
$purser->wait_for('the account is leased', sub { leased($account) });

like(another('one'), qr/the instance "one:jobs" runs already: pid \d+/,
    'the same name on the same host: the second process does not start');
like(leased($account), qr/^one:jobs/, 'the same name on the same host: no lease is stolen');
is(another('two'), 'started', 'a second name: the process starts');
like(leased($account), qr/^one:jobs/, 'a second name: no lease is stolen');

# As if the first one ran on another host.
$purser->dbh->do(q{update core.instance set machine = 'elsewhere/boot/pid' }
    . q{where name = 'one:jobs'});
like(another('one'), qr/the instance "one:jobs" runs already: pid \d+ on host elsewhere/,
    'the same name on another host: the second process does not start');
like(leased($account), qr/^one:jobs/, 'the same name on another host: no lease is stolen');

$purser->double->no_faults;
$purser->jobs->kill_hard;
like(another('one'), qr/runs already/,
    'a process that died on another host keeps its name while it may be alive');
$purser->dbh->do(q{update core.instance set seen_at = now() - interval '181 s'});
is(another('one'), 'started', 'a name whose process was not seen for 3 minutes is taken');
is($purser->value(q{select count(*) from core.instance}), 0,
    'a process that ends gives its name up');

# On the same host a dead process is known to be dead.
$purser->start_program('purser-jobs');
$purser->jobs->kill_hard;
$purser->start_program('purser-jobs');
ok($purser->jobs->alive, 'the name of a killed process is taken at once on the same host');

done_testing;
