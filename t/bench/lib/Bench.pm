package Bench;

# The tools of t/bench/run: wrk against an address, pgbench with a script, medians, and the system
# that is measured (optimised programs, durable PostgreSQL, logs as in production).

use strict;
use warnings;

use Digest::SHA qw(sha256_hex hmac_sha256_hex);
use Exporter qw(import);
use JSON::PP ();
use T::Proc qw(top_dir build_dir spew slurp free_port wait_until);
use T::Purser;

our @EXPORT_OK = qw(median wrk pgbench pgbench_file system_of static_file events peer_of);

my $here = top_dir() . '/t/bench';
my $LOGIN = 't_bench';    # of pgbench and the peer, which do what two programs do
my $LOG = 'buffer=64k flush=1s';    # as nginx/site.conf says, for every nginx that is compared

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return @sorted ? $sorted[$#sorted / 2] : 0;
}

sub output_of {
    my (@command) = @_;
    open my $in, '-|', @command or die "$command[0]: $!";
    local $/;
    my $text = <$in>;
    close $in;
    return $text;
}

my %unit = (us => 1e-3, ms => 1, s => 1000, m => 60_000);

# { rate, p50, p99 (ms), bad }
sub wrk {
    my ($clients, $seconds, $url, @args) = @_;
    my @script = grep { ref } @args;
    my @headers = map { ('-H', $_) } grep { !ref } @args;
    my $threads = $clients < 2 ? 1 : 2;
    my $text = output_of('wrk', "-t$threads", "-c$clients", "-d${seconds}s", '--latency',
        '--timeout', '10s',
        @headers, (map { ('-s', $_->[0]) } @script), $url,
        (map { my (undef, @rest) = @$_; @rest ? ('--', @rest) : () } @script));
    my ($rate) = $text =~ /Requests\/sec:\s+([\d.]+)/ or die "wrk: $text";
    my %result = (rate => $rate, bad => $text =~ /Non-2xx or 3xx responses: (\d+)/ ? $1 : 0);
    for my $p (50, 99) {
        $result{"p$p"} = $1 * $unit{$2} if $text =~ /^\s+$p%\s+([\d.]+)(us|ms|s|m)$/m;
    }
    return \%result;
}

# Transactions a second, with the settings of our own connections.
sub pgbench {
    my ($purser, $clients, $seconds, $file) = @_;
    return pgbench_file($purser->postgres->{socket}, $purser->{database}, $LOGIN, $clients,
        $seconds, $file);
}

sub pgbench_file {
    my ($socket, $database, $user, $clients, $seconds, $file) = @_;
    local $ENV{PGOPTIONS} = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c '
        . 'jit=off';
    my $text = output_of('pgbench', '-h', $socket, '-U', $user, '-n',
        '-M', 'prepared', '-j2', "-c$clients", "-T$seconds", '-f', $file, $database);
    my ($rate) = $text =~ /^tps = ([\d.]+)/m or die "pgbench: $text";
    return $rate;
}

# The data of a firm with a history: 1,000 traders with 20 challenges each.  In empty tables every
# plan is as good as another, and PostgreSQL's choice among them would be measured.
sub _past {
    my ($dbh, $tenant) = @_;
    # rows as they would be after their steps
    $dbh->do(q(set session_replication_role = 'replica'));
    $dbh->do($_, undef, $tenant) for <<'END', <<'END', <<'END', <<'END';
insert into auth."user" (id, tenant_id, email)
select core.new_id('usr'), ?, 'past' || n || '@example.test' from generate_series(1, 1000) as n
END
insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class, account_size,
    amount_cents, currency, status, stripe_payment_intent_id, client_secret, paid_at)
select core.new_id('pay'), u.tenant_id, u.id, 'tier_25k', 'crypto', 'crypto', 25000, 19900, 'usd',
    'succeeded', core.new_id('pi'), 's', now()
from auth."user" as u, generate_series(1, 20) where u.tenant_id = ? and u.email like 'past%'
END
insert into core.idempotency (tenant_id, api, principal, method, path, key, request_hash,
    state, response_status, response_body)
select tenant_id, 'payments', user_id, 'POST', '/v2/payments/checkout', id, sha256(id::bytea),
    'done', 200, '{}'
from payments.payment where tenant_id = ?
END
insert into payments.prop_account (id, tenant_id, user_id, tier_id, asset_class, account_size,
    payment_id, stripe_payment_intent_id, status, provision_state, subaccount_uuid)
select core.new_id('prop'), tenant_id, user_id, tier_id, asset_class, account_size, id,
    stripe_payment_intent_id, 'active', 'done', gen_random_uuid()
from payments.payment where tenant_id = ?
END
    $dbh->do(q(set session_replication_role = 'origin'));
    return;
}

# The system with shipped numbers of threads and connections; 20 accounts for the first user.
sub system_of {
    my (%conf) = @_;
    my $purser = T::Purser->start(
        durable => 1, programs => ['purser-payments', 'purser-webhooks'],
        nginx => { log_options => $LOG },
        settings => { log_statement => 'none', shared_buffers => '256MB', max_wal_size => '8GB' },
        build => delete $conf{build},
        conf => { threads => 128, threads_upstream => 64, nginx_connections => 32,
            database_connections => 8, stripe_timeout_ms => 8000,
            stripe_deadline_ms => 20_000, %conf },
    );
    $purser->dbh->do("create role $LOGIN login in role purser_payments, purser_webhooks");
    my ($tenant) = $purser->tenants;
    _past($purser->dbh, $tenant->{id});
    $purser->dbh->do(<<'END', undef, @$tenant{qw(id user)});
insert into payments.prop_account
    (id, tenant_id, user_id, tier_id, asset_class, account_size, status)
select core.new_id('prop'), ?, ?, 'tier_demo', 'crypto', 10000, 'provisioning'
from generate_series(1, 20)
END
    $purser->dbh->do('vacuum analyze');
    return $purser;
}

sub static_file {
    my ($purser, $bytes) = @_;
    my $dir = "$purser->{dir}/static";
    mkdir $dir;
    my $port = free_port();
    spew("$dir/file.json", 'x' x $bytes);
    spew("$dir/nginx.conf", <<"END");
daemon off; worker_processes 2; pid $dir/pid; error_log $dir/error.log; user root;
events { worker_connections 1024; }
http { access_log $dir/access.log combined $LOG; root $dir; default_type application/json;
	server { listen 127.0.0.1:$port; } }
END
    my $process = T::Proc->start(command => ['nginx', '-c', "$dir/nginx.conf", '-e',
        "$dir/error.log"],
        log => "$dir/output");
    wait_until(10, 'nginx serves a file',
        sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") });
    return ("http://127.0.0.1:$port/file.json", $process);
}

# A file of $count signed events for webhook.lua, and the body they share.
sub events {
    my ($purser, $count, $round) = @_;
    my $body = slurp("$here/event.json");
    my $file = "$purser->{dir}/events";
    my $now = time;
    open my $out, '>', $file or die "$file: $!";
    for my $i (1 .. $count) {
        my $id = "evt_bench${round}x$i";
        my $signed = hmac_sha256_hex("$now." . ($body =~ s/EVENT_ID/$id/r),
            $T::Purser::WEBHOOK_SECRET);
        print {$out} "$id t=$now,v1=$signed\n";
    }
    close $out or die "$file: $!";
    return $file;
}

# The Go peer behind an nginx of the same kind; undef with a reason when it cannot be built.
sub peer_of {
    my ($purser) = @_;
    my $gopath = '/usr/share/gocode';
    return (undef, 'go is not installed') if !grep { -x "$_/go" } split /:/, $ENV{PATH};
    return (undef, 'golang-github-jackc-pgx-v4-dev is not installed')
        if !-d "$gopath/src/github.com/jackc/pgx";
    my $dir = "$purser->{dir}/peer";
    mkdir $dir;
    local %ENV = (%ENV, GO111MODULE => 'off', GOPATH => $gopath, GOCACHE => "$dir/cache",
        GOFLAGS => '');
    system('go', 'build', '-o', "$dir/peer", "$here/peer/main.go") == 0
        or return (undef, 'the peer does not build');
    my ($port, $front) = (free_port(), free_port());
    my $database = $purser->postgres->conninfo($purser->{database}, $LOGIN);
    my $peer = T::Proc->start(command => ["$dir/peer"], log => "$dir/log",
        env => { DATABASE => $database, CONNECTIONS => 16,
            LISTEN => "127.0.0.1:$port", WEBHOOK_SECRET => $T::Purser::WEBHOOK_SECRET });
    spew("$dir/nginx.conf", <<"END");
daemon off; worker_processes 2; pid $dir/pid; error_log $dir/error.log; user root;
events { worker_connections 1024; }
http { access_log $dir/access.log combined $LOG; client_body_buffer_size 256k;
	upstream peer { server 127.0.0.1:$port; keepalive 16; }
	server { listen 127.0.0.1:$front; location / { proxy_pass http://peer;
		proxy_http_version 1.1; proxy_set_header Connection ""; } } }
END
    my $nginx = T::Proc->start(command => ['nginx', '-c', "$dir/nginx.conf", '-e',
        "$dir/error.log"],
        log => "$dir/output");
    for my $p ($port, $front) {
        wait_until(10, 'the peer listens',
            sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$p") });
    }
    return ("http://127.0.0.1:$front", undef);
}

1;
