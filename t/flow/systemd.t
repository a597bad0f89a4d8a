# Protects: the shipped units.  A real systemd boots, README's commands install Purser, and a
# challenge is sold after the first start, after a reboot, after a time without PostgreSQL and after
# a series of kills, each time without an action of an operator.

use strict;
use warnings;

use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep);
use T::Machine;
use T::Proc qw(top_dir slurp spew wait_until run_quiet);

my ($reason) = T::Machine->why_not;
plan skip_all => $reason if $reason;

my @services = map { "purser-$_.service" } qw(connect jobs payments payouts webhooks);
my @units = ('purser.target', @services, map { s/service/socket/r } grep { !/jobs/ } @services);
my $base = 'http://127.0.0.1:8000';
my $double = 'http://127.0.0.1:9000';
my ($machine, %credential);

# --- README's commands --------------------------------------------------------------

# The indented blocks of the section Install, by a word of each.
my @blocks = do {
    my ($section) = slurp(top_dir() . '/README') =~ /^Install\n\n(.*?)^Stripe$/ms;
    my @found = $section =~ /((?:^\t.*\n)+)/mg;
    map { s/^\t//mgr } @found;
};

sub block {
    my ($word) = @_;
    my @found = grep { /\Q$word\E/ } @blocks;
    die "README has not one block with $word\n" if @found != 1;
    @blocks = grep { $_ ne $found[0] } @blocks;
    return $found[0];
}

# The words of the commands are README's; the build lies beside those of t/run and is kept.
sub build {
    my ($configure, $make, $install, @rest) = grep { !/^autoreconf/ }
        split /\n/, block('./configure');
    die "README builds by other commands than this test\n"
        if "$make $install @rest" ne 'make make install ' || $configure !~ m{^\./configure };
    my $dir = top_dir() . '/.build/install';
    my $top = top_dir();
    return run_quiet({}, 'sh', '-ec', <<"END");
mkdir -p $dir && cd $dir
exec 9>lock && flock 9
[ "\$(cat options 2>/dev/null)" = '$configure' ] || {
	$top/$configure -q CFLAGS=-O1
	echo '$configure' >options
}
$make -s
$install -s DESTDIR=@{[$machine->path('')]}
END
}

sub install {
    my ($packages) = block('apt-get');
    my @apt = $packages =~ /^(apt-get .*)\n/mg;
    is_deeply(\@apt, ['apt-get update', 'apt-get install $(conf/packages names build run)'],
        'README installs packages, which are here already: no network is needed');
    my @missing = grep {
        run_quiet({}, 'sh', '-c', "dpkg-query -W -f '\${db:Status-Status}' $_ || :") !~ /^installed/
    } split ' ', run_quiet({}, top_dir() . '/conf/packages', qw(names build run));
    is("@missing", '', 'every package that README names is installed');
    $machine->run($packages =~ s/^apt-get .*\n//mgr);
    build();
    $machine->run(block($_)) for qw(sysusers createdb sites-enabled stripe_secret_key);
    configure();
    my $start = block('enable --now purser.target');
    like($machine->run($start), qr/\{"status":"ok"\}/,
        'after README\'s last command Purser is well');
    first_tenant(block('create_tenant'));
    is("@blocks", '', 'README has no other command');
    return;
}

# What an operator sets with an editor: the secrets.  What only this test sets: the doubles.
sub configure {
    spew($machine->path('etc/purser/stripe_secret_key'), "sk_test_t0psecret\n");
    spew($machine->path('etc/purser/stripe_webhook_secret'), "whsec_t0psecret\n");
    spew($machine->path('etc/purser/provider_token'), "provider_t0psecret\n", 0640);
    $machine->run('chgrp purser /etc/purser/provider_token');
    my $conf = $machine->path('etc/purser/purser.conf');
    spew($conf, slurp($conf) . "stripe_api_base = $double\nprovider_base = $double\n"
        . "validator_base = $double\n"
        . "provider_token_file = provider_token\nsandbox = yes\n");
    my $from = top_dir() . '/t/double';
    run_quiet({}, 'cp', '-R', "$from/stripe", "$from/lib", $machine->path('opt'));
    spew($machine->path('etc/systemd/system/double.service'), <<"END");
[Service]
ExecStart=/usr/bin/perl /opt/stripe --listen $double --webhook-url $base/v2/webhooks/stripe \\
    --webhook-secret whsec_t0psecret --secret-key sk_test_t0psecret --entity-hotkey hotkey \\
    --provider-token provider_t0psecret --state /var/lib/double/all
DynamicUser=yes
StateDirectory=double
[Install]
WantedBy=multi-user.target
END
    $machine->run("systemctl enable --now double.service");
    return;
}

sub first_tenant {
    my ($block) = @_;
    my $said = $machine->run($block);
    @credential{qw(token session)} = ($said =~ /^(hat_\S+)$/m, $said =~ /^(sess_\S+)$/m);
    ok($credential{token} && $credential{session}, 'README makes a tenant with an app and a trader')
        or diag($said);
    return;
}

# --- checks -----------------------------------------------------------------

# (status, body, headers) of a request through nginx as the trader, status 0 = no answer.
sub request {
    my ($path, @options) = @_;
    my $said = $machine->output("curl -sS -m 20 -i -H 'Authorization: Bearer $credential{token}'"
        . " -H 'X-Session-Token: $credential{session}' @options $base$path");
    my ($status, $head, $body) = $said =~ m{\AHTTP/\S+ (\d+)(.*?)\r\n\r\n(.*)\z}s;
    return ($status || 0, $body // $said, $head // '');
}

# Checkout, payment at the double, its event, the account: every program but two has its part in it.
sub sells {
    my ($name) = @_;
    my %body = (tier_id => 'challenge_25k', market => 'crypto', asset_class => 'crypto',
        account_size => 25_000, amount_cents => 19_900, currency => 'usd');
    my ($status, $body);
    # 503: the program has just started, and Stripe has not said yet whose key it has
    eval { wait_until(30, 'an answer', sub {
        ($status, $body) = request('/v2/payments/checkout', "-H 'Content-Type: application/json'",
            "-d '" . JSON::PP->new->canonical->encode(\%body) . "'");
        return $status != 503;
    }) };
    like("$status $body", qr/^200 .*"payment_id":"\w+/, "$name: a challenge is sold") or return;
    my ($intent) = $body =~ /"stripe_payment_intent_id":"(\w+)"/;
    $machine->run("curl -fsS -H 'Content-Type: application/json'"
        . " -d '{\"payment_method\":\"pm_card_visa\"}'"
        . " $double/_double/payment_intents/$intent/confirm");
    my $accounts = '';
    eval { wait_until(30, 'the account is active', sub {
        $accounts = (request('/v2/payments/prop-accounts'))[1];
        return grep {
            ($_->{stripe_payment_intent_id} // '') eq $intent && $_->{status} eq 'active'
        } @{ JSON::PP->new->decode($accounts) };
    }) };
    return is($@, '', "$name: the challenge becomes an account") || diag($accounts);
}

sub state_of { return map { split /\n/ } $machine->output("systemctl is-active @_") }

# All units run and the log has no refusal; @$but are patterns of lines that this test causes.
sub is_well {
    my ($name, $but) = @_;
    my $all = sub { join ' ', map { $_ eq 'active' ? () : $_ } state_of(@units) };
    eval { wait_until(20, 'all units are active', sub { !length $all->() }) };
    is($all->(), '', "$name: all units are active")
        or diag($machine->output("systemctl status @units"));
    is(failed(), '', "$name: no unit has failed");
    my $log = $machine->output('journalctl --no-pager -o short; cat /var/log/nginx/error.log');
    is(join("\n", grep {
        /purser/ && /permission|denied|not permitted|unknown key name|ordering cycle/i
    } split /\n/, $log), '', "$name: the log has no refusal");
    return;
}

sub failed { return $machine->output('systemctl --failed --plain --no-legend') }

sub property {
    my ($unit, $name) = @_;
    return $machine->run("systemctl show --value -p $name $unit") =~ s/\n\z//r;
}

# --- phases ----------------------------------------------------------------------------

sub hardening {
    my $pid = property('purser-payments', 'MainPID');
    like($machine->run("cat /proc/$pid/limits"), qr/^Max core file size +0 +0 /m,
        'a program may write no core file');
    like($machine->run('stat -c %U:%G:%a /run/purser'), qr/^root:purser:775$/,
        'the directory of the sockets belongs to root and to the group purser');
    like($machine->run('stat -c %U:%G:%a /run/purser/payments.sock'),
        qr/^purser-payments:www-data:660$/,
        'a socket belongs to its program and to the group of nginx');
    for my $service (@services) {
        my ($exposure) = $machine->output("systemd-analyze security $service") =~ /: ([\d.]+) \w+/;
        cmp_ok($exposure // 10, '<', 2.5,
            "$service: systemd-analyze security gives an exposure of $exposure of 10");
    }
    return;
}

# Programs that start while PostgreSQL is down are tried again for longer than systemd's default
# limit allows (5 in 10 s), the sockets keep what comes, and the status names the reason.
sub database_away {
    my $tries = 8;
    # The stop of postgresql.service alone returns before its clusters have stopped.
    $machine->run(q(systemctl stop postgresql 'postgresql@*'));
    my $pid = property('purser-payments', 'MainPID');
    $machine->run('systemctl restart --no-block purser-payments purser-jobs');
    # PostgreSQL still answers while it stops.
    wait_until(20, 'the program that ran ends',
        sub { property('purser-payments', 'MainPID') ne $pid });
    my ($status, $body, $head) = request('/v2/payouts/estimate');
    like("$status $body", qr/^503 .*"code":"V2_UNAVAILABLE"/,
        'a program that runs answers 503 without PostgreSQL');
    like($head, qr/^Retry-After: 1\r?$/mi, 'a program that runs sends Retry-After with the 503');
    my $waiting = $machine->start("curl -sS -m 60 $base/health");
    for my $service (qw(purser-payments purser-jobs)) {
        my $state = '';
        eval { wait_until(40, "$service is tried again", sub {
            $state = failed();
            return length $state || property($service, 'NRestarts') >= $tries;
        }) };
        is($state, '', "$service: neither the service nor its socket fails");
        cmp_ok(property($service, 'NRestarts'), '>=', $tries,
            "$service: the start is tried at least $tries times");
        has_status($service, qr/cannot use the database/,
            "$service: the status says why the start fails");
    }
    $machine->run('systemctl start postgresql');
    $waiting->wait;
    like($waiting->log_text, qr/\{"status":"ok"\}/,
        'a request that waited in the socket is answered');
    return;
}

# While a try begins the status is empty, between two tries it has the reason of the last one.
sub has_status {
    my ($service, $reason, $name) = @_;
    my $status = '';
    eval { wait_until(10, $name, sub {
        $status = $machine->output("systemctl status $service");
        return $status =~ /Active: activating.*Status: "[^\n]*$reason/s;
    }) };
    return ok(!$@, $name) || diag($status);
}

# A mistake stops no unit for good and is seen in its status.
sub mistake {
    my $conf = $machine->path('etc/purser/purser.conf');
    my $good = slurp($conf);
    spew($conf, "${good}thread = 8\n");
    $machine->output('systemctl restart purser-connect');
    has_status('purser-connect', qr/purser\.conf:\d+: .*thread/,
        'the status shows a mistake in purser.conf');
    spew($conf, $good);
    return;
}

sub kills {
    for (1 .. 10) {
        $machine->output("systemctl kill -s KILL @services");
        sleep 0.5;
    }
    my ($status) = request('/health', '--retry 5');
    is($status, 200, 'after ten kills of every program in five seconds Purser answers');
    return;
}

# A stopped process lives and does nothing.  With a short watchdog for all of them, and settings
# that fit, only that one is replaced, within the time in which the others report several times.
sub hang {
    my $drop_in = '/run/systemd/system/purser-.service.d';
    my $conf = $machine->path('etc/purser/purser.conf');
    my $good = slurp($conf);
    spew($conf, $good . join '', map { "$_\n" } 'database_timeout_ms = 1000',
        'stripe_timeout_ms = 900', 'stripe_deadline_ms = 900',
        'validator_request_timeout_ms = 900');
    $machine->run("mkdir -p $drop_in; printf '[Service]\nWatchdogSec=12s\n' >$drop_in/zz.conf;"
        . "systemctl daemon-reload; systemctl restart @services");
    my %pid = map { $_ => property($_, 'MainPID') } @services;
    my $hangs = 'purser-payments.service';
    is(property($hangs, 'WatchdogUSec'), '12s', 'a program with fast requests keeps its watchdog');
    $machine->run("kill -STOP $pid{$hangs}");
    eval { wait_until(40, 'another process', sub {
        my $now = property($hangs, 'MainPID');
        return $now && $now ne $pid{$hangs} && (state_of($hangs))[0] eq 'active';
    }) };
    isnt(property($hangs, 'MainPID'), $pid{$hangs}, 'a program that hangs is replaced');
    sleep 13;
    is(property($_, 'MainPID'), $pid{$_}, "$_ reports and stays")
        for grep { $_ ne $hangs } @services;
    spew($conf, $good);
    $machine->run("systemctl restart @services");
    is(property($hangs, 'WatchdogUSec'), '1min',
        'the watchdog is extended to twice the longest request');
    return;
}

sub stop_and_start {
    $machine->run('systemctl stop purser.target');
    wait_until(30, 'all have stopped', sub { !grep { $_ ne 'inactive' } state_of(@units) });
    my ($status, $body, $head) = request('/health');
    like("$status $body", qr/^502 .*"V2_UNAVAILABLE"/, 'with the target stopped nginx answers 502');
    $machine->run('systemctl start purser.target');
    # An operator tries it again and again; systemd's default limit is five in ten seconds.
    $machine->output('systemctl restart purser-webhooks.socket purser-webhooks.service') for 1 .. 6;
    return;
}

# ------------------------------------------------------------------------------------------

sub all_phases {
    is($machine->boot, 'running', 'a bare system boots');
    install();
    for (
        ['the first start', \&hardening],
        ['after a reboot', sub { is($machine->reboot, 'running', 'the system reboots') }],
        ['after a time without PostgreSQL', \&database_away],
        ['after a mistake', \&mistake],
        ['after kills', \&kills],
        ['after a hang', \&hang],
        ['after a stop of the target', \&stop_and_start],
    ) {
        my ($name, $phase) = @$_;
        $phase->();
        sells($name);
        is_well($name);
    }
    return;
}

$machine = T::Machine->new;
eval { all_phases(); 1 } or fail("every phase runs to its end: $@");
diag($machine->output("journalctl --no-pager -n 60 -u 'purser-*'"))
    if !Test::More->builder->is_passing;
done_testing;
