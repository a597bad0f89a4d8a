# Protects: `make uninstall` removes what `make install` brought, and keeps a configuration that
# an operator has edited.
use strict;
use warnings;

use File::Find;
use Test::More;
use T::Proc qw(build_dir temp_dir slurp spew);

my $root = temp_dir('root');

sub make {
    my ($target) = @_;
    my $said = `make -s -C @{[build_dir()]} $target DESTDIR=$root 2>&1`;
    is($?, 0, "make $target succeeds") or diag($said);
    return $said;
}

sub installed {
    my @files;
    find({ no_chdir => 1, wanted => sub { push @files, s{^\Q$root\E}{}r if -f } }, $root);
    @files = sort @files;
    return @files;
}

make('install');
my ($settings) = grep { m{/purser/purser\.conf$} } installed();
ok($settings, 'make install: purser.conf is installed');
is(sprintf('%04o', (stat "$root$settings")[2] & oct 7777), '0640',
    'make install: purser.conf, which may have a password, is not readable by others');
cmp_ok(scalar(() = installed()), '>', 100,
    'make install: programs, SQL, pages and units are installed');
my $edited = slurp("$root$settings") . "log_level = debug\n";
spew("$root$settings", $edited);

make('install');
is(slurp("$root$settings"), $edited, 'make install: a second one keeps the edited purser.conf');
like(make('uninstall'), qr/kept.*purser\.conf/, 'make uninstall: the operator reads what is kept');
is(join(' ', installed()), $settings, 'make uninstall: nothing but the edited purser.conf stays');
is(slurp("$root$settings"), $edited, 'make uninstall: the edited purser.conf is unchanged');

unlink "$root$settings" or die "$settings: $!";
make('install');
make('uninstall');
is(join(' ', installed()), '', 'make uninstall: nothing stays of what was not edited');

done_testing;
