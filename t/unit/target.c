/* Protects: webhooks go to public addresses only, in whatever form an address or URL is written. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/upstream/target.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char *const public[] = { "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
	"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
	"169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
	"192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0",
	"223.255.255.255", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2003::1",
	"2606:4700:4700::1111", "2a00:1450::1", "3ffe:ffff::1" };

static const char *const refused[] = { "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.1.2.3",
	"10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255", "169.254.0.0",
	"169.254.169.254", "169.254.170.2", "169.254.255.255", "172.16.0.0", "172.17.0.1",
	"172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.1", "192.31.196.1",
	"192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.1.1", "192.168.255.255",
	"192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.0",
	"224.0.0.251", "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255",
	"::", "::2", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
	"::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
	"64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
	"1fff:ffff::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1",
	"2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1",
	"2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1",
	"fd00:ec2::254", "fdff::1", "fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "ff02::1",
	"ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };

static const char *const loopback[] = { "127.0.0.1", "127.0.0.0", "127.1.2.3", "127.255.255.255",
	"::1" };

static bool
allowed(const char *text, bool sandbox, bool plain)
{
	struct sockaddr_storage address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	bool is6 = strchr(text, ':') != NULL;
	int parsed;

	memset(&address, 0, sizeof(address));
	address.ss_family = is6 ? AF_INET6 : AF_INET;
	parsed = inet_pton(address.ss_family, text,
	    is6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr);
	if (!ok(parsed == 1, "address %s is well-formed", text))
		return false;
	return target_address_allowed((struct sockaddr *)&address, sandbox, plain);
}

static void
test_address(void)
{
	for (size_t i = 0; i < LENGTH(public); i++) {
		ok(allowed(public[i], false, false), "address %s is public", public[i]);
		ok(!allowed(public[i], true, true), "address %s gets no plain http", public[i]);
	}
	for (size_t i = 0; i < LENGTH(refused); i++) {
		ok(!allowed(refused[i], false, false), "address %s is refused", refused[i]);
		ok(!allowed(refused[i], true, false), "address %s is refused in the sandbox",
		    refused[i]);
	}
	for (size_t i = 0; i < LENGTH(loopback); i++) {
		ok(!allowed(loopback[i], false, false), "address %s is refused", loopback[i]);
		ok(!allowed(loopback[i], false, true), "address %s is refused with http",
		    loopback[i]);
		ok(allowed(loopback[i], true, true), "address %s gets http in the sandbox",
		    loopback[i]);
	}
}

static void
test_family(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/x" };

	ok(!target_address_allowed((struct sockaddr *)&address, true, false),
	    "address of a unix socket is refused");
}

static const char *const good_urls[] = { "https://example.com", "https://example.com/",
	"HTTPS://EXAMPLE.COM/hook", "https://example.com:443/hook?a=b&c=%20",
	"https://a.b.c:8443/x", "https://xn--bcher-kva.example/x", "https://8.8.8.8/x",
	"https://[2606:4700::1]/x", "https://example.com?x", "https://a_b.example.com/",
	"https://example.com./", "https://host.localhost.example.com/" };

static const char *const bad_urls[] = { "", "example.com", "//example.com", "ftp://example.com",
	"http://example.com", "http://127.0.0.1/", "https:/example.com", "https://", "https:///x",
	"https://:443/", "https://example.com:/", "https://example.com:80/",
	"https://example.com:22/", "https://example.com:0/", "https://example.com:65979/",
	"https://example.com:443x/", "https://example.com:+443/", "https://user@example.com/",
	"https://user:pw@example.com/", "https://example.com@127.0.0.1/", "https://example.com/#f",
	"https://exa mple.com/", "https://example.com/\r\nX: y", "https://example.com\\@a/",
	"https://ex%61mple.com/", "https://b\303\274cher.example/", "https://.example.com/",
	"https://a..example.com/", "https://example/", "https://localhost/", "https://LOCALHOST./x",
	"https://a.localhost/", "https://printer.local/", "https://metadata.google.internal/",
	"https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
	"https://0x7f.1/", "https://0177.0.0.1/", "https://017700000001/", "https://0/",
	"https://10.1/", "https://169.254.169.254/", "https://0xa9fea9fe/", "https://2852039166/",
	"https://0251.0376.0251.0376/", "https://[::1]/", "https://[::ffff:7f00:1]/",
	"https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[fe80::1]/",
	"https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::1/", "https://::1/",
	"https://[]/", "https://[example.com]/", "javascript:alert(1)", "file:///etc/passwd",
	"gopher://127.0.0.1:70/" };

static const char *const sandbox_urls[] = { "http://127.0.0.1:8080/hook", "http://localhost:1/",
	"http://[::1]:9/", "https://127.0.0.1:8443/", "https://localhost:5000/",
	"https://example.com:444/", "http://127.1/" };

static const char *const bad_sandbox_urls[] = { "http://example.com/", "http://10.0.0.1/",
	"https://10.0.0.1/", "https://192.168.1.1/", "http://169.254.169.254/",
	"http://[::ffff:127.0.0.1]/", "http://8.8.8.8/", "http://localhost.example.com/" };

static void
test_urls(void)
{
	for (size_t i = 0; i < LENGTH(good_urls); i++)
		is_str(target_url_problem(good_urls[i], false), NULL, "URL %s is taken",
		    good_urls[i]);
	for (size_t i = 0; i < LENGTH(bad_urls); i++)
		ok(target_url_problem(bad_urls[i], false) != NULL,
		    "URL number %zu is refused: %.20s", i,
		    i == 22 ? "(a line break)" : bad_urls[i]);
	for (size_t i = 0; i < LENGTH(sandbox_urls); i++) {
		is_str(target_url_problem(sandbox_urls[i], true), NULL,
		    "URL %s is taken in the sandbox", sandbox_urls[i]);
		ok(target_url_problem(sandbox_urls[i], false) != NULL,
		    "URL %s is refused outside the sandbox", sandbox_urls[i]);
	}
	for (size_t i = 0; i < LENGTH(bad_sandbox_urls); i++)
		ok(target_url_problem(bad_sandbox_urls[i], true) != NULL,
		    "URL %s is refused in the sandbox", bad_sandbox_urls[i]);
}

int
main(void)
{
	test_address();
	test_family();
	test_urls();
	return done();
}
