package T::Browser;

# A headless Chromium, driven over its DevTools protocol as a person would: it clicks where an
# element is, and presses keys.  It reaches 127.0.0.1 alone.
#
#   my $browser = T::Browser->start(width => 360);    # undef where there is no Chromium
#   $browser->open($url);
#   $browser->click('#pay');
#   $browser->tab_to('#pay'); $browser->press('Enter');
#   $browser->wait_for(10, 'it is paid', 'document.title === "paid"');
#   $browser->errors;       # of the console, of scripts, and of the content security policy

use strict;
use warnings;

use Mojo::IOLoop;
use Mojo::JSON qw(true false);
use Mojo::UserAgent;
use Mojo::Util qw(b64_decode);
use Time::HiRes qw(time);
use T::Proc qw(temp_dir slurp spew wait_until);

use constant { COMMAND_S => 60, PORT_S => 60, MOST_TABS => 400, MESSAGE_BYTES => 256 << 20 };

my $count = 0;

sub program {
    my ($found) = grep { -x } map { "$_/chromium" } split /:/, $ENV{PATH};
    return $found;
}

sub start {
    my ($class, %options) = @_;
    my $program = program() or return undef;
    my $dir = temp_dir('browser' . ++$count);
    my $self = bless { width => 1280, height => 900, scheme => 'light', %options, dir => $dir,
        next => 0, answers => {}, seen => [] }, $class;
    $self->{process} = T::Proc->start(log => "$dir/log", env => { HOME => $dir },
        command => [$program, '--headless=new', '--remote-debugging-port=0',
            "--user-data-dir=$dir/profile", '--no-first-run', '--disable-gpu',
            '--disable-dev-shm-usage', '--disable-background-networking',
            '--disable-component-update', '--disable-breakpad', '--disable-sync',
            '--disable-extensions', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
            '--no-sandbox', 'about:blank']);    # it needs more than root or a container has
    my $port = wait_until(PORT_S, 'Chromium listens', sub {
        die "Chromium ended:\n" . $self->{process}->log_text if !$self->{process}->alive;
        my $file = "$dir/profile/DevToolsActivePort";
        return -s $file && slurp($file) =~ /^(\d+)\n./ ? $1 : 0;
    });
    $self->_connect($port);
    return $self;
}

sub _connect {
    my ($self, $port) = @_;
    my $agent = $self->{agent} = Mojo::UserAgent->new(inactivity_timeout => 0);
    $agent->max_response_size(0);
    my $pages = wait_until(PORT_S, 'Chromium has a page', sub {
        my $list = eval { $agent->get("http://127.0.0.1:$port/json/list")->result->json } || [];
        return [grep { $_->{type} eq 'page' } @$list]->[0];
    });
    $agent->websocket($pages->{webSocketDebuggerUrl} => sub {
        my ($agent, $tx) = @_;
        die "no DevTools\n" if !$tx->is_websocket;
        $tx->max_websocket_size(MESSAGE_BYTES);
        $tx->on(json => sub { $self->_take($_[1]) });
        $self->{socket} = $tx;
    });
    $self->_until(COMMAND_S, 'DevTools answer', sub { $self->{socket} });
    $self->tell("$_.enable") for qw(Page Runtime Log Network);
    $self->resize($self->{width}, $self->{height});
    $self->tell('Emulation.setEmulatedMedia', features => [
        { name => 'prefers-color-scheme', value => $self->{scheme} },
        { name => 'prefers-reduced-motion', value => 'reduce' }]);
    return;
}

sub _take {
    my ($self, $message) = @_;
    if ($message->{id}) { $self->{answers}{ $message->{id} } = $message }
    else { push @{ $self->{seen} }, $message }
    return;
}

sub _until {
    my ($self, $seconds, $what, $test) = @_;
    my $end = time + $seconds;
    my $timer = Mojo::IOLoop->recurring(0.05 => sub { });    # so that a tick ends
    while (1) {
        my $value = $test->();
        if ($value || time > $end) {
            Mojo::IOLoop->remove($timer);
            return $value || die "after $seconds s still not: $what\n";
        }
        Mojo::IOLoop->one_tick;
    }
}

# A command of the protocol; returns its result.
sub tell {    ## no critic (ProhibitBuiltinHomonyms)
    my ($self, $method, %params) = @_;
    my $id = ++$self->{next};
    $self->{socket}->send({ json => { id => $id, method => $method, params => \%params } });
    my $answer = $self->_until(COMMAND_S, "an answer to $method",
        sub { delete $self->{answers}{$id} });
    die "$method: $answer->{error}{message}\n" if $answer->{error};
    return $answer->{result};
}

# ---- pages -----------------------------------------------------------------------------------

sub open {    ## no critic (ProhibitBuiltinHomonyms)
    my ($self, $url) = @_;
    my $result = $self->tell('Page.navigate', url => $url);
    die "$url: $result->{errorText}\n" if $result->{errorText};
    $self->wait_for(COMMAND_S, "$url is loaded", 'document.readyState === "complete"');
    return;
}

sub resize {
    my ($self, $width, $height) = @_;
    $self->tell('Emulation.setDeviceMetricsOverride', width => $width, height => $height,
        deviceScaleFactor => 1, mobile => false);
    return;
}

# The value of an expression, which may be a promise.
sub js {
    my ($self, $expression) = @_;
    my $result = $self->tell('Runtime.evaluate', expression => $expression,
        returnByValue => true, awaitPromise => true, userGesture => true);
    die "$expression: " . ($result->{exceptionDetails}{exception}{description} // 'failed') . "\n"
        if $result->{exceptionDetails};
    return $result->{result}{value};
}

sub wait_for {
    my ($self, $seconds, $what, $expression) = @_;
    return wait_until($seconds, $what, sub { eval { $self->js($expression) } });
}

sub quoted { return Mojo::JSON::to_json($_[0]) }

sub text {
    my ($self, $selector) = @_;
    return $self->js('document.querySelector(' . quoted($selector) . ').innerText');
}

# Of the whole page, from its top.
sub screenshot {
    my ($self, $file) = @_;
    $self->js('scrollTo(0, 0)');
    my $all = $self->tell('Page.getLayoutMetrics')->{cssContentSize};
    my $shot = $self->tell('Page.captureScreenshot', captureBeyondViewport => true,
        clip => { %$all, scale => 1 });
    spew($file, b64_decode($shot->{data}));
    return;
}

# ---- what a person does ----------------------------------------------------------------------

# Where its middle is, when that is what a person would hit there.
sub click {
    my ($self, $selector) = @_;
    my $at = $self->js('(() => { const e = document.querySelector(' . quoted($selector) . ');'
        . ' e.scrollIntoView({ block: "center" }); const r = e.getBoundingClientRect();'
        . ' const x = r.x + r.width / 2, y = r.y + r.height / 2;'
        . ' const hit = document.elementFromPoint(x, y);'
        . ' return { x, y, hit: e.contains(hit) || hit.contains(e) }; })()');
    die "$selector is covered or hidden\n" if !$at->{hit};
    $self->tell('Input.dispatchMouseEvent', type => $_, x => $at->{x}, y => $at->{y},
        button => 'left', clickCount => 1) for qw(mousePressed mouseReleased);
    return;
}

my %KEY = (Enter => [13, "\r"], Tab => [9], ' ' => [32, ' '], ArrowDown => [40], ArrowUp => [38],
    Escape => [27], End => [35], Home => [36]);

sub press {
    my ($self, $key, %more) = @_;
    my ($code, $text) = @{ $KEY{$key} };
    my %event = (key => $key, code => $key eq ' ' ? 'Space' : $key,
        windowsVirtualKeyCode => $code, %more);
    $self->tell('Input.dispatchKeyEvent', type => defined $text ? 'keyDown' : 'rawKeyDown', %event,
        defined $text ? (text => $text) : ());
    $self->tell('Input.dispatchKeyEvent', type => 'keyUp', %event);
    return;
}

# By Tab alone, round the page if need be.
sub tab_to {
    my ($self, $selector) = @_;
    my $there = 'document.activeElement.matches(' . quoted($selector) . ')';
    for (1 .. MOST_TABS) {
        return if $self->js($there);
        $self->press('Tab');
    }
    die "no Tab leads to $selector\n";
}

sub type {
    my ($self, $text) = @_;
    $self->tell('Input.insertText', text => $text);
    return;
}

# Takes the option of the focused select whose value it is, by arrows.
sub pick {
    my ($self, $value) = @_;
    $self->press('Home');
    for (1 .. 100) {
        return if $self->js('document.activeElement.value') eq $value;
        $self->press('ArrowDown');
    }
    die "no option $value\n";
}

# ---- what happened ---------------------------------------------------------------------------

sub seen {
    my ($self, $method) = @_;
    $self->js('1');    # what was sent before has come
    return map { $_->{params} } grep { $_->{method} eq $method } @{ $self->{seen} };
}

sub errors {
    my ($self) = @_;
    my @console = map { join ' ', $_->{type}, map { $_->{value} // $_->{description} // '' }
        @{ $_->{args} } } grep { $_->{type} =~ /^(?:error|warning|assert)$/ }
        $self->seen('Runtime.consoleAPICalled');
    my @thrown = map { $_->{exceptionDetails}{exception}{description}
        // $_->{exceptionDetails}{text} } $self->seen('Runtime.exceptionThrown');
    my @logged = map { "$_->{source}: $_->{text} " . ($_->{url} // '') }
        grep { $_->{level} =~ /^(?:error|warning)$/ } map { $_->{entry} }
        $self->seen('Log.entryAdded');
    return (@console, @thrown, @logged);
}

# Of every request, also a refused one.
sub urls {
    my ($self) = @_;
    return map { $_->{request}{url} } $self->seen('Network.requestWillBeSent');
}

sub stop {
    my ($self) = @_;
    eval { $self->{socket}->finish; 1 };
    return $self->{process}->stop;
}

1;
