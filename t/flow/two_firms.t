# Protects: two firms on one installation, each with a Stripe account of its own, share nothing: no
# key, balance, event, subaccount or payee of one is ever the other's, whoever names it.

use strict;
use warnings;

use JSON::PP ();
use T::Api qw(is_status is_problem json_of);
use T::Events qw(event event_text signature thin);
use T::Journal ();
use T::Payouts;
use T::Proc qw(build_dir);
use T::Purser;
use T::Routes;
use Test::More;

my $json = JSON::PP->new->utf8->canonical;
my $purser = T::Purser->start(conf => { reconciliation_interval_s => 1 });
my ($acme, $other) = $purser->tenants;
my $double = $purser->double;

# What tenants have, but for what jobs note when they look again.  The books, to which balance
# transactions come at any time, are compared at the end.
my @noted = qw(looked_at stripe_created_s next_run_at attempts updated_at lease_holder
    lease_until lease_no last_error key_at checked_at);
my @tables = map { $_->{name} } @{ $purser->rows(q{
    select a.attrelid::regclass::text as name
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
    join pg_namespace n on n.oid = c.relnamespace
    where a.attname = 'tenant_id' and c.relname <> 'idempotency'
        and n.nspname in ('payments', 'connect', 'payouts', 'webhooks', 'core')
    order by 1}) };
ok(@tables > 12, 'the tables of tenants are found');

sub has {
    my ($tenant) = @_;
    return { map { my $table = $_; ($table => $purser->value(
        "select md5(coalesce(string_agg(r, ',' order by r), '')) from (select (to_jsonb(t) "
        . "- ?::text[])::text as r from $table t where t.tenant_id = ?) as rows",
        \@noted, $tenant->{id})) } @tables };
}

# Runs the code, waits until no event is left to apply, and compares what the tenant has.
sub untouched {
    my ($tenant, $what, $code) = @_;
    my $before = has($tenant);
    $code->();
    $double->control(POST => "/_double/webhooks/flush$_") for '', '?stripe=other';
    $purser->wait_for('events are tried', sub { !$purser->value(q{select count(*)
        from stripe_events.event where state = 'pending' and attempts = 0}) }, 20);
    is_deeply(has($tenant), $before, "$what: nothing of $tenant->{slug} changes");
    return;
}

# A call of Stripe by another application with the firm's key.
sub stripe {
    my ($key, $method, $path, $form) = @_;
    return json_of($double->http->request({ method => $method, uri => $path,
        headers => { Authorization => "Bearer $key",
            'Content-Type' => 'application/x-www-form-urlencoded' },
        $form ? (body => $form) : () }));
}

sub deliver_at {
    my ($path, $secret, $event) = @_;
    my $body = event_text($event);
    return $purser->nginx->http->request({ method => 'POST', uri => $path, body => $body,
        headers => { 'Content-Type' => 'application/json',
            'Stripe-Signature' => signature($body, $secret) } });
}

sub by_key {
    my ($key, @log) = @_;
    return grep { ($_->{headers}{authorization} // '') =~ /\Q$key\E\z/ } @log;
}

# --- each firm sells ------------------------------------------------------------

T::Payouts::configure($purser);
my $trader = T::Payouts->new($purser);
my ($sale, $account) = $purser->buy($trader->api);
my $payee = $trader->payee;
my $other_api = $purser->api(1);
my $theirs = json_of($other_api->POST('/v2/payments/checkout', $purser->checkout_body));
my $intent = $theirs->{stripe_payment_intent_id};
$double->control(POST => "/_double/payment_intents/$intent/confirm?stripe=other", {});
my $their_account = $purser->wait_for("the other firm's account is active", sub {
    my ($found) = @{ json_of($other_api->GET('/v2/payments/prop-accounts')) };
    return $found && $found->{status} eq 'active' ? $found : undef;
}, 20);
like($account->{synthetic_hotkey}, qr/\A\Q$T::Purser::HOTKEY\E_\d+\z/,
    'provisioning: the subaccount of acme is of its entity');
like($their_account->{synthetic_hotkey}, qr/\A\Q$T::Purser::OTHER_HOTKEY\E_\d+\z/,
    'provisioning: the subaccount of the other firm is of that firm\'s entity');
my @intents = $double->calls('POST', '/v1/payment_intents');
is(scalar(by_key('k3y1', @intents)), 1, 'keys: the other firm\'s sale was made with its key');
is(scalar(by_key('cret', @intents)), 1, 'keys: the sale of acme was made with its key');
is(scalar(by_key('t0k3', $double->calls('POST', '/api/create-subaccount'))), 1,
    'keys: one subaccount was made with the other firm\'s token');
is($purser->value(q{select string_agg(distinct e.stripe_account, ' ') from stripe_events.event e
    where e.object_id = ?}, $intent), 'other', 'events: the other firm\'s came by its path');

# --- each firm has a payee, a payout that waits, and a journal -------------------------

my $writer = $other_api->with(token => $purser->mint_token($other->{app}, 'api', 'payouts:write'));
$purser->value(q{select admin.set_connect_urls('other', 'https://app.other.test', null, null,
    'test', false)});
my $their_payee = json_of($other_api->POST('/v2/connect/accounts', { country => 'US' }));
$double->control(POST => "/_double/accounts/$their_payee->{stripe_account_id}/onboard?stripe=other",
    { outcome => 'active' });
is_deeply([map { $_->{stripe_account_id} } @{ json_of($other_api->GET('/v2/connect/accounts')) }],
    [$their_payee->{stripe_account_id}], 'payouts: the payee of the other firm is listed');
$double->control(PUT => "/_double/validator/$_->{subaccount_uuid}",
    { bucket => 'funded', weeks => [{ balance => 125, unrealized => 0 }] })
    for $account, $their_account;
my $ours = json_of($trader->api->POST('/v2/payouts/request', {}));
my $payout = json_of($writer->POST('/v2/payouts/request', {}));
is($_->{amount_cents}, 12_500, 'payouts: a trader of each firm is owed 125.00') for $ours, $payout;

# { client, journal, stripe, key, ids => what the firm has, by its noun }
my %firm = (
    acme => { tenant => $acme, client => $trader->writer, journal => $purser->journal(0),
        ids => { payment => $sale->{payment_id}, intent => $sale->{stripe_payment_intent_id},
            prop_account => $account->{id}, subaccount => $account->{subaccount_uuid},
            payee => $payee->{stripe_account_id}, connect => $payee->{id},
            payout => $ours->{id} } },
    other => { tenant => $other, client => $writer, journal => $purser->journal(1),
        ids => { payment => $theirs->{payment_id}, intent => $intent,
            prop_account => $their_account->{id}, subaccount => $their_account->{subaccount_uuid},
            payee => $their_payee->{stripe_account_id}, connect => $their_payee->{id},
            payout => $payout->{id} } },
);

# An endpoint that gets no more events, and a delivery that is over.
sub webhook_of {
    my ($firm) = @_;
    my $endpoint = json_of($firm->{client}->POST('/v2/webhook-endpoints',
        { url => 'https://hooks.test/', events => ['kyc.updated'] }))->{id};
    return ($endpoint, $purser->value(q{insert into webhooks.delivery (tenant_id, id, endpoint_id,
        event_id, event_type, object_id, number, status, delivered_at)
        select o.tenant_id, core.new_id('whd'), ?, o.id, o.type, o.object_id, 1, 'delivered', now()
        from webhooks.outbox o where o.tenant_id = ? limit 1 returning id}, $endpoint,
        $firm->{tenant}{id}));
}

for my $name (sort keys %firm) {
    my ($journal, $ids) = @{ $firm{$name} }{qw(journal ids)};
    my $recorded = T::Journal::account($journal, account_number => "NUMBER-$name",
        firm_name => "Journal of $name");
    @$ids{qw(journal_account journal_payout)} =
        ($recorded->{id}, T::Journal::payout($journal, $recorded)->{id});
    $ids->{event} = $purser->value(q{select e.id from stripe_events.event e
        join core.stripe_account s on s.name = e.stripe_account where s.tenant_id = ? limit 1},
        $firm{$name}{tenant}{id});
    @$ids{qw(endpoint delivery)} = webhook_of($firm{$name});
    is(scalar(grep { !defined } values %$ids), 0, "routes: $name has an object of each kind");
}

# --- every route, with every id of the other firm ----------------------------------------

# What a POST is sent that needs more than ids; each of the other firm's ids is added in turn, as
# every field that names an object, unless it stands in the path.
my %body = (
    'POST /v2/payments/checkout' => $purser->checkout_body,
    'POST /v2/payments/free' => { tier_id => 'tier_demo', asset_class => 'crypto',
        account_size => 10_000 },
    'POST /v2/connect/accounts' => { country => 'US' },
    'POST /v2/payouts/request' => {},
    'POST /v2/webhook-endpoints' => { url => 'https://hooks.test/', events => ['kyc.updated'] },
    'POST /v2/webhook-endpoints/{id}/recover' => { since => '2024-01-15T00:00:00Z' },
    'POST /api/v1/accounts' => { account_number => 'N', firm_name => 'F', account_type => 'funded',
        account_size => 50_000 },
    'POST /api/v1/payouts' => { date => '2024-01-15', total_amount => 1, profit_split => 80,
        status => 'completed' },
    'POST /api/v1/payouts/import' => sub { "date,account_number,total_amount,profit_split,status\n"
        . "2024-01-15,$_[0],1,80,completed\n" },
);
my @fields = qw(id account_id payment_id payout_id prop_account_id stripe_account_id
    stripe_payment_intent_id subaccount_id subaccount_uuid destination);
my @routes = routes(qw(payments connect payouts webhooks));
is(join(', ', grep { !$body{$_} } map { "$_->{method} $_->{path}" } grep { $_->{method} !~
    /^(?:GET|DELETE)$/ && $_->{credential} ne 'none' && $_->{path} !~ /\{/ } @routes), '',
    'routes: each that takes a body has a case here');
is(join(', ', map { $_->{path} } grep { $_->{credential} eq 'none' && $_->{api} ne 'provider'
    && $_->{path} ne '/health' } @routes), '', 'routes: no other one is without a credential');

# The requests of a route that name an object of the other firm: [path, body, headers].  A journal
# has objects of its own that can be made to refer to others.
sub requests_with {
    my ($route, $us, $noun, $id) = @_;
    my ($name, $path) = ("$route->{method} $route->{path}", $route->{path});
    my $body = $body{$name};
    if ($path =~ /\{/) {
        my ($own) = map { tr{.}{_}r } $route->{name} =~ /\A(journal\.payout)_\w+\z/;
        my $sent = $route->{method} =~ /^P/ ? $body || {} : undef;
        return ([$path =~ s/\{\w+\}/$id/gr, $sent],
            $path =~ /\{\w+\}.*\{/
                ? [$path =~ s/\{id\}/$us->{ids}{endpoint}/r =~ s/\{\w+\}/$id/r, $sent] : (),
            $own && $route->{method} eq 'PUT'
                ? [$path =~ s/\{\w+\}/$us->{ids}{$own}/r, { account_id => $id }] : ());
    }
    return [$path, $body->($id), 'Content-Type' => 'text/csv'] if ref $body eq 'CODE';
    my @header = $noun eq 'prop_account'
        ? [$path, $body && {%$body}, 'X-Prop-Account' => $id] : ();
    return (@header, [$path, { %$body, map { ($_ => $id) } @fields }]) if $body;
    return (@header, map { ["$path?$_=$id"] } qw(starting_after account_id search));
}

# Nothing is found by an id in the path or the header, and nothing is made to refer to one.
sub is_refused {
    my ($route, $request, $id, $status) = @_;
    my ($path, undef, %headers) = @$request;
    return 0 if $status >= 500;
    return $status =~ /^4/ if $route->{path} =~ /\{/ && index($path, $id) < 0;
    return $status == 404 if $route->{path} =~ /\{/ || ($headers{'X-Prop-Account'}
        && $route->{path} =~ m{/v2/payouts});
    return 1;
}

for my $pair (['acme', 'other'], ['other', 'acme']) {
    my ($who, $whose) = @$pair;
    my ($us, $them) = @firm{@$pair};
    my $shown = join '|', map { quotemeta } sort values %{ $them->{ids} }, "Journal of $whose";
    my $asked = @{ $double->log };
    my $before = has($them->{tenant});
    for my $route (grep { $_->{credential} ne 'none' } @routes) {
        my $client = $us->{ $route->{credential} eq 'journal' ? 'journal' : 'client' };
        my (@leaks, @accepted);
        for my $noun (sort keys %{ $them->{ids} }) {
            my $id = $them->{ids}{$noun};
            for my $request (requests_with($route, $us, $noun, $id)) {
                my ($path, $body, @headers) = @$request;
                my $answer = $client->call($route->{method}, $path, $body, @headers);
                push @leaks, "$noun: $answer->{body}" if $answer->{body} =~ /$shown/;
                push @accepted, "$noun: $answer->{status}"
                    if !is_refused($route, $request, $id, $answer->{status});
            }
        }
        is(join("\n", @leaks), '', "routes: $route->{method} $route->{path} shows $who nothing of "
            . $whose);
        is(join(', ', @accepted), '', "routes: $route->{method} $route->{path} takes no id of "
            . "$whose from $who");
    }
    is_deeply(has($them->{tenant}), $before,
        "routes: the requests of $who change nothing of $whose");
    my $key = $who eq 'acme' ? 'cret' : 'k3y1';
    my @log = @{ $double->log };
    is(join(', ', map { "$_->{method} $_->{path}" } grep { $json->encode([@$_{qw(path params)}]) =~
        /$shown/ } by_key($key, @log[$asked .. $#log])), '',
        "routes: Stripe is not asked about an object of $whose with the key of $who");
}

# --- events ---------------------------------------------------------------------

my $pending = json_of($trader->api->POST('/v2/payments/checkout', $purser->checkout_body));
my $open = $pending->{stripe_payment_intent_id};
my $valid = event('payment_intent.succeeded', { id => $open, object => 'payment_intent',
    status => 'succeeded', amount => 19_900, amount_received => 19_900, currency => 'usd',
    metadata => {} });
for my $path (map { $_->{path} } grep { $_->{api} eq 'provider' } @routes) {
    for my $name ($path =~ /\{/ ? qw(default other) : 'default') {
        my $secret = $name eq 'other' ? $T::Purser::WEBHOOK_SECRET
            : $T::Purser::OTHER_WEBHOOK_SECRET;
        my $at = $path =~ s/\{account\}/$name/r;
        is_problem(deliver_at($at, $secret, $valid), 400, 'V2_SIGNATURE_INVALID',
            "events: a valid one of another account at $at is refused");
    }
}
is_problem(deliver_at('/v2/webhooks/stripe/nobody', $T::Purser::WEBHOOK_SECRET, $valid), 404,
    'V2_NOT_FOUND', 'the path of an unknown account is 404');
is($purser->value(q{select count(*) from stripe_events.event
    where object_id = ? and type = 'payment_intent.succeeded'}, $open), 0,
    'nothing of the refused events is stored');

# A true event of each type that is applied, about what acme has.
my %of_sale = (payment_intent => $sale->{stripe_payment_intent_id}, amount => 100,
    currency => 'usd', status => 'succeeded', metadata => {});
my %of_payee = (account => $payee->{stripe_account_id});
my %transfer = (id => 'tr_1', object => 'transfer', amount => 12_500, currency => 'usd',
    destination => $payee->{stripe_account_id}, transfer_group => $ours->{id}, reversed => 0,
    amount_reversed => 0, metadata => $purser->metadata($ours->{id}));
my %about = (
    'payment_intent.succeeded' => $valid->{data}{object},
    'payment_intent.canceled' => { %{ $valid->{data}{object} }, status => 'canceled' },
    'payment_intent.payment_failed' => { %{ $valid->{data}{object} },
        status => 'requires_payment_method', last_payment_error => { code => 'card_declined' } },
    'charge.refunded' => { %of_sale, id => 'ch_1', object => 'charge' },
    (map { ("refund.$_" => { %of_sale, id => 're_1', object => 'refund' }) }
        qw(created updated failed)),
    'charge.refund.updated' => { %of_sale, id => 're_1', object => 'refund' },
    (map { ("charge.dispute.$_" => { %of_sale, id => 'dp_1', object => 'dispute' }) }
        qw(created updated closed funds_withdrawn funds_reinstated)),
    (map { ("transfer.$_" => {%transfer}) } qw(created updated reversed)),
    'account.updated' => { id => $payee->{stripe_account_id}, object => 'account',
        payouts_enabled => JSON::PP::false, metadata => $purser->metadata($payee->{id}) },
    (map { ("account.external_account.$_" => { %of_payee, id => 'ba_1', object => 'bank_account' })
        } qw(created updated deleted)),
    'capability.updated' => { %of_payee, id => 'transfers', object => 'capability' },
    'account.application.deauthorized' => { id => 'ca_1', object => 'application' },
);
my @applied = map { (split)[0] } grep { !/^#/ } split /\n/,
    `@{[build_dir()]}/purser-jobs --events`;
is(join(', ', grep { my $like = s/\./\\./gr =~ s/\*/.*/gr; !grep { /\A$like\z/ } keys %about }
    @applied), '', 'events: each type that is applied has a case here');

# At the other account, each is stored, and applied to nothing.
my %sent;
untouched($acme, 'true events of the other account about what acme has', sub {
    for my $type (sort keys %about) {
        my @account = $type =~ /^(?:account|capability)/ ? $payee->{stripe_account_id} : ();
        $sent{$type} = event($type, $about{$type}, map { (account => $_) } @account);
        $sent{"thin $type"} = thin("v1.$type", @{ $about{$type} }{qw(object id)},
            map { (context => $_) } @account);
    }
    for my $what (sort keys %sent) {
        is_status(deliver_at('/v2/webhooks/stripe/other', $T::Purser::OTHER_WEBHOOK_SECRET,
            $sent{$what}), 200, "events: $what is taken at the path of its account");
    }
    $purser->wait_for('all are tried', sub { !$purser->value(q{
        select count(*) from stripe_events.event
        where state = 'pending' and id = any (?)}, [map { $_->{id} } values %sent]) }, 60);
});
for my $what (sort keys %sent) {
    like($purser->value(q{select state from stripe_events.event
        where stripe_account = 'other' and id = ?}, $sent{$what}{id}),
        qr/\A(?:stranger|ignored|failed)\z/, "events: $what of the other account is not applied");
}
untouched($other, 'an event of default with the id of one of the other account', sub {
    my $id = $purser->value(q{select id from stripe_events.event where stripe_account = 'other'
        and object_id = ? limit 1}, $intent);
    is_status(deliver_at('/v2/webhooks/stripe', undef, event('payment_intent.canceled',
        { id => $intent, object => 'payment_intent', status => 'canceled' }, id => $id)), 200,
        'the same id at another account is taken');
    is($purser->value('select count(*) from stripe_events.event where id = ?', $id), 2,
        'events are stored by account and id');
});

# --- forged metadata --------------------------------------------------------------

my $installation = $purser->value('select id from core.installation');
sub forged {
    my (%metadata) = @_;
    return join '&', 'amount=19900', 'currency=usd', 'automatic_payment_methods[enabled]=true',
        map { "metadata[$_]=$metadata{$_}" } sort keys %metadata;
}
my %full = (purser_installation => $installation, purser_api => 'prop',
    purser_tenant => $acme->{id}, purser_object => $pending->{payment_id}, purser_attempt => 1);
my %forgery = (
    'metadata of acme at the other account' => ['other', %full],
    'the old key at the other account' => ['other', payment_id => $pending->{payment_id}],
    'metadata of the other tenant at default' => ['default', %full,
        purser_tenant => $other->{id}],
    'metadata of another installation at default' => ['default', %full,
        purser_installation => 'ins_' . '0' x 32],
    'purser_object alone at default' => ['default', purser_object => $pending->{payment_id}],
    'the old key at default' => ['default', payment_id => $pending->{payment_id}],
    'purser_payment at default' => ['default', purser_payment => $pending->{payment_id}],
);
for my $what (sort keys %forgery) {
    my ($name, %metadata) = @{ $forgery{$what} };
    my $key = $name eq 'other' ? $T::Purser::OTHER_SECRET_KEY : $T::Purser::SECRET_KEY;
    untouched($acme, "a paid PaymentIntent with $what", sub {
        my $made = stripe($key, 'POST', '/v1/payment_intents', forged(%metadata));
        $double->control(POST => "/_double/payment_intents/$made->{id}/confirm?stripe=$name", {});
    });
}
is(json_of($trader->api->GET("/v2/payments/$pending->{payment_id}"))->{status},
    'requires_payment_method', 'the pending payment waits for its payer');
is(scalar @{ $purser->rows('select * from core.exception') }, 0, 'strangers are no exceptions');

# --- payouts ----------------------------------------------------------------------

# The other firm has nothing at Stripe, and its trader is owed 125.00; acme has 1,000,000.00.
$double->control(POST => '/_double/balance?stripe=other',
    { account => 'platform', currency => 'usd', available => 0 });
my $had = stripe($T::Purser::SECRET_KEY, 'GET', '/v1/balance')->{available};
isnt(json_of($writer->POST("/v2/payouts/$payout->{id}/submit", {}))->{status} // '', 'paid',
    'payouts: a firm without money at Stripe pays nothing');
my @transfers = $double->calls('POST', '/v1/transfers');
ok(@transfers > 0, 'payouts: Stripe was asked for the transfer');
is(scalar(by_key('k3y1', @transfers)), scalar @transfers,
    'payouts: only with the key of the firm whose trader it is');
is_deeply(stripe($T::Purser::SECRET_KEY, 'GET', '/v1/balance')->{available}, $had,
    'payouts: the balance of acme is as it was');

# --- balance ------------------------------------------------------------------------

# Two sales, two forgeries at the account of the other firm, five at that of acme.
$purser->wait_for('what came in at both accounts is read', sub { $purser->value(q{
    select count(*) from reconciliation.balance_transaction where type = 'charge'}) == 9 }, 30);
is_deeply($purser->rows(q{select t.slug as tenant, b.code, b.balance::bigint as balance
    from ledger.balance_v b join core.tenant t on t.id = b.tenant_id
    where b.code in ('revenue:challenges', 'stripe:external') order by 1, 2}), [
        { tenant => 'acme', code => 'revenue:challenges', balance => -19_900 },
        { tenant => 'acme', code => 'stripe:external', balance => -99_500 },
        { tenant => 'other', code => 'revenue:challenges', balance => -19_900 },
        { tenant => 'other', code => 'stripe:external', balance => -39_800 }],
    'books: each firm has its own sale, and what strangers took at its account');
is_deeply($purser->rows(q{select tenant, stripe_account, difference::text as difference
    from admin.reconciliation() where code = 'stripe:balance'}), [
        { tenant => 'acme', stripe_account => 'default', difference => '0' },
        { tenant => 'other', stripe_account => 'other', difference => '0' }],
    'balance: each firm\'s books agree with its own Stripe account');
is($purser->value(q{select count(*) from reconciliation.balance_transaction b
    join core.stripe_account s on s.name = b.stripe_account
    where s.tenant_id <> b.tenant_id}), 0, 'balance: no movement is in another firm\'s books');

# --- forged metadata of the other objects that Purser makes --------------------------------

# Of each kind that is made at Stripe with our metadata, one at the other firm's account that names
# a row of acme's, and one at acme's that names the other tenant.
$double->control(POST => '/_double/balance?stripe=other',
    { account => 'platform', currency => 'usd', available => 50_000 });
my %row = (transfers => $ours->{id}, accounts => $payee->{id}, refunds => $sale->{payment_id});
my %form = (transfers => 'amount=12500&currency=usd', accounts => 'country=US',
    refunds => 'amount=100');
for my $name (qw(other default)) {
    my $at = $name eq 'other' ? $firm{other} : $firm{acme};
    my %names = (transfers => "destination=$at->{ids}{payee}&transfer_group=$ours->{id}",
        accounts => 'type=express', refunds => "payment_intent=$at->{ids}{intent}");
    for my $list ($name eq 'other' ? sort keys %row : qw(accounts transfers)) {
        untouched($acme, "one of $list with metadata of acme at the account $name", sub {
            my %metadata = (%full, purser_object => $row{$list}, $name eq 'other' ? ()
                : (purser_tenant => $other->{id}));
            my $made = stripe($at == $firm{other} ? $T::Purser::OTHER_SECRET_KEY
                : $T::Purser::SECRET_KEY, 'POST', "/v1/$list", join '&', $form{$list},
                $names{$list}, map { "metadata[$_]=$metadata{$_}" } sort keys %metadata);
            like($made->{id} // '', qr/\A(?:tr|acct|re)_/, "forged: one of $list is made at $name");
        });
    }
}
is(json_of($trader->api->GET("/v2/payouts/$ours->{id}"))->{status}, 'pending',
    'forged: the payout of acme waits');

done_testing;
