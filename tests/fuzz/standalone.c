/*
 * A fuzz driver for compilers without libFuzzer: replays every file of the
 * folder named as first argument, then feeds mutations of them for a bounded
 * number of runs and seconds. The random numbers start from a constant, so two
 * runs see the same inputs as far as the time allows. Prints TAP.
 *
 *   fuzz_x CORPUS_DIR [RUNS [SECONDS]]      or: fuzz_x FILE
 *
 * When a target dies, its input is left in `fuzz-failure.bin` in the working
 * folder.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#ifdef HAVE_ASAN
void __sanitizer_set_death_callback(void (*callback)(void));
#endif

enum {
    DEFAULT_RUNS = 20000,
    DEFAULT_SECONDS = 2,
    MAX_SEEDS = 4096,
    MAX_INPUT = 64 * 1024,
    MAX_ONE_INPUT_S = 20, /* longer is a hang */
};

struct corpus {
    const char *dir;
    struct sc_buf seeds[MAX_SEEDS];
    size_t n;
};

static struct corpus corpus;
static const uint8_t *running;
static size_t running_len;
static uint64_t random_state = 0x9E3779B97F4A7C15u;

static void save_input(void)
{
    int fd = open("fuzz-failure.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return;
    ssize_t n = running ? write(fd, running, running_len) : 0;
    (void)n;
    close(fd);
}

static void on_signal(int sig)
{
    save_input();
    signal(sig, SIG_DFL);
    raise(sig);
}

/* xorshift64* (Marsaglia 2003, Vigna 2016). */
static uint64_t random_u64(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545F4914F6CDD1Du;
}

static size_t below(size_t n)
{
    return n ? (size_t)(random_u64() % n) : 0;
}

static void run_one(const void *data, size_t len)
{
    /* An exact copy, so that reading one byte too far is seen. */
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, data, len);
    running = copy;
    running_len = len;
    alarm(MAX_ONE_INPUT_S);
    LLVMFuzzerTestOneInput(copy, len);
    alarm(0);
    running = NULL;
    free(copy);
}

static bool load_seed(void *user, const char *name)
{
    struct corpus *c = user;
    struct sc_error err = {0};
    char *path = sc_path_join(c->dir, name);
    if (path && c->n < MAX_SEEDS && name[0] != '.' &&
        sc_file_read(path, MAX_INPUT, &c->seeds[c->n], &err))
        c->n++;
    free(path);
    return true;
}

static void replace(struct sc_buf *b, size_t at, size_t cut, const char *with, size_t len)
{
    struct sc_buf tail = SC_BUF_INIT(0);
    sc_buf_add(&tail, b->data + at + cut, b->len - at - cut);
    b->len = at;
    sc_buf_add(b, with, len);
    sc_buf_add(b, sc_buf_str(&tail), tail.len);
    sc_buf_finish(&tail);
}

static void mutate_once(struct sc_buf *b)
{
    static const char *const tokens[] = {
        "\"",
        ",",
        "=",
        "\n",
        "\r\n",
        ":",
        "#",
        "{",
        "}",
        "[",
        "]",
        "0",
        "-1",
        "\\",
        "'",
        " ",
        "\t",
        "/",
        "\xFF",
        "..",
        "1e9",
        "%",
        "&",
        "?",
        "\n\n",
        "18446744073709551616",
        "\xEF\xBB\xBF",
        "{\"",
        "null",
        "\\u0000",
    };
    size_t at = below(b->len + 1), rest = b->len - at;
    size_t cut = below((rest < 32 ? rest : 32) + 1);
    const struct sc_buf *other = &corpus.seeds[below(corpus.n)];
    size_t from = below(other->len + 1);
    size_t n = below(other->len - from + 1);
    size_t token = below(sizeof tokens / sizeof tokens[0]);
    char byte = (char)random_u64();
    switch (below(8)) {
    case 0: /* flip a bit */
        if (rest)
            b->data[at] = (char)(b->data[at] ^ (1 << below(8)));
        break;
    case 1: /* drop bytes */
        replace(b, at, cut, "", 0);
        break;
    case 2: /* cut the end off */
        b->len = at;
        break;
    case 3: /* splice another seed in */
        replace(b, at, cut, sc_buf_str(other) + from, n);
        break;
    case 4: /* put the tail of another seed behind */
        replace(b, at, rest, sc_buf_str(other) + from, other->len - from);
        break;
    case 5:
        replace(b, at, below(2) ? 0 : cut, &byte, 1);
        break;
    default:
        replace(b, at, below(2) ? 0 : cut, tokens[token], strlen(tokens[token]));
    }
}

static size_t mutate_all(size_t runs, double seconds)
{
    double until = sc_clock_monotonic_s() + seconds;
    size_t done = 0;
    for (; done < runs && sc_clock_monotonic_s() < until; done++) {
        struct sc_buf b = SC_BUF_INIT(0);
        const struct sc_buf *seed = &corpus.seeds[below(corpus.n)];
        sc_buf_reserve(&b, seed->len);
        sc_buf_add(&b, sc_buf_str(seed), seed->len);
        for (size_t i = 1 + below(6); i > 0; i--)
            mutate_once(&b);
        run_one(b.data, b.len < MAX_INPUT ? b.len : MAX_INPUT);
        sc_buf_finish(&b);
    }
    return done;
}

static int replay_file(const char *path)
{
    struct sc_buf b = SC_BUF_INIT(0);
    struct sc_error err = {0};
    if (!sc_file_read(path, 256u * 1024 * 1024, &b, &err)) {
        fprintf(stderr, "%s\n", err.cause);
        return 2;
    }
    run_one(b.data, b.len);
    sc_buf_finish(&b);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t runs = DEFAULT_RUNS, seconds = DEFAULT_SECONDS;
    struct sc_error err = {0};
    if (argc < 2 || (argc > 2 && !sc_parse_u64(argv[2], &runs)) ||
        (argc > 3 && !sc_parse_u64(argv[3], &seconds))) {
        fprintf(stderr, "usage: %s CORPUS_DIR [RUNS [SECONDS]]\n", argv[0]);
        return 2;
    }
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
#ifdef HAVE_ASAN
    __sanitizer_set_death_callback(save_input);
#endif
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        signal(fatal[i], on_signal);
    if (!sc_dir_exists(argv[1]))
        return replay_file(argv[1]);
    corpus.dir = argv[1];
    if (!sc_dir_each(corpus.dir, load_seed, &corpus, &err) || corpus.n == 0) {
        printf("1..1\nnot ok 1 - no seeds in %s\n", corpus.dir);
        return 1;
    }
    puts("1..2");
    fflush(stdout);
    run_one("", 0);
    for (size_t i = 0; i < corpus.n; i++)
        run_one(sc_buf_str(&corpus.seeds[i]), corpus.seeds[i].len);
    printf("ok 1 - %zu seeds\n", corpus.n);
    fflush(stdout);
    size_t done = mutate_all((size_t)runs, (double)seconds);
    printf("ok 2 - %zu mutations\n", done);
    for (size_t i = 0; i < corpus.n; i++)
        sc_buf_finish(&corpus.seeds[i]);
    return 0;
}
