package Double::Client;

# For tests: starts a double of its own on a free port, speaks to it, receives its webhooks.
# All calls run on one event loop, so that webhooks arrive while a call waits for its answer.

use Mojo::Base -base, -signatures;
use Digest::SHA qw(hmac_sha256_hex);
use File::Temp ();
use FindBin ();
use Mojo::File ();
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Mojo::Parameters;
use Mojo::Server::Daemon;
use Mojo::UserAgent;
use POSIX ();
use Time::HiRes ();

use constant { SECRET => 'whsec_platform_test', CONNECT_SECRET => 'whsec_connect_test' };

has [qw(base pid directory receiver)];
has received => sub { [] };
has hook_status => 200;     # what the receiver answers; may be a sub
has agent => sub {
    Mojo::UserAgent->new(max_redirects => 0, request_timeout => 30, inactivity_timeout => 30,
        max_connections => 200);
};

sub program () { return Mojo::File->new(__FILE__)->dirname->child('..', '..', 'stripe')->realpath }

# Stripe's OpenAPI description, or undef where it is absent.
sub contract () {
    my $directory = $ENV{STRIPE_CONTRACT}
        // program()->dirname->child('..', '..', '..', 'shared', 'stripe')->to_string;
    return -r "$directory/spec3.subset.json" ? $directory : undef;
}

# %with: webhooks => 1 to receive them, args => [...] more options.
sub start ($class, %with) {
    my $self = $class->new(directory => File::Temp->newdir);
    my @args = ('--listen', 'http://127.0.0.1:0', '--port-file', $self->directory . '/port',
        @{ $with{args} // [] });
    push @args, '--contract', contract() if contract();
    push @args, '--webhook-url', $self->receive, '--webhook-secret', SECRET,
        '--connect-webhook-secret', CONNECT_SECRET if $with{webhooks};
    $self->launch(@args);
    return $self;
}

sub launch ($self, @args) {
    my $file = $self->directory . '/port';
    unlink $file;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>>', $self->directory . '/stderr' or POSIX::_exit(1);
        exec $^X, program(), @args or POSIX::_exit(1);
    }
    $self->pid($pid);
    my $until = time + 60;    # on a busy machine
    while (!-e $file) {
        die 'the double did not start: ' . Mojo::File->new($self->directory, 'stderr')->slurp
            if time > $until || waitpid($pid, POSIX::WNOHANG) > 0;
        Time::HiRes::sleep(0.05);
    }
    chomp(my $port = Mojo::File->new($file)->slurp);
    $self->base("http://127.0.0.1:$port");
}

sub stop ($self) {
    my $pid = $self->pid or return;
    $self->pid(undef);
    kill TERM => $pid;
    my $until = time + 5;
    while (waitpid($pid, POSIX::WNOHANG) == 0) {
        kill KILL => $pid if time > $until;
        Time::HiRes::sleep(0.01);
    }
    return $?;
}

sub DESTROY ($self) {
    local $?;
    $self->stop;
}

# ---- the loop --------------------------------------------------------------------------------

sub wait_for ($self, $condition, $seconds = 10) {
    my $until = Time::HiRes::time() + $seconds;
    my $tick = Mojo::IOLoop->recurring(0.02 => sub { });
    Mojo::IOLoop->one_tick while !$condition->() && Time::HiRes::time() < $until;
    Mojo::IOLoop->remove($tick);
    return $condition->();
}

sub pause ($self, $seconds) { $self->wait_for(sub { 0 }, $seconds); return }

# ---- calls -----------------------------------------------------------------------------------

# Starts a call; the answer appears in the returned hash: done, status, headers, body, json, error.
sub begin ($self, $method, $path, $headers, $body, $timeout = 30) {
    my %answer = (done => 0, status => 0, body => '');
    my $tx = $self->agent->build_tx($method, $self->base . $path, $headers, $body // '');
    my $agent = $self->agent;
    Mojo::IOLoop->timer($timeout => sub { $answer{done} = 1 });
    $agent->start($tx => sub ($agent, $tx) {
        $answer{error} = $tx->error && !$tx->res->code ? $tx->error->{message} : undef;
        # A body that ends too early is no answer either.
        my $length = $tx->res->headers->content_length;
        $answer{error} //= 'truncated' if defined $length && $length != length $tx->res->body;
        $answer{status} = $tx->res->code // 0;
        $answer{headers} = $tx->res->headers;
        $answer{body} = $tx->res->body;
        $answer{json} = eval { decode_json($answer{body}) };
        $answer{done} = 1;
    });
    return \%answer;
}

sub call ($self, @call) {
    my $answer = $self->begin(@call);
    $self->wait_for(sub { $answer->{done} }, 35);
    return $answer;
}

sub form (%fields) {
    my $form = Mojo::Parameters->new;
    for my $name (sort keys %fields) {
        $form->append($name => $_) for ref $fields{$name} ? @{ $fields{$name} } : $fields{$name};
    }
    return $form->to_string;
}

# A Stripe call with form fields. %with: key, account, auth, version, timeout.
sub stripe_begin ($self, $method, $path, $fields = {}, %with) {
    my %headers = (Authorization => 'Bearer ' . ($with{auth} // 'sk_test_double'));
    $headers{'Idempotency-Key'} = $with{key} if defined $with{key};
    $headers{'Stripe-Account'} = $with{account} if $with{account};
    $headers{'Stripe-Version'} = $with{version} if $with{version};
    my $text = form(%$fields);
    if ($method eq 'POST') { $headers{'Content-Type'} = 'application/x-www-form-urlencoded' }
    elsif (length $text) { ($path, $text) = ("$path?$text", '') }
    return $self->begin($method, $path, \%headers, $text, $with{timeout} // 30);
}

sub stripe ($self, @call) {
    my $answer = $self->stripe_begin(@call);
    $self->wait_for(sub { $answer->{done} }, 35);
    return $answer;
}

sub json ($self, $method, $path, $data = undef, %headers) {
    return $self->call($method, $path, { 'Content-Type' => 'application/json', %headers },
        defined $data ? encode_json($data) : '');
}

# A control call; dies unless it is a 200; returns the data.
sub control ($self, $method, $path, $data = undef) {
    my $answer = $self->json($method, "/_double$path", $data);
    die "$method $path: $answer->{status} $answer->{body}" if $answer->{status} != 200;
    return $answer->{json};
}

# ---- shortcuts -------------------------------------------------------------------------------

sub intent ($self, %fields) {
    return $self->stripe(POST => '/v1/payment_intents', { amount => 2500, currency => 'usd',
        %fields })->{json};
}

# An onboarded account that can be paid.
sub account ($self, %fields) {
    my $made = $self->stripe(POST => '/v1/accounts', { country => 'US',
        'controller[stripe_dashboard][type]' => 'express',
        'controller[fees][payer]' => 'application',
        'controller[losses][payments]' => 'application',
        'capabilities[transfers][requested]' => 'true',
        'capabilities[card_payments][requested]' => 'true', %fields })->{json};
    $self->control(POST => "/accounts/$made->{id}/onboard", { outcome => 'active' });
    return $made->{id};
}

sub fund ($self, $amount, $account = 'platform', $currency = 'usd') {
    return $self->control(POST => '/balance', { account => $account, currency => $currency,
        available => $amount });
}

sub available ($self, $account = undef, $currency = 'usd') {
    my $balance = $self->stripe(GET => '/v1/balance', {}, account => $account)->{json};
    my ($row) = grep { $_->{currency} eq $currency } @{ $balance->{available} };
    return $row ? $row->{amount} : 0;
}

# ---- webhooks --------------------------------------------------------------------------------

sub receive ($self) {
    my $daemon = Mojo::Server::Daemon->new(listen => ['http://127.0.0.1:0'], silent => 1);
    $daemon->unsubscribe('request')->on(request => sub ($, $tx) {
        my $body = $tx->req->body;
        my $status = $self->hook_status;
        $status = $status->() if ref $status;
        push @{ $self->received }, { body => $body, event => decode_json($body),
            signature => $tx->req->headers->header('Stripe-Signature'), answered => $status };
        $tx->res->code($status);
        $tx->resume;
    });
    $daemon->start;
    $self->receiver($daemon);
    return 'http://127.0.0.1:' . $daemon->ports->[0] . '/hook';
}

sub types ($self) { return [map { $_->{event}{type} } @{ $self->received }] }

# The check that a receiver makes, written again from the description and not from the signer.
sub signed_with ($class, $hook, $secret) {
    my %part = map { split /=/, $_, 2 } split /,/, $hook->{signature};
    return 0 if ($part{t} // '') !~ /^\d+$/ || abs(time - $part{t}) > 300;
    return ($part{v1} // '') eq hmac_sha256_hex("$part{t}." . $hook->{body}, $secret);
}

1;
