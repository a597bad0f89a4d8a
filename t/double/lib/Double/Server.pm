package Double::Server;

# The one HTTP server: reads a request, finds its part, applies faults, answers, logs.

use Mojo::Base -base, -signatures;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json);
use Mojo::Server::Daemon;
use Double::Api;
use Double::Control;
use Double::Pages;
use Double::Provider;
use Double::Rail;
use Double::Util qw(form_decode);

has 'double';                   # the Stripe account named default, and what is not Stripe's
has others => sub { {} };       # more Stripe accounts, by name
has sides => sub { {} };        # of each: its API and its control side
has provider => sub ($self) { Double::Provider->new(double => $self->double) };
has rail => sub ($self) { Double::Rail->new(double => $self->double) };
has 'daemon';

use constant { HUGE_BYTES => 10 << 20, SILENCE_S => 600, KEEP_ALIVE_S => 60, BACKLOG => 1024,
    MOMENT_S => 0.02 };

# Starts listening; returns the port.
sub start ($self, $listen) {
    my $daemon = Mojo::Server::Daemon->new(listen => ["$listen?backlog=" . BACKLOG], silent => 1,
        inactivity_timeout => SILENCE_S, keep_alive_timeout => KEEP_ALIVE_S, max_clients => 4096,
        max_requests => 1_000_000);
    $daemon->unsubscribe('request')->on(request => sub ($, $tx) {
        return if eval { $self->serve($tx); 1 };
        warn "internal error: $@";
        $self->send($tx, { status => 500, body => '{"error":{"type":"api_error"}}' });
    });
    $daemon->start;
    $self->daemon($daemon);
    my $port = $daemon->ports->[0];
    my ($host) = $listen =~ m{^http://([^:/]+|\[[^\]]+\])};
    $_->origin("http://$host:$port") for $self->doubles;
    return $port;
}

# ---- Stripe accounts: told apart by key, by ?stripe= on the control side, by id on pages --------

sub doubles ($self) { return ($self->double, values %{ $self->others }) }

sub side ($self, $double) {
    return $self->sides->{$double} //= { api => Double::Api->new(double => $double),
        control => Double::Control->new(double => $double, provider => $self->provider,
            rail => $self->rail) };
}

sub by_key ($self, $request) {
    my $key = Double::Api::key_given($request);
    my ($double) = grep { $_->has_key($key) || $key eq $_->publishable_key } $self->doubles;
    return $double // $self->double;
}

# undef = there is no such account.
sub by_name ($self, $request) {
    my $name = form_decode($request->{query})->{stripe} // 'default';
    return $name eq 'default' ? $self->double : $self->others->{$name};
}

sub by_path ($self, $path) {
    for my $double ($self->doubles) {
        my $store = $double->store;
        return $double
            if grep { $store->any($_) || $store->data->{links}{$_} } split m{/}, $path;
    }
    return $self->double;
}

sub steer ($self, $tx, $request) {
    my $send = sub ($answer) { $self->send($tx, $answer) };
    my $double = $self->by_name($request)
        // return $send->({ status => 404, body => '{"error":{"message":"no such account"}}' });
    if ($request->{path} eq '/_double/reset' && $request->{query} eq '') {
        $_->reset for values %{ $self->others };
    }
    return $self->side($double)->{control}->serve($tx, $request, $send);
}

# ---- one request -----------------------------------------------------------------------------

sub serve ($self, $tx) {
    $tx->res->headers->server('purser-double');
    my $request = $self->read_request($tx);
    my $path = $request->{path};
    return $self->steer($tx, $request) if $path =~ m{^/_double(?:/|$)};
    return $self->send($tx, Double::Pages->new(double => $self->by_path($path))->answer($request))
        if Double::Pages::owns($path);
    return $self->send($tx, preflight($request)) if $request->{method} eq 'OPTIONS';
    my $entry = $self->double->log->begin($request);
    $request->{double} = $path =~ m{^/v1/} ? $self->by_key($request) : $self->double;
    my $part = $path =~ m{^/v1/} ? $self->side($request->{double})->{api}
        : $path =~ m{^/rail/} ? $self->rail : $self->provider;
    $self->play($tx, $request, $entry, $part);
}

sub read_request ($self, $tx) {
    my $req = $tx->req;
    my $headers = { map { lc($_) => $req->headers->header($_) } @{ $req->headers->names } };
    my %request = (method => $req->method, path => $req->url->path->to_string,
        query => $req->url->query->to_string // '', headers => $headers, host => $headers->{host},
        body => $req->content->is_multipart ? '' : $req->body);
    my $params = eval { read_params($req, \%request) };
    $request{params} = $params // {};
    $request{broken} = $@ =~ s/ at \S+ line \d+.*//sr if !$params;
    return \%request;
}

# Decoded parameters: form or query for Stripe, JSON for everything else.
sub read_params ($req, $request) {
    my $type = $request->{headers}{'content-type'} // '';
    return read_multipart($req) if $type =~ m{^multipart/form-data}i;
    return form_decode($request->{query}) if $request->{method} =~ /^(?:GET|DELETE|HEAD)$/;
    if ($type =~ m{^application/json}i || $request->{path} !~ m{^/(?:v1|connect|pay)/}) {
        die "Stripe's API takes form-encoded bodies, not JSON\n"
            if $request->{path} =~ m{^/v1/} && $request->{body} ne '';
        return $request->{body} eq '' ? {} : decode_json($request->{body});
    }
    return form_decode(join '&', grep { length } $request->{query}, $request->{body});
}

# Files become { filename, size, type } under their name.
sub read_multipart ($req) {
    my $params = form_decode($req->body_params->to_string);
    for my $upload (@{ $req->uploads }) {
        $params->{ $upload->name } = { filename => $upload->filename, size => $upload->size,
            type => $upload->headers->content_type };
    }
    return $params;
}

# The life of a call: fault before, first half, delay, execution, fault after, answer, log.
sub play ($self, $tx, $request, $entry, $part) {
    my $rule = $self->double->faults->pick($request->{method}, $request->{path});
    $rule //= $part->own_fault($request) if $part->can('own_fault');
    my $do = $rule ? $rule->{do} : '';
    my %noted = $do ? (fault => $do) : ();
    return $self->double->log->finish($entry, undef, %noted, executed => \0) if $do eq 'hang';
    my $instead = $rule && $self->instead($request, $rule, $part);
    if ($instead && !$rule->{executed}) {
        return $self->reply($tx, $request, $entry, $instead, %noted, executed => \0);
    }
    my $prepared = $request->{broken} ? { answer => $part->broken($request) }
        : $part->prepare($request);
    if ($prepared->{answer}) {
        return $self->after($tx, $request, $entry, $rule, $prepared->{answer}, 0, $instead);
    }
    my $execute = sub {
        my $answer = $prepared->{run}->();
        my $final = $instead // $answer;
        $self->hold($request->{double}, sub {
            $prepared->{settle}->($final) if $prepared->{settle};
            $self->after($tx, $request, $entry, $rule, $answer, 1, $instead);
        });
    };
    return Mojo::IOLoop->timer(($rule->{delay_ms} // 1000) / 1000 => $execute) if $do eq 'delay';
    $execute->();
}

# With "early" the events of this call are delivered before its answer.
sub hold ($self, $double, $continue) {
    my $webhooks = $double->webhooks;
    return $continue->() if !$webhooks->early;
    $webhooks->deliver_first($continue);
}

# The answer that a fault gives in place of the real one, or undef.
sub instead ($self, $request, $rule, $part) {
    my $do = $rule->{do};
    if ($do =~ /^\d+$/) {
        my $answer = $part->fault_answer($request, $do, $rule);
        $answer->{headers} = { %{ $answer->{headers} // {} }, %{ $rule->{headers} // {} } };
        return $answer;
    }
    my %body = (
        html => ['text/html', "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>\n"],
        body => ['application/json', $rule->{body} // ''],
        huge => ['application/json', '{"huge":"' . ('x' x HUGE_BYTES) . '"}'],
    );
    my $is = $body{$do} or return undef;
    utf8::encode($is->[1]) if utf8::is_utf8($is->[1]);
    return { status => $rule->{status} // 200, type => $is->[0], body => $is->[1], broken => 1,
        headers => $rule->{headers} // {} };
}

sub after ($self, $tx, $request, $entry, $rule, $answer, $executed, $instead) {
    my $do = $rule ? $rule->{do} : '';
    my %noted = (executed => $executed ? \1 : \0, $do ? (fault => $do) : ());
    if ($do =~ /^(?:cut_after|lost_answer|truncated)$/) {
        $self->silence($tx, $do, $answer);
        $noted{result} = { status => $answer->{status}, body => json_or_text($answer->{body}) };
        $self->double->log->finish($entry, undef, %noted);
        return $request->{double}->webhooks->release;
    }
    $self->reply($tx, $request, $entry, $instead // $answer, %noted);
}

sub json_or_text ($body) { return eval { decode_json($body) } // "$body" }

# Executed without an answer: the connection is closed at once, in the middle, or stays silent.
sub silence ($self, $tx, $do, $answer) {
    return if $do eq 'lost_answer';
    my $stream = Mojo::IOLoop->stream($tx->connection // return) or return;
    return $stream->close if $do eq 'cut_after';
    my $body = $answer->{body};
    my $head = "HTTP/1.1 $answer->{status} OK\r\nContent-Type: application/json\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n";
    $stream->write($head . substr($body, 0, int(length($body) / 2)) => sub { $stream->close });
}

sub reply ($self, $tx, $request, $entry, $answer, %noted) {
    $self->judge($request, $answer, \%noted) if $self->double->contract;
    $self->double->log->finish($entry, $answer, %noted);
    # Events leave a moment after the answer is on the wire (or its reader is gone).
    $tx->once(finish => sub {
        Mojo::IOLoop->timer(MOMENT_S() => sub { $request->{double}->webhooks->release });
    });
    $self->send($tx, with_cors($request, $answer));
}

# With Stripe's OpenAPI description each Stripe call is validated; its mistakes go into the log.
sub judge ($self, $request, $answer, $noted) {
    return if $request->{path} !~ m{^/v1/} || $noted->{fault};
    my @wrong = $self->double->contract->judge_call($request, $answer);
    $noted->{contract} = \@wrong if @wrong;
}

sub send ($self, $tx, $answer) {
    my $res = $tx->res->code($answer->{status});
    my $headers = $res->headers;
    my $type = $answer->{type} // 'application/json';
    $headers->content_type($type =~ m{^text/} ? "$type; charset=utf-8" : $type)
        if $answer->{status} != 204;
    my %more = %{ $answer->{headers} // {} };
    $headers->header($_ => $more{$_}) for keys %more;
    $res->body($answer->{body} // '');
    $tx->resume;
}

# ---- browsers: retrieving and confirming with the publishable key ----------------------------

my $BROWSER = qr{^/v1/payment_intents/[^/]+(?:/confirm)?$};

sub with_cors ($request, $answer) {
    return $answer if $request->{path} !~ $BROWSER;
    $answer->{headers}{'Access-Control-Allow-Origin'} = '*';
    $answer->{headers}{'Access-Control-Expose-Headers'} = 'Request-Id';
    return $answer;
}

sub preflight ($request) {
    return { status => 404, body => '' } if $request->{path} !~ $BROWSER;
    return { status => 204, body => '', headers => { 'Access-Control-Allow-Origin' => '*',
        'Access-Control-Allow-Methods' => 'GET, POST', 'Access-Control-Max-Age' => 300,
        'Access-Control-Allow-Headers' =>
            'Authorization, Content-Type, Stripe-Version, Idempotency-Key' } };
}

1;
