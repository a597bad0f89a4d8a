package T::Double;

# The double of Stripe, validator and account provider (t/double/stripe --help) on a free port.
#
#   my $double = T::Double->start(webhook_url => ..., webhook_secret => ...);
#   $double->control(POST => '/_double/faults', { rules => [...] });
#   $double->calls('POST', '/v1/payment_intents');    # what it was asked for

use strict;
use warnings;

use JSON::PP ();
use T::Http;
use T::Proc qw(top_dir temp_dir slurp wait_until);

my $count = 0;
my $json = JSON::PP->new->utf8->canonical;

# Every option of the program by its name with _ for -; an array repeats it.
sub start {
    my ($class, %options) = @_;
    my $dir = temp_dir('double' . ++$count);
    my $self = bless { dir => $dir, options => {%options} }, $class;
    my @args;
    for my $name (sort keys %options) {
        my @values = ref $options{$name} ? @{ $options{$name} } : $options{$name};
        push @args, map { ('--' . ($name =~ tr/_/-/r), $_) } @values;
    }
    $self->{process} = T::Proc->start(log => "$dir/output",
        command => [top_dir() . '/t/double/stripe', '--listen', 'http://127.0.0.1:0',
            '--port-file', "$dir/port", @args]);
    $self->{port} = wait_until(60, 'the double listens', sub {
        die "the double ended:\n" . $self->log_text if !$self->{process}->alive;
        return -s "$dir/port" && slurp("$dir/port") =~ /(\d+)/ ? $1 : 0;
    });
    $self->{http} = T::Http->new($self->base);
    return $self;
}

sub base { return "http://127.0.0.1:$_[0]{port}" }
sub http { return $_[0]{http} }
sub log_text { return $_[0]{process}->log_text }
sub stop { return $_[0]{process}->stop }

# A call of the control side; dies when it is refused.
sub control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->{http}->request({ method => $method, uri => $path,
        $body ? (body => $json->encode($body), headers => { 'Content-Type' => 'application/json' })
        : () });
    die "$method $path: $answer->{status} $answer->{body}\n" if $answer->{status} !~ /^2/;
    return length $answer->{body} ? $json->decode($answer->{body}) : undef;
}

sub faults {
    my ($self, @rules) = @_;
    return $self->control(POST => '/_double/faults', { rules => \@rules });
}

sub no_faults { return $_[0]->control(DELETE => '/_double/faults') }

# A call of Stripe with the first account's key, as from its dashboard or another application; undef
# = it was refused.
sub stripe {
    my ($self, $method, $path, %form) = @_;
    my $answer = $self->{http}->request({ method => $method, uri => "/v1$path",
        %form ? (body => join '&', map { _escaped($_) . '=' . _escaped($form{$_}) } sort keys %form)
        : (),
        headers => { 'Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => "Bearer $self->{options}{secret_key}" } });
    return $answer->{status} == 200 ? $json->decode($answer->{body}) : undef;
}

sub _escaped { return $_[0] =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }

# What a browser with Stripe.js does.
sub confirm {
    my ($self, $intent, $method) = @_;
    return $self->control(POST => "/_double/payment_intents/$intent/confirm",
        { payment_method => $method || 'pm_card_visa' });
}

# The requests as they came: [{ n, at, method, path, headers, params, status, response }].
sub log { return $_[0]->control(GET => '/_double/log') }    ## no critic (ProhibitBuiltinHomonyms)

# Those with this method and path (text or regex).
sub calls {
    my ($self, $method, $path) = @_;
    return grep { $_->{method} eq $method
        && (ref $path ? $_->{path} =~ $path : $_->{path} eq $path) }
        @{ $self->log };
}

1;
