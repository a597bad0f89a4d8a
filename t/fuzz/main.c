/*
 * Replays inputs: `json_body.t t/fuzz/corpus/json_body/...`.  Without arguments
 * all of t/fuzz/corpus/NAME, NAME being the program's.  A run that ends too
 * soon is the failure.  (With libFuzzer its own main takes this one's place.)
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/lib/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES (1024 * 1024)

static void
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *data, *exact;
	size_t len;

	if (file == NULL) {
		ok(false, "%s opens", path);
		return;
	}
	data = malloc(INPUT_BYTES);
	len = fread(data, 1, INPUT_BYTES, file);
	fclose(file);
	/* To its last byte, so that a sanitizer sees a read past the end. */
	exact = malloc(len + (len == 0));
	memcpy(exact, data, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	free(data);
	ok(true, "%s", path);
}

static void
replay_all(const char *program)
{
	const char *slash = strrchr(program, '/'), *source = getenv("srcdir");
	const char *name = slash == NULL ? program : slash + 1;
	char directory[1024], path[2048];
	struct dirent **entries;
	int count;

	snprintf(directory, sizeof directory, "%s/t/fuzz/corpus/%.*s", source ? source : ".",
	    (int)strcspn(name, "."), name);
	count = scandir(directory, &entries, NULL, alphasort);
	ok(count > 2, "%s holds inputs", directory);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			replay(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		replay_all(argv[0]);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return done();
}
