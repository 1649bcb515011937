/*
 * The command line. Every command is a row of the table in commands.c and a
 * function in its own cmd_*.c; help, completions, the man page and the option
 * parser are all driven by that table.
 *
 * Results go to stdout, progress and errors to stderr. A command returns false
 * with an error; main() shows it once and turns it into the exit code.
 */
#ifndef SC_CLI_CLI_H
#define SC_CLI_CLI_H

#include "base/cancel.h"
#include "base/config.h"
#include "base/error.h"
#include "base/terminal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sc_cli;
struct sc_library;

enum sc_option_flags {
    SC_OPTION_REPEAT = 1, /* may be given several times */
    SC_OPTION_SECRET = 2, /* wiped from the process's argument list */
    SC_OPTION_FILE = 4,   /* completed as a file name */
};

struct sc_option {
    const char *name;    /* without "--" */
    char letter;         /* or 0 */
    const char *value;   /* what the value is called in the help, NULL for a flag */
    const char *choices; /* "a|b|c" for completion, or NULL */
    const char *help;
    unsigned flags;
};

enum sc_command_flags {
    SC_COMMAND_HIDDEN = 1,
    SC_COMMAND_NO_CONFIG = 2, /* works whatever the settings say */
    SC_COMMAND_READS = 4,     /* only reads the library, which may be read-only */
};

struct sc_command {
    const char *name;
    const char *args;    /* "ID", "URL|FILE..." or "" */
    int min_args, max_args; /* max -1: any number */
    const char *summary; /* half a line */
    const char *text;    /* more, paragraphs separated by \n; or NULL */
    const char *complete; /* what the arguments are: "id", "file", "a|b|c", NULL */
    const struct sc_option *options; /* ends with name NULL; may be NULL */
    bool (*run)(struct sc_cli *cli, struct sc_error *err);
    unsigned flags;
};

extern const struct sc_command sc_commands[]; /* ends with name NULL */
extern const struct sc_option sc_common_options[];
const struct sc_command *sc_command_find(const char *name);

struct sc_option_value {
    const struct sc_option *option;
    char *value; /* NULL for a flag */
};

struct sc_cli {
    const struct sc_command *command;
    char **args; /* positional */
    size_t n_args;
    struct sc_option_value *values;
    size_t n_values;
    bool json, quiet, verbose;
    struct sc_terminal out, err; /* stdout, stderr */
    struct sc_config *config;    /* NULL with SC_COMMAND_NO_CONFIG */
    struct sc_cancel *cancel;
    struct sc_library *library;  /* opened by sc_cli_library() */
};

/* ---- options.c ---- */

/* Reads argv into cli (also when it fails, to be finished). Secrets in argv are overwritten. */
bool sc_cli_parse(struct sc_cli *cli, int argc, char **argv, struct sc_error *err);
void sc_cli_finish(struct sc_cli *cli);
/* The last value given; NULL when the option was not. The name must be in the table. */
const char *sc_cli_option(const struct sc_cli *cli, const char *name);
bool sc_cli_flag(const struct sc_cli *cli, const char *name);
/* Seconds or h:mm:ss; *out is untouched when the option was not given. */
bool sc_cli_time(const struct sc_cli *cli, const char *name, double *out,
                 struct sc_error *err);

/* ---- help.c, completions.c, man.c ---- */

void sc_help_overview(void);
void sc_help_command(const struct sc_command *c);
void sc_help_markdown(void);
void sc_man_page(void);
bool sc_completions(const char *shell, struct sc_error *err);

/* ---- output.c ---- */

/* Prints and releases j; two-space indent. */
bool sc_out_json_take(json_t *j, struct sc_error *err);
/* The same with every digit of numbers that are shown as they were written. */
bool sc_out_json_exact_take(json_t *j, struct sc_error *err);
/* Flushes stdout. A reader that went away is no error: *closed says so. */
bool sc_out_flush(bool *closed, struct sc_error *err);
void sc_out_error(const struct sc_cli *cli, const struct sc_error *err);
/* A line to stderr unless --quiet; for remarks that are not data. */
void sc_out_note(const struct sc_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum sc_style { SC_STYLE_BOLD, SC_STYLE_DIM, SC_STYLE_GOOD, SC_STYLE_WARN, SC_STYLE_BAD };
/* The escape sequence that begins (or, for sc_style_end, ends) a style; "" without colour. */
const char *sc_style(const struct sc_terminal *t, enum sc_style s);
const char *sc_style_end(const struct sc_terminal *t);
/* Prints text wrapped at `columns`, every line after the first indented. */
void sc_out_wrapped(const char *text, int first_column, int indent, int columns);
/* Prints text cut to `columns` and padded to them; 0 or less: as it is. */
void sc_out_cell(const char *text, int columns);

/* ---- shared by commands ---- */

/* Opens the library once; owned by cli. NULL with err set on failure. */
struct sc_library *sc_cli_library(struct sc_cli *cli, struct sc_error *err);

/* ---- the commands ---- */

#define SC_CLI_COMMANDS(X)                                                               \
    X(add) X(process) X(inspect) X(list) X(show) X(search) X(rm) X(export) X(models)     \
    X(doctor) X(config) X(rescan) X(cleanup) X(archive) X(unarchive) X(backup) X(restore) X(completions) X(version) X(help) X(errors) X(man) X(work) X(serve) X(keys)
#define SC_X(name) bool sc_cmd_##name(struct sc_cli *cli, struct sc_error *err);
SC_CLI_COMMANDS(SC_X)
#undef SC_X

#endif
