/* Credentials by Stripe account: the files, read again when they change. */
#include "core/base/credentials.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/log.h"

#define CHECK_MS 1000
#define NAME_BYTES 63

enum kind { SECRET_KEY, WEBHOOK_SECRETS, PROVIDER_TOKEN, VALIDATOR_TOKEN, KINDS };

static const struct {
	const char *suffix;
	enum conf_type type;
} kinds[KINDS] = {
	[SECRET_KEY] = { ".secret_key", CONF_SECRET },
	[WEBHOOK_SECRETS] = { ".webhook_secrets", CONF_SECRETS },
	[PROVIDER_TOKEN] = { ".provider_token", CONF_SECRET },
	[VALIDATOR_TOKEN] = { ".validator_token", CONF_SECRET },
};

struct file {
	const char *path;            /* NULL = none is known */
	bool in_dir;                 /* else a setting names it */
	struct stat seen;            /* as it was last looked at */
	bool wrong;                  /* and could not be taken */
	struct conf_secrets secrets; /* the last good contents */
};

/* What is known of an account's secret key. */
struct key {
	const char *checked;   /* the key that the next four are about; NULL = none was checked */
	const char *stripe_id; /* whose it is at Stripe; NULL = not known */
	const char *wrong;     /* why it may not be used; NULL = it is confirmed */
	int unknown;           /* checks in a row that did not find out whose it is */
	int64_t due_ms;        /* monotonic: the next check */
	const char *used;      /* the key that was confirmed last, and whose it is; NULL = none */
	const char *used_id;
};

struct entry {
	struct entry *next;
	const char *account;
	struct file files[KINDS];
	struct key key;
};

struct credentials_store {
	pthread_mutex_t lock;
	struct arena memory; /* of what is in use or was: other threads may still read it */
	const char *dir;     /* NULL = not set */
	bool test_only;
	int64_t due_ms; /* monotonic: when the files are looked at again */
	FILE *errors;   /* while the program starts; later the log */
	bool failed;    /* a setting names a file that is wrong */
	struct entry *entries;
};

/* --- reading ---------------------------------------------------------------- */

static void
complain(struct credentials_store *store, const struct file *file, const char *wrong)
{
	if (store->errors == NULL) {
		log_event(LOG_LEVEL_ERROR, NULL,
		    "file of a secret not taken, the last good one stays in use", "file",
		    file->path, "error", wrong, NULL);
		return;
	}
	fprintf(store->errors, "%s: %s\n", file->path, wrong);
	store->failed = store->failed || !file->in_dir;
}

const char *
credentials_mode(const char *secret_key)
{
	return strncmp(secret_key, "sk_live_", 8) == 0 || strncmp(secret_key, "rk_live_", 8) == 0 ?
	    "live" :
	    "test";
}

/* The mode of an account's key is fixed: books of money and of test money are never mixed. */
static const char *
key_mistake(const struct credentials_store *store, const struct file *file, const char *key)
{
	if (conf_stripe_key_mistake(key) != NULL)
		return conf_stripe_key_mistake(key);
	if (store->test_only && strncmp(key, "sk_test_", 8) != 0)
		return "a key other than sk_test_... is sent over https:// only";
	if (file->secrets.count > 0 &&
	    strcmp(credentials_mode(key), credentials_mode(file->secrets.value[0])) != 0)
		return "a key of the other mode (live, test) than the one in use";
	return NULL;
}

/* Reads the file into *secrets, in the arena; NULL or the mistake. */
static const char *
read_secrets(const struct credentials_store *store, const struct file *file, enum kind kind,
    struct arena *arena, struct conf_secrets *secrets)
{
	const struct conf_value wanted = {
		.memory = arena,
		.conf_path = "", /* the file's path is complete */
		.type = kinds[kind].type,
	};
	const char *wrong;

	if (kinds[kind].type == CONF_SECRETS) {
		wrong = conf_value_read(&wanted, file->path, secrets);
		for (size_t i = 0; i < secrets->count && wrong == NULL; i++)
			wrong = conf_webhook_secret_mistake(secrets->value[i]);
		return wrong;
	}
	secrets->count = 1;
	wrong = conf_value_read(&wanted, file->path, &secrets->value[0]);
	if (wrong == NULL && kind == SECRET_KEY)
		wrong = key_mistake(store, file, secrets->value[0]);
	return wrong;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool
is_kept(const struct file *file, const struct conf_secrets *secrets)
{
	bool same = file->secrets.count == secrets->count;

	for (size_t i = 0; same && i < secrets->count; i++)
		same = strcmp(file->secrets.value[i], secrets->value[i]) == 0;
	return same;
}

/* Texts that are the same keep their address, by which a new key is known. */
static void
keep(struct credentials_store *store, struct file *file, const struct conf_secrets *secrets)
{
	struct conf_secrets kept = { .count = secrets->count };

	if (is_kept(file, secrets))
		return;
	for (size_t i = 0; i < secrets->count; i++)
		kept.value[i] = arena_strdup(&store->memory, secrets->value[i]);
	file->secrets = kept;
}

/* Takes the file if it is not as it was; a mistake is reported once for each state of the file. */
static void
look_at(struct credentials_store *store, struct file *file, enum kind kind)
{
	struct conf_secrets secrets = { 0 };
	const char *wrong = NULL;
	struct arena scratch;
	struct stat is = { 0 };
	bool same;

	if (stat(file->path, &is) != 0)
		memset(&is, 0, sizeof(is));
	same = is_same(&is, &file->seen);
	if (same && !file->wrong && is.st_mode != 0)
		return;
	arena_init(&scratch);
	wrong = read_secrets(store, file, kind, &scratch, &secrets);
	if (wrong == NULL)
		keep(store, file, &secrets);
	if (wrong == NULL && store->errors == NULL)
		log_event(LOG_LEVEL_INFO, NULL, "file of a secret taken", "file", file->path, NULL);
	if (wrong != NULL && !(same && file->wrong))
		complain(store, file, wrong);
	file->wrong = wrong != NULL;
	file->seen = is;
	arena_release(&scratch);
}

/* --- the directory ------------------------------------------------------------ */

static struct entry *
find(const struct credentials_store *store, const char *account)
{
	for (struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		if (strcmp(entry->account, account) == 0)
			return entry;
	}
	return NULL;
}

static struct entry *
find_or_add(struct credentials_store *store, const char *account)
{
	struct entry *entry = find(store, account);

	if (entry != NULL)
		return entry;
	entry = arena_zalloc(&store->memory, sizeof(*entry));
	entry->account = arena_strdup(&store->memory, account);
	entry->next = store->entries;
	store->entries = entry;
	return entry;
}

/* As core.stripe_account has it. */
static bool
is_account_name(const char *name)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_BYTES && strspn(name, word) == len &&
	    strchr("_-", name[0]) == NULL;
}

/* "acme.secret_key" is a file of the account acme; other names are none of ours. */
static void
take_name(struct credentials_store *store, const char *name)
{
	char account[NAME_BYTES + 1];
	struct file *file;

	for (enum kind kind = 0; kind < KINDS; kind++) {
		size_t len = strcspn(name, ".");

		if (strcmp(name + len, kinds[kind].suffix) != 0 || len > NAME_BYTES)
			continue;
		memcpy(account, name, len);
		account[len] = '\0';
		if (!is_account_name(account))
			return;
		file = &find_or_add(store, account)->files[kind];
		if (!file->in_dir)
			file->path = arena_printf(&store->memory, "%s/%s", store->dir, name);
		file->in_dir = true;
	}
}

/* False = it cannot be read. */
static bool
list_dir(struct credentials_store *store)
{
	const struct dirent *found;
	DIR *dir;

	if (store->dir == NULL)
		return true;
	dir = opendir(store->dir);
	if (dir == NULL)
		return false;
	while ((found = readdir(dir)) != NULL)
		take_name(store, found->d_name);
	closedir(dir);
	return true;
}

static void
look_at_all(struct credentials_store *store)
{
	for (struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		for (enum kind kind = 0; kind < KINDS; kind++) {
			if (entry->files[kind].path != NULL)
				look_at(store, &entry->files[kind], kind);
		}
	}
}

/* --- the store ------------------------------------------------------------------ */

static void
release(void *context)
{
	struct credentials_store *store = context;

	pthread_mutex_destroy(&store->lock);
	arena_release(&store->memory);
}

static void
set_default(struct credentials_store *store, const struct credentials_files *files)
{
	const char *paths[KINDS] = {
		[SECRET_KEY] = files->secret_key,
		[WEBHOOK_SECRETS] = files->webhook_secrets,
		[PROVIDER_TOKEN] = files->provider_token,
		[VALIDATOR_TOKEN] = files->validator_token,
	};
	struct entry *entry = find_or_add(store, CREDENTIALS_DEFAULT);

	for (enum kind kind = 0; kind < KINDS; kind++) {
		if (paths[kind] != NULL)
			entry->files[kind].path =
			    conf_value_path(&store->memory, files->conf_path, paths[kind]);
	}
}

struct credentials_store *
credentials_open(struct arena *memory, const struct credentials_files *files, FILE *errors)
{
	struct credentials_store *store = arena_zalloc(memory, sizeof(*store));

	arena_init(&store->memory);
	CHECK(pthread_mutex_init(&store->lock, NULL) == 0);
	arena_defer(memory, release, store);
	store->test_only = files->test_only;
	store->errors = errors;
	set_default(store, files);
	if (files->dir != NULL)
		store->dir = conf_value_path(&store->memory, files->conf_path, files->dir);
	if (!list_dir(store)) {
		fprintf(errors, "%s: stripe_accounts_dir: the directory: %s\n", files->conf_path,
		    strerror(errno));
		return NULL;
	}
	look_at_all(store);
	store->errors = NULL;
	store->due_ms = clock_monotonic_ms() + CHECK_MS;
	return store->failed ? NULL : store;
}

/* Locks the store, after a look at its files if that is due. */
static void
lock(struct credentials_store *store)
{
	CHECK(pthread_mutex_lock(&store->lock) == 0);
	if (clock_left_ms(store->due_ms) > 0)
		return;
	store->due_ms = clock_monotonic_ms() + CHECK_MS;
	list_dir(store);
	look_at_all(store);
}

static void
unlock(struct credentials_store *store)
{
	CHECK(pthread_mutex_unlock(&store->lock) == 0);
}

static const char *
only(const struct file *file)
{
	return file->secrets.count == 0 ? NULL : file->secrets.value[0];
}

static const char *
mode_of(const char *key)
{
	return key == NULL ? NULL : credentials_mode(key);
}

bool
credentials_get(struct credentials_store *store, const char *account,
    struct credentials *credentials)
{
	const struct entry *entry;

	*credentials = (struct credentials) { 0 };
	if (account == NULL || store == NULL)
		return false;
	lock(store);
	entry = find(store, account);
	if (entry != NULL)
		*credentials = (struct credentials) {
			.secret_key = entry->key.used,
			.mode = mode_of(only(&entry->files[SECRET_KEY])),
			.webhook_secrets = entry->files[WEBHOOK_SECRETS].secrets,
			.provider_token = only(&entry->files[PROVIDER_TOKEN]),
			.validator_token = only(&entry->files[VALIDATOR_TOKEN]),
		};
	unlock(store);
	return entry != NULL;
}

/* --- lists ---------------------------------------------------------------------- */

/* How an account stands in a list; NULL = it does not. */
typedef char *print_entry(const struct entry *entry, struct arena *arena);

static char *
print_confirmed(const struct entry *entry, struct arena *arena)
{
	return entry->key.used == NULL ? NULL :
					 arena_printf(arena, "%s:%s:%s", entry->account,
					     credentials_mode(entry->key.used), entry->key.used_id);
}

static char *
print_mode(const struct entry *entry, struct arena *arena)
{
	const char *key = only(&entry->files[SECRET_KEY]);

	return key == NULL ? NULL :
			     arena_printf(arena, "%s:%s", entry->account, credentials_mode(key));
}

static char *
print_provider(const struct entry *entry, struct arena *arena)
{
	return only(&entry->files[PROVIDER_TOKEN]) == NULL ? NULL :
							     arena_strdup(arena, entry->account);
}

/* A text array. */
static char *
list(struct credentials_store *store, struct arena *arena, print_entry *print)
{
	char *text = arena_strdup(arena, "");

	lock(store);
	for (const struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		const char *item = print(entry, arena);

		if (item != NULL)
			text =
			    arena_printf(arena, "%s%s%s", text, text[0] == '\0' ? "" : ",", item);
	}
	unlock(store);
	return arena_printf(arena, "{%s}", text);
}

char *
credentials_keys(struct credentials_store *store, struct arena *arena)
{
	return list(store, arena, print_confirmed);
}

char *
credentials_modes(struct credentials_store *store, struct arena *arena)
{
	return list(store, arena, print_mode);
}

char *
credentials_providers(struct credentials_store *store, struct arena *arena)
{
	return list(store, arena, print_provider);
}

/* What an account's secret key can be. */
enum state { ABSENT, REFUSED, UNKNOWN, CONFIRMED };

static enum state
state_of(const struct entry *entry)
{
	if (entry->key.used != NULL || only(&entry->files[SECRET_KEY]) == NULL)
		return entry->key.used != NULL ? CONFIRMED : ABSENT;
	return entry->key.stripe_id == NULL ? UNKNOWN : REFUSED;
}

static bool
any(struct credentials_store *store, enum state least, enum state most)
{
	bool found = false;

	lock(store);
	for (const struct entry *entry = store->entries; entry != NULL; entry = entry->next)
		found = found || (state_of(entry) >= least && state_of(entry) <= most);
	unlock(store);
	return found;
}

bool
credentials_any_key(struct credentials_store *store)
{
	return any(store, REFUSED, CONFIRMED);
}

bool
credentials_any_confirmed(struct credentials_store *store)
{
	return any(store, CONFIRMED, CONFIRMED);
}

bool
credentials_any_unknown(struct credentials_store *store)
{
	return any(store, UNKNOWN, UNKNOWN);
}

const char *
credentials_first_key(struct credentials_store *store)
{
	const char *account = NULL, *key = NULL;

	lock(store);
	for (const struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		bool is_default = strcmp(entry->account, CREDENTIALS_DEFAULT) == 0;

		if (only(&entry->files[SECRET_KEY]) == NULL ||
		    (account != NULL && !is_default &&
			(strcmp(account, CREDENTIALS_DEFAULT) == 0 ||
			    strcmp(account, entry->account) < 0)))
			continue;
		account = entry->account;
		key = only(&entry->files[SECRET_KEY]);
	}
	unlock(store);
	return key;
}

/* --- confirmation of keys --------------------------------------------------------- */

/* The entry whose key is to be checked now; what is known of an earlier key is forgotten. */
static struct entry *
find_due(struct credentials_store *store)
{
	for (struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		const char *key = only(&entry->files[SECRET_KEY]);

		if (key == NULL)
			continue;
		if (key != entry->key.checked) {
			entry->key.checked = key;
			entry->key.stripe_id = entry->key.wrong = NULL;
			entry->key.unknown = 0;
			entry->key.due_ms = 0;
		}
		if (clock_left_ms(entry->key.due_ms) == 0)
			return entry;
	}
	return NULL;
}

bool
credentials_check_next(struct credentials_store *store, struct credentials_check *check)
{
	const struct entry *entry;

	lock(store);
	entry = find_due(store);
	if (entry != NULL)
		*check = (struct credentials_check) {
			.account = entry->account,
			.secret_key = entry->key.checked,
			.stripe_id = entry->key.stripe_id,
			.unknown = entry->key.unknown,
		};
	unlock(store);
	return entry != NULL;
}

/* The key that the check was about; NULL = the file has another one by now. */
static struct key *
find_checked(struct credentials_store *store, const struct credentials_check *check)
{
	struct entry *entry = find(store, check->account);

	return entry != NULL && entry->key.checked == check->secret_key ? &entry->key : NULL;
}

static bool
record(struct credentials_store *store, struct key *key, const char *wrong, const char *bound_id)
{
	bool was_used = key->used == key->checked, was_wrong = key->wrong != NULL;

	if (wrong == NULL) {
		key->wrong = NULL;
		key->used = key->checked;
		key->used_id = key->stripe_id;
		return was_wrong || !was_used;
	}
	if (key->used != NULL && bound_id != NULL &&
	    (was_used || strcmp(bound_id, key->used_id) != 0))
		key->used = key->used_id = NULL;
	if (was_wrong && strcmp(key->wrong, wrong) == 0)
		return false;
	key->wrong = arena_strdup(&store->memory, wrong);
	return true;
}

bool
credentials_check_done(struct credentials_store *store, const struct credentials_check *check,
    const char *wrong, const char *bound_id, int64_t next_ms)
{
	struct key *key;
	bool news = false;

	lock(store);
	key = find_checked(store, check);
	if (key != NULL) {
		if (key->stripe_id == NULL && check->stripe_id != NULL)
			key->stripe_id = arena_strdup(&store->memory, check->stripe_id);
		CHECK(wrong != NULL || key->stripe_id != NULL);
		key->unknown = key->stripe_id == NULL ? key->unknown + 1 : 0;
		key->due_ms = clock_monotonic_ms() + next_ms;
		news = record(store, key, wrong, bound_id);
	}
	unlock(store);
	return news;
}
