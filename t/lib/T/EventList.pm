package T::EventList;

# A server of Stripe's list of events, as long and as slow as a test needs it: the n-th event is
# evt_list<n>, a minute (step_s) younger than the one before it.  A process of its own serves it.
#
#   my $list = T::EventList->start(dir => $dir, count => 1000, newest_s => time - 60,
#       delay_ms => 300);
#   $purser->start_program('purser-jobs', conf => { stripe_api_base => $list->base });
#   $list->add(time); $list->forget(300); $list->change(delay_ms => 0);
#   $list->put(7, '{"id":"evt_list000007",...}');    # this text in the place of the event
#   [$list->asked]    # { from, after, limit } of each request so far

use strict;
use warnings;

use JSON::PP ();
use Mojo::IOLoop;
use Mojo::Server::Daemon;
use T::Events qw(event);
use T::Proc qw(free_port slurp spew);

my $json = JSON::PP->new->utf8->canonical;

sub start {
    my ($class, %options) = @_;
    my $port = free_port();
    my $self = bless { port => $port, state => "$options{dir}/list.state",
        asked => "$options{dir}/list.asked" }, $class;
    my ($count, $newest_s) = ($options{count}, $options{newest_s} // time);
    my $step_s = $options{step_s} // 60;
    spew($self->{asked}, '');
    $self->_write({ delay_ms => $options{delay_ms} // 0, padding => $options{padding} // 0,
        type => $options{type} // 'invoice.created', forgotten => 0,
        created => [map { $newest_s - $step_s * ($count - $_) } 1 .. $count] });
    $self->{process} = T::Proc->start(log => "$options{dir}/list.log", command => ['event list'],
        code => sub { $self->_serve });
    return $self;
}

sub base { return "http://127.0.0.1:$_[0]{port}" }
sub asked { return map { $json->decode($_) } split /\n/, slurp($_[0]{asked}) }

# A new event, the newest of all; returns its id.
sub add {
    my ($self, $created_s) = @_;
    my $state = $self->_read;
    push @{ $state->{created} }, $created_s;
    $self->_write($state);
    return _id(scalar @{ $state->{created} });
}

# Removes the first n events, as Stripe does after 30 days.
sub forget { my ($self, $n) = @_; return $self->change(forgotten => $n) }
sub change { my ($self, %changes) = @_; return $self->_write({ %{ $self->_read }, %changes }) }

# In a file each, since they may be large; undef = the event again.
sub put {
    my ($self, $n, $text) = @_;
    return unlink "$self->{state}.$n" if !defined $text;
    return spew("$self->{state}.$n", $text);
}

sub _id { return sprintf 'evt_list%06d', $_[0] }
sub _read { return $json->decode(slurp($_[0]{state})) }

# The same, read only when it has changed, for a long list.
sub _known {
    my ($self) = @_;
    my $version = join ' ', (stat $self->{state})[1, 9, 10];
    @$self{qw(version known)} = ($version, $self->_read) if ($self->{version} // '') ne $version;
    return $self->{known};
}

sub _write {
    my ($self, $state) = @_;
    spew("$self->{state}.new", $json->encode($state));
    rename "$self->{state}.new", $self->{state} or die "rename: $!";
    return $self;
}

# ---- the process -------------------------------------------------------------------------------

# Newest first, those created at or after `from`; a cursor must be the id of an event of the list.
# Returns the status and the text of the answer.
sub _page {
    my ($self, $state, $from, $after, $limit) = @_;
    my $n = defined $after ? ($after =~ /(\d+)$/)[0] : 1 + @{ $state->{created} };
    return (400, $json->encode({ error => { type => 'invalid_request_error',
        code => 'resource_missing', param => 'starting_after',
        message => "No such event: '$after'" } })) if $n <= $state->{forgotten};
    my @found;
    while (--$n > $state->{forgotten} && @found <= $limit) {
        push @found, $n if $state->{created}[$n - 1] >= $from;
    }
    my $more = @found > $limit ? 'true' : 'false';
    pop @found if @found > $limit;
    my $events = join ',', map { -e "$self->{state}.$_" ? slurp("$self->{state}.$_")
        : $json->encode(event($state->{type},
            { id => "in_$_", object => 'invoice', padding => 'x' x $state->{padding} },
            id => _id($_), created => $state->{created}[$_ - 1])) } @found;
    return (200, qq({"object":"list","url":"/v1/events","has_more":$more,"data":[$events]}));
}

# The account of the key, as the double has it.
sub _account {
    my ($credential) = @_;
    my $name = ($credential // '') eq "Bearer $T::Purser::OTHER_SECRET_KEY" ? 'Other' : 'Default';
    return qq({"id":"acct_1$name","object":"account"});
}

sub _serve {
    my ($self) = @_;
    my $daemon = Mojo::Server::Daemon->new(listen => [$self->base], silent => 1);
    $daemon->unsubscribe('request')->on(request => sub {
        my (undef, $tx) = @_;
        return _answer($tx, 200, _account($tx->req->headers->authorization))
            if $tx->req->url->path eq '/v1/account';
        return _answer($tx, 200, '{"object":"list","has_more":false,"data":[]}')
            if $tx->req->url->path ne '/v1/events';
        my ($from, $after, $limit) =
            map { $tx->req->param($_) } 'created[gte]', 'starting_after', 'limit';
        open my $log, '>>', $self->{asked} or die "$self->{asked}: $!";
        print {$log} $json->encode({ from => $from, after => $after, limit => $limit }), "\n";
        close $log;
        my $state = $self->_known;
        my ($status, $body) = $self->_page($state, $from, $after, $limit);
        Mojo::IOLoop->timer($state->{delay_ms} / 1000 => sub { _answer($tx, $status, $body) });
    });
    return $daemon->run;
}

sub _answer {
    my ($tx, $status, $body) = @_;
    $tx->res->code($status);
    $tx->res->headers->content_type('application/json');
    $tx->res->body($body);
    return $tx->resume;
}

1;
