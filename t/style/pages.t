# Protects: the pages that nginx serves are well-formed, say everything in files of their own, which
# a strict policy needs, name what a person fills in, and load nothing from other hosts.
use strict;
use warnings;

use T::Proc qw(top_dir slurp);
use T::Source qw(sources);
use Test::More;

my @pages = sources(qr/\.html$/, 'nginx');
my @files = sources(qr/\.(?:html|css|js|svg)$/, 'nginx');
cmp_ok(scalar @pages, '>=', 2, 'the pages are found');
cmp_ok(scalar @files, '>', 15, 'the files of the pages are found');

my %void = map { $_ => 1 } qw(br hr img input link meta);

# What is wrong with the tags of a page.
sub wrong_tags {
    my ($html) = @_;
    my (@open, @wrong);
    $html =~ s/<!doctype html>|<!--.*?-->//gis;
    while ($html =~ m{<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<]*")?)*)\s*(/?)>|(<)}g) {
        my ($end, $name, $closed, $stray) = ($1, $2, $4, $5);
        my $line = 1 + (substr($html, 0, $-[0]) =~ tr/\n//);
        if (defined $stray) { push @wrong, "line $line: a < that begins no tag" }
        elsif (!$end) { push @open, [$name, $line] if !$closed && !$void{$name} }
        elsif (!@open || $open[-1][0] ne $name) { push @wrong, "line $line: </$name>" }
        else { pop @open }
    }
    return (@wrong, map { "line $_->[1]: <$_->[0]> is not closed" } @open);
}

# What the policy of the console forbids, and other hosts.
sub forbidden {
    my ($file, $text) = @_;
    my @found;
    push @found, 'an inline handler' if $text =~ /<[^>]*\son\w+\s*=/i;
    push @found, 'an inline style' if $text =~ /<[^>]*\sstyle\s*=|\.setAttribute\('style'/i;
    push @found, 'an inline script' if $text =~ /<script(?![^>]*\ssrc=)/i;
    push @found, 'text as HTML'
        if $text =~ /\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write/;
    push @found, 'eval' if $text =~ /\beval\(|new Function\b/;
    my $known = qr{http://www\.w3\.org/2000/svg};
    push @found, "another host: $1" if $text =~ m{((?:https?:)?//(?!\s)[a-z0-9.-]+\.[a-z]{2,}\S*)}i
        && $1 !~ /^$known/;
    push @found, "url($1)" if $file =~ /\.css$/ && $text =~ /(?:url\(|\@import\s)["']?(\S+)/;
    return @found;
}

for my $page (@pages) {
    my $html = slurp(top_dir() . "/$page");
    is(join("\n", wrong_tags($html)), '', "$page: every tag is closed in its order");
    my @ids = $html =~ /\sid="([^"]*)"/g;
    my %times;
    $times{$_}++ for @ids;
    is(join(' ', grep { $times{$_} > 1 } sort keys %times), '', "$page: every id is there once");
    my %named = map { $_ => 1 } $html =~ /<label[^>]*\sfor="([^"]*)"/g;
    my @nameless = grep { !/\sid="([^"]*)"/ || !$named{$1} }
        $html =~ /<(?:input|select|textarea)[^>]*>/g;
    is("@nameless", '', "$page: whatever is filled in has a label");
    my @targets = ($html =~ /\s(?:for|aria-labelledby)="([^"]*)"/g, $html =~ /\shref="#([^"]+)"/g);
    is(join(' ', grep { !$times{$_} } @targets), '', "$page: what is referred to is there");
    like($html, qr/<html lang="en">/, "$page: the language is told");
    like($html, qr/<meta name="viewport" content="width=device-width, initial-scale=1"/,
        "$page: the width is that of the device");
}

# The page of production has a style of its own inside; it has no credentials and no policy.
my @strict = grep { $_ ne 'nginx/www/index.html' } @files;
for my $file (@strict) {
    is(join(', ', forbidden($file, slurp(top_dir() . "/$file"))), '',
        "$file: nothing that the policy forbids");
}

# What production installs and serves has none of it.
my $makefile = slurp(top_dir() . '/Makefile.am');
is(join(' ', $makefile =~ /^\s*(?:dist_)?www\w*_DATA = (.*)$/mg), 'nginx/www/index.html',
    'make install: the one page is not the console');
is(join(' ', grep { slurp(top_dir() . "/$_") =~ m{sandbox\.json|_double|proxy_pass} }
    sources(qr/\.(?:conf|in)$/, 'nginx')), '', 'nginx of production knows no console');

# The names of the elements that scripts use are those of the page.
my $console = slurp(top_dir() . '/nginx/www/sandbox/index.html');
my %id = map { $_ => 1 } $console =~ /\sid="([^"]*)"/g;
for my $file (grep { /\.js$/ } @strict) {
    my $text = slurp(top_dir() . "/$file");
    my @used = ($text =~ /\$\('([\w-]+)'\)/g,
        $text =~ /\bon(?:Click|Submit)\('[\w-]+', '([\w-]+)'/g,
        map { "$_-status" } $text =~ /\bsay\('([\w-]+)'/g);
    is(join(' ', grep { !$id{$_} } @used), '', "$file: its elements are in the page");
    my @missing = grep { !-e top_dir() . "/nginx/www/sandbox/$_" } $text =~ /from '\.\/([^']+)'/g;
    is("@missing", '', "$file: the files that it imports are there");
}

# The rules themselves.
is(scalar(() = wrong_tags('<p>a</b></p>')), 1, 'an end without a beginning is found');
is(scalar(() = wrong_tags('<p><b>a</b>')), 1, 'a tag that is not closed is found');
is(scalar(() = wrong_tags('<p>1 < 2</p>')), 1, 'a bare < is found');
is(scalar(() = wrong_tags('<p><input id="a" required=""/></p>')), 0, 'a void tag needs no end');
for ('<a onclick="x()">', '<p style="top:0">', '<script>1</script>', 'x.innerHTML = 1',
    'fetch("https://cdn.example.com/x")', 'fetch("//cdn.example.com/x")', 'eval("1")') {
    is(scalar(() = forbidden('x.html', $_)), 1, "$_ is found as forbidden");
}

done_testing;
