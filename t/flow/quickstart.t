# Protects: conf/quickstart makes a sandbox that works, may be called twice, restarts a program that
# dies, and leaves nothing behind.

use strict;
use warnings;

use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use T::Proc qw(top_dir temp_dir slurp wait_until run_quiet);
use Test::More;

my $dir = temp_dir('sandbox');
rmdir $dir;
my $owner = $$;

# Below what the END block uses: it runs behind a skip, too.
plan skip_all => 'root would have to make the system user purser; conf/quickstart does'
    if $> == 0 && !getpwnam 'purser';

sub quickstart { return run_quiet({}, top_dir() . '/conf/quickstart', @_, '--dir', $dir) }

END {
    if ($$ == $owner && -e "$dir/checkout") {
        my $status = $?;
        eval { quickstart('reset'); 1 } or diag($@);
        $? = $status;
    }
}

# Two ports side by side, below those that the system gives to connections: other tests make so many
# that few pairs of these are free.  When another process takes one in between, takes another pair.
sub is_free {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $_[0], Listen => 1,
        ReuseAddr => 1);
}

my ($said, $port);
for (1 .. 50) {
    $port = 20_000 + int rand 12_000;
    next if !is_free($port) || !is_free($port + 1);
    last if $said = eval { quickstart('--port', $port) };
    die $@ if $@ !~ /is taken/;
}
die "no two free ports side by side\n" if !$said;
like($said, qr/prop_\w+ is active/, 'quickstart buys a challenge and gets an account');
like($said, qr/"amount_usd":412\.50.*it is paid by tr_\w+/s,
    'quickstart is paid what the account earned');
like($said, qr{runs\.\n\s+console\s+http://127\.0\.0\.1:$port/sandbox/ },
    'quickstart says first where the console is');

my %env = map { /^(\w+)='?(.*?)'?$/ ? ($1 => $2) : () } split /\n/, slurp("$dir/sandbox.env");
my @keys = qw(BASE_URL DATABASE_URL DATABASE_URL_2 APP_CLIENT_ID APP_CLIENT_SECRET APP_TOKEN
    PAYOUTS_APP_TOKEN
    SESSION_TOKEN OTHER_APP_TOKEN OTHER_SESSION_TOKEN USER_EMAIL USER_PASSWORD JOURNAL_KEY
    OTHER_JOURNAL_KEY PARTNER_KEY_LIVE PARTNER_KEY_TEST OTHER_PARTNER_KEY_LIVE MARKETPLACE_JWT
    OTHER_MARKETPLACE_JWT MARKETPLACE_JWT_PRIVATE_KEY_FILE MARKETPLACE_JWT_HS256_SECRET
    MARKETPLACE_JWT_ISSUER MARKETPLACE_JWT_AUDIENCE MARKETPLACE_TENANT_ID PARTNER_EXTERNAL_REF
    STRIPE_API_BASE STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET DOUBLE_URL OTHER_PAYOUTS_APP_TOKEN
    OTHER_STRIPE_ACCOUNT OTHER_STRIPE_SECRET_KEY OTHER_STRIPE_WEBHOOK_SECRET);
is_deeply([grep { !exists $env{$_} } @keys], [], 'sandbox.env has every key');
is((stat "$dir/sandbox.env")[2] & 077, 0, 'sandbox.env can be read by its owner alone');
is((stat "$dir/etc/purser/purser.conf")[2] & 07, 0, 'purser.conf cannot be read by others');
is(run_quiet({}, 'sh', '-c', ". $dir/sandbox.env; printf %s \"\$DATABASE_URL\""),
    $env{DATABASE_URL}, 'sandbox.env can be read by a shell');

my $http = HTTP::Tiny->new(timeout => 10);
is($http->get("$env{BASE_URL}/health")->{status}, 200, '/health of the sandbox answers 200');

my $console = $http->get("$env{BASE_URL}/sandbox/");
like($console->{content}, qr/<script type="module" src="main\.js">/, 'the console is there');
my $policy = $console->{headers}{'content-security-policy'};
like($policy, qr/\Adefault-src 'none'; /, 'the console may load nothing but what its policy names');
unlike($policy, qr/unsafe|\*|https?:|data:/, 'the console may load nothing from other hosts');
my %type = (js => 'application/javascript', css => 'text/css', svg => 'image/svg+xml');
for my $file (glob top_dir() . '/nginx/www/sandbox/*.{js,css,svg}') {
    my ($name, $kind) = $file =~ m{([^/]+\.(\w+))\z};
    my $answer = $http->get("$env{BASE_URL}/sandbox/$name");
    is("$answer->{status} $answer->{headers}{'content-type'}", "200 $type{$kind}",
        "the console's $name is served");
}
my $access = decode_json($http->get("$env{BASE_URL}/sandbox/sandbox.json")->{content});
for my $key (sort grep { $_ ne 'ENV_FILE' } keys %$access) {
    is($access->{$key}, $env{$key}, "the console has the $key of sandbox.env");
}
is((stat "$dir/www/sandbox/sandbox.json")[2] & 077, 0,
    'the credentials of the console can be read by nginx alone');
is($http->get("$env{BASE_URL}/sandbox/double/clock")->{status}, 200,
    'the console reaches the control side of the double');
is($http->get("$env{BASE_URL}/sandbox/double/clock",
    { headers => { 'Sec-Fetch-Site' => 'cross-site' } })->{status}, 404,
    'a page of another site does not reach the control side of the double');
is(HTTP::Tiny->new(max_redirect => 0)->get("$env{BASE_URL}/dashboard/payouts?onboarding=return")
    ->{headers}{location}, '/sandbox/?onboarding=return',
    "the way back from Stripe's form leads to the console");
is($http->get("$env{BASE_URL}/v2/payments/prop-accounts", { headers => {
    Authorization => "Bearer $env{OTHER_APP_TOKEN}", 'X-Session-Token' => $env{OTHER_SESSION_TOKEN},
} })->{content}, '[]', 'the other tenant has no account');

sub psql { return run_quiet({}, 'psql', '-XAt', $env{DATABASE_URL}, '-c', @_) =~ s/\s+\z//r }
is(psql('select count(*) > 0 from admin.help'), 't', 'psql is open to the operator');
is(run_quiet({}, 'psql', '-XAt', $env{DATABASE_URL_2}, '-c', 'select current_user') =~ s/\s+\z//r,
    'operator2', 'psql is open to the second operator');
is(psql('show idle_in_transaction_session_timeout'), '20s',
    'the idle transaction of the operator ends after 20 s');
ok(!eval { psql("update payments.tier set price_cents = 1"); 1 },
    'psql: the operator may not update a table');

my $again = quickstart('--port', $port);
like($again, qr/already running/, 'a second call of quickstart finds the sandbox running');
my $parts = () = quickstart('status') =~ /: runs/g;
cmp_ok($parts, '>=', 6, 'the programs, nginx, the double and PostgreSQL run');

sub child_of {
    my ($part) = @_;
    my ($loop) = slurp("$dir/pid/$part") =~ /(\d+)/;
    return slurp("/proc/$loop/task/$loop/children") =~ /(\d+)/ ? $1 : 0;
}
my $old = child_of('payments');
kill 'TERM', $old;
is_deeply([map { $http->get("$env{BASE_URL}/v2/payments/tiers", { headers => {
    Authorization => "Bearer $env{APP_TOKEN}" } })->{status} } 1 .. 20], [(200) x 20],
    'requests to a program that ends wait for its successor');
$old = child_of('payments');
kill 'KILL', $old;
ok(wait_until(3, 'it is there again',
    sub { my $new = eval { child_of('payments') }; $new && $new != $old }),
    'a program that dies is started again');
ok(wait_until(3, 'it answers', sub { $http->get("$env{BASE_URL}/health")->{success} }),
    'a program that was started again answers');

quickstart('stop');
my $ended = () = (eval { quickstart('status') } || $@) =~ /does not run/g;
is($ended, $parts, 'quickstart stop ends every program');
ok(!$http->get("$env{BASE_URL}/health")->{success}, 'quickstart stop: the API does not answer');
my $page = 'https://app.example';
like(quickstart('--port', $port, '--no-demo', '--cors', $page), qr/Purser \S+ runs/,
    'quickstart starts a stopped sandbox');
is($http->get("$env{BASE_URL}/v2/nothing", { headers => { Origin => $page } })
    ->{headers}{'access-control-allow-origin'}, $page,
    'a page of an origin of --cors may call the sandbox');
is($http->get("$env{BASE_URL}/v2/payments/prop-accounts", { headers => {
    Authorization => "Bearer $env{APP_TOKEN}", 'X-Session-Token' => $env{SESSION_TOKEN},
} })->{content} =~ /"funded"/ ? 'there' : 'gone', 'there', 'a restarted sandbox has its data');
quickstart('reset');
ok(!-e $dir, 'quickstart reset removes everything');

done_testing;
