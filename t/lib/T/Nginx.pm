package T::Nginx;

# A private nginx from the files in nginx/, on a free port, in front of the sockets of a directory.

use strict;
use warnings;

use File::Copy qw(copy);
use IO::Socket::INET;
use T::Http;
use T::Proc qw(top_dir build_dir temp_dir free_port slurp spew wait_until run_quiet);

my $count = 0;

# sockets => directory of the workers' sockets; limits, site => text in place of the shipped
# limits.conf and of what site.conf says besides listen; routes, locations => text in place of the
# build's; replace => { text => other text } changes purser.conf; log_options => how the access log
# is written (a test reads it at once, so it is not buffered).
sub start {
    my ($class, %options) = @_;
    my $dir = temp_dir('nginx' . ++$count);
    my $self = bless { dir => $dir, port => free_port(), log => "$dir/error.log",
        access_log => "$dir/access.log" }, $class;
    $self->_write(%options);
    $self->check;
    $self->{process} = T::Proc->start(log => "$dir/output",
        command => ['nginx', '-c', "$dir/nginx.conf", '-e', $self->{log}]);
    $self->{process}{stop_signal} = 'TERM';
    wait_until(10, 'nginx answers', sub {
        die 'nginx ended: ' . slurp("$dir/output") if !$self->{process}->alive;
        return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
    });
    return $self;
}

# What `nginx -t` says; dies when it does not like the files.
sub check {
    my ($self) = @_;
    return run_quiet({}, 'nginx', '-t', '-c', "$self->{dir}/nginx.conf", '-e',
        "$self->{dir}/check.log");
}

# No limit that a test could meet by accident.
my $limits = <<'END';
limit_req_zone $purser_credential zone=purser_credential:1m rate=100000r/s;
limit_req_zone $binary_remote_addr zone=purser_address:1m rate=100000r/s;
limit_conn_zone $purser_upstream zone=purser_upstream:1m;
END

sub _write {
    my ($self, %options) = @_;
    my $dir = $self->{dir};
    my $from = top_dir() . '/nginx';
    my $build = $options{build} || build_dir();
    copy($_, $dir) or die "$_: $!"
        for "$from/problems.conf", "$from/errors.conf",
            map { "$build/nginx/$_" } qw(fastcgi_params cors_headers.conf bodies.conf);
    spew("$dir/$_.conf", $options{$_} // slurp("$build/nginx/$_.conf")) for qw(routes locations);
    spew("$dir/limits.conf", $options{limits} // $limits);
    spew("$dir/site.conf", "listen 127.0.0.1:$self->{port};\n"
        . "access_log $self->{access_log} purser " . ($options{log_options} // '') . ";\n"
        . ($options{site} // ''));
    my %value = (nginxdir => $dir, confdir => $dir, wwwdir => "$from/www",
        socketdir => $options{sockets} || $dir);
    my $text = slurp("$from/purser.conf.in") =~ s/\@(\w+)\@/$value{$1}/gr;
    for my $old (keys %{ $options{replace} || {} }) {
        $text =~ s/\Q$old\E/$options{replace}{$old}/ or die "purser.conf.in has no $old\n";
    }
    spew("$dir/purser.conf", $text);
    spew("$dir/nginx.conf", $self->_main);
    return;
}

sub _main {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $user = $> == 0 ? 'user root;' : '';
    my $temp = join ' ', map { "${_}_temp_path $dir/$_;" } qw(client_body fastcgi proxy scgi uwsgi);
    return <<"END";
$user daemon off; worker_processes 2; pid $dir/pid; error_log $dir/error.log;
events { worker_connections 1024; }
http {
	types { text/html html; text/css css; application/javascript js; application/json json;
		image/svg+xml svg; }
	$temp
	include $dir/purser.conf;
}
END
}

sub base { return "http://127.0.0.1:$_[0]{port}" }
sub http { my ($self, %options) = @_; return T::Http->new($self->base, %options) }
sub log_text { return slurp($_[0]{log}) }
sub access_text { return slurp($_[0]{access_log}) }
sub stop { return $_[0]{process}->stop('TERM') }

1;
