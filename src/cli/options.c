/*
 * The option parser. Long options take "--name value" or "--name=value", short
 * ones "-x value" or "-xvalue"; flags may be bundled ("-qv"); "--" ends
 * options; options and arguments may be mixed, and the common options may
 * stand before the command.
 */
#include "base/str.h"
#include "cli/cli.h"

#include "library/library.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGUMENTS = 100000 };

static const struct sc_option *find_in(const struct sc_option *list, const char *name,
                                       size_t len, char letter)
{
    for (; list && list->name; list++)
        if (letter ? list->letter == letter
                   : strlen(list->name) == len && memcmp(list->name, name, len) == 0)
            return list;
    return NULL;
}

static const struct sc_option *find_option(const struct sc_cli *cli, const char *name,
                                           size_t len, char letter)
{
    const struct sc_option *o =
        cli->command ? find_in(cli->command->options, name, len, letter) : NULL;
    return o ? o : find_in(sc_common_options, name, len, letter);
}

/* Levenshtein distance of short words, for "did you mean". */
static size_t distance(const char *a, size_t na, const char *b)
{
    enum { LONGEST = 40 };
    size_t nb = strlen(b), row[LONGEST + 1];
    if (na > LONGEST || nb > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < gap ? change : gap;
        }
    }
    return row[nb];
}

static void keep_nearer(const char *word, size_t len, const char *candidate,
                        const char **best, size_t *least)
{
    size_t d = distance(word, len, candidate);
    if (d < *least) {
        *least = d;
        *best = candidate;
    }
}

static bool unknown_option(const struct sc_cli *cli, const char *name, size_t len,
                           struct sc_error *err)
{
    const char *best = NULL;
    size_t least = len / 3 + 2;
    const struct sc_option *lists[] = {cli->command ? cli->command->options : NULL,
                                       sc_common_options};
    for (size_t i = 0; i < 2; i++)
        for (const struct sc_option *o = lists[i]; o && o->name; o++)
            keep_nearer(name, len, o->name, &best, &least);
    sc_fail(err, SC_ERR_USAGE, "there is no option --%.*s%s%s", len > 60 ? 60 : (int)len,
            name, cli->command ? " in scaler " : "",
            cli->command ? cli->command->name : "");
    if (best)
        sc_error_hint(err, "Did you mean --%s?", best);
    return sc_error_hint(err, "See: scaler help%s%s", cli->command ? " " : "",
                         cli->command ? cli->command->name : "");
}

static bool unknown_command(const char *name, struct sc_error *err)
{
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (!(c->flags & SC_COMMAND_HIDDEN))
            keep_nearer(name, strlen(name), c->name, &best, &least);
    sc_fail(err, SC_ERR_USAGE, "there is no command \"%.60s\"", name);
    if (best)
        sc_error_hint(err, "Did you mean scaler %s?", best);
    return sc_error_hint(err, "See: scaler help");
}

/* Grows one of cli's arrays by one zeroed element; NULL when memory is out. */
static void *grown(void *array, size_t n, size_t size)
{
    void *bigger = realloc(array, (n + 1) * size);
    if (bigger)
        memset((char *)bigger + n * size, 0, size);
    return bigger;
}

static bool keep_value(struct sc_cli *cli, const struct sc_option *o, const char *value,
                       struct sc_error *err)
{
    struct sc_option_value *values =
        grown(cli->values, cli->n_values, sizeof *cli->values);
    if (!values)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    cli->values = values;
    values[cli->n_values].option = o;
    values[cli->n_values].value = sc_strdup(value);
    if (value && !values[cli->n_values].value)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    cli->n_values++;
    return true;
}

static bool keep_argument(struct sc_cli *cli, const char *value, struct sc_error *err)
{
    char **args = cli->n_args < MAX_ARGUMENTS
                      ? grown(cli->args, cli->n_args, sizeof *cli->args)
                      : NULL;
    if (args)
        cli->args = args;
    if (!args || !(args[cli->n_args] = sc_strdup(value)))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    cli->n_args++;
    return true;
}

/*
 * Other users can read the argument list of a process: once a secret is
 * copied, it is overwritten. A URL loses its query, where signatures stand.
 */
static void wipe(char *secret)
{
    memset(secret, 'x', strlen(secret));
}

static void wipe_query(char *url)
{
    char *query = strstr(url, "://") ? strchr(url, '?') : NULL;
    if (query)
        wipe(query + 1);
}

static bool take_value(struct sc_cli *cli, const struct sc_option *o, char *inline_value,
                       int argc, char **argv, int *i, struct sc_error *err)
{
    char *value = inline_value;
    if (!o->value) {
        if (inline_value)
            return sc_fail(err, SC_ERR_USAGE, "--%s takes no value", o->name);
        return keep_value(cli, o, NULL, err);
    }
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value) {
        sc_fail(err, SC_ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
                o->value);
        return sc_error_hint(err, "See: scaler help %s",
                             cli->command ? cli->command->name : "");
    }
    bool ok = keep_value(cli, o, value, err);
    if (o->flags & SC_OPTION_SECRET)
        wipe(value);
    return ok;
}

static bool parse_long(struct sc_cli *cli, int argc, char **argv, int *i,
                       struct sc_error *err)
{
    char *name = argv[*i] + 2;
    char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct sc_option *o = find_option(cli, name, len, 0);
    if (!o)
        return unknown_option(cli, name, len, err);
    return take_value(cli, o, equals ? equals + 1 : NULL, argc, argv, i, err);
}

static bool parse_short(struct sc_cli *cli, int argc, char **argv, int *i,
                        struct sc_error *err)
{
    for (char *at = argv[*i] + 1; *at; at++) {
        const struct sc_option *o = find_option(cli, NULL, 0, *at);
        if (!o) {
            sc_fail(err, SC_ERR_USAGE, "there is no option -%c", *at);
            return sc_error_hint(err, "See: scaler help%s%s", cli->command ? " " : "",
                                 cli->command ? cli->command->name : "");
        }
        if (o->value)
            return take_value(cli, o, at[1] ? at + 1 : NULL, argc, argv, i, err);
        if (!keep_value(cli, o, NULL, err))
            return false;
    }
    return true;
}

static bool parse_word(struct sc_cli *cli, char *word, struct sc_error *err)
{
    if (!cli->command) {
        cli->command = sc_command_find(word);
        return cli->command || unknown_command(word, err);
    }
    bool ok = keep_argument(cli, word, err);
    wipe_query(word);
    return ok;
}

static bool check_count(const struct sc_cli *cli, struct sc_error *err)
{
    const struct sc_command *c = cli->command;
    if (!c || sc_cli_flag(cli, "help"))
        return true;
    if (cli->n_args < (size_t)c->min_args)
        sc_fail(err, SC_ERR_USAGE, "scaler %s needs %s", c->name, c->args);
    else if (c->max_args >= 0 && cli->n_args > (size_t)c->max_args)
        sc_fail(err, SC_ERR_USAGE, "scaler %s takes %s%s, but \"%.60s\" was given",
                c->name, c->max_args ? "only " : "no argument", c->args,
                cli->args[c->max_args]);
    else
        return true;
    return sc_error_hint(err, "See: scaler help %s", c->name);
}

/* A value of a closed list is checked here; open lists are the command's. */
static bool check_choice(const struct sc_option_value *v, struct sc_error *err)
{
    static const char *const closed[] = {"part", "kind", "format"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (strcmp(v->option->name, closed[i]) != 0)
            continue;
        const char *at = v->option->choices;
        while (*at) {
            size_t n = strcspn(at, "|");
            if (strlen(v->value) == n && memcmp(v->value, at, n) == 0)
                return true;
            at += n + (at[n] == '|');
        }
        return sc_fail(err, SC_ERR_USAGE, "--%s is \"%.60s\", allowed is %s",
                       v->option->name, v->value, v->option->choices);
    }
    return true;
}

bool sc_cli_parse(struct sc_cli *cli, int argc, char **argv, struct sc_error *err)
{
    bool ok = true, only_words = false;
    for (int i = 1; ok && i < argc; i++) {
        char *a = argv[i];
        if (!only_words && strcmp(a, "--") == 0)
            only_words = true;
        else if (!only_words && sc_str_starts(a, "--") && strcmp(a, "--version") == 0 &&
                 !cli->command)
            cli->command = sc_command_find("version");
        else if (!only_words && sc_str_starts(a, "--"))
            ok = parse_long(cli, argc, argv, &i, err);
        else if (!only_words && a[0] == '-' && a[1])
            ok = parse_short(cli, argc, argv, &i, err);
        else
            ok = parse_word(cli, a, err);
    }
    for (size_t i = 0; ok && i < cli->n_values; i++)
        ok = check_choice(&cli->values[i], err);
    cli->json = sc_cli_flag(cli, "json");
    cli->quiet = sc_cli_flag(cli, "quiet");
    cli->verbose = sc_cli_flag(cli, "verbose");
    return ok && check_count(cli, err);
}

void sc_cli_finish(struct sc_cli *cli)
{
    for (size_t i = 0; i < cli->n_args; i++)
        free(cli->args[i]);
    for (size_t i = 0; i < cli->n_values; i++) {
        if (cli->values[i].value && (cli->values[i].option->flags & SC_OPTION_SECRET))
            wipe(cli->values[i].value);
        free(cli->values[i].value);
    }
    free(cli->args);
    free(cli->values);
    sc_library_close(cli->library);
    sc_config_destroy(cli->config);
}

static const struct sc_option_value *last_of(const struct sc_cli *cli, const char *name)
{
    for (size_t i = cli->n_values; i > 0; i--)
        if (strcmp(cli->values[i - 1].option->name, name) == 0)
            return &cli->values[i - 1];
    return NULL;
}

const char *sc_cli_option(const struct sc_cli *cli, const char *name)
{
    const struct sc_option_value *v = last_of(cli, name);
    assert(find_option(cli, name, strlen(name), 0));
    return v ? v->value : NULL;
}

bool sc_cli_flag(const struct sc_cli *cli, const char *name)
{
    return last_of(cli, name) != NULL;
}

bool sc_cli_time(const struct sc_cli *cli, const char *name, double *out,
                 struct sc_error *err)
{
    const char *value = sc_cli_option(cli, name);
    if (!value || sc_parse_time_s(value, out))
        return true;
    return sc_fail(err, SC_ERR_USAGE,
                   "--%s is \"%.60s\", allowed is h:mm:ss or a number of seconds", name,
                   value);
}
