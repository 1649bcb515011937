/*
 * Shell completions from the command table. Ids are asked from the program
 * itself (`scaler list --ids`) when the shell needs them.
 */
#include "cli/cli.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

static bool shown(const struct sc_command *c)
{
    return !(c->flags & SC_COMMAND_HIDDEN);
}

static void words(const char *choices)
{
    for (; *choices; choices++)
        putchar(*choices == '|' ? ' ' : *choices);
}

/* ---- bash ---- */

static void bash_option_names(const struct sc_option *list)
{
    for (; list && list->name; list++)
        printf("%s--%s", " ", list->name);
}

static void bash_option_values(const struct sc_command *c, const struct sc_option *list)
{
    for (; list && list->name; list++) {
        if (!list->value)
            continue;
        printf("    %s:--%s) ", c ? c->name : "*", list->name);
        if (list->choices) {
            printf("COMPREPLY=($(compgen -W \"");
            words(list->choices);
            printf("\" -- \"$cur\"))");
        } else if (list->flags & SC_OPTION_FILE) {
            printf("COMPREPLY=($(compgen -f -- \"$cur\"))");
        } else {
            printf("COMPREPLY=()");
        }
        printf("; return ;;\n");
    }
}

static void bash_arguments(const struct sc_command *c)
{
    printf("    %s) ", c->name);
    if (!c->complete)
        printf(":");
    else if (strcmp(c->complete, "id") == 0)
        printf("_scaler_ids");
    else if (strcmp(c->complete, "file") == 0)
        printf("COMPREPLY=($(compgen -f -- \"$cur\"))");
    else {
        printf("COMPREPLY=($(compgen -W \"");
        words(c->complete);
        printf("\" -- \"$cur\"))");
    }
    printf(" ;;\n");
}

static void bash(void)
{
    printf("# bash completion for scaler\n"
           "_scaler_ids() {\n"
           "  local IFS=$'\\n' id\n"
           "  for id in $(scaler list --ids 2>/dev/null); do\n"
           "    case $id in \"$cur\"*) COMPREPLY+=(\"$(printf %%q \"$id\")\") ;; esac\n"
           "  done\n"
           "}\n"
           "_scaler() {\n"
           "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "  local i cmd=\n"
           "  COMPREPLY=()\n"
           "  compopt -o filenames 2>/dev/null\n"
           "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "    case ${COMP_WORDS[i]} in -*) ;; *) cmd=${COMP_WORDS[i]}; break ;; esac\n"
           "  done\n"
           "  if [ -z \"$cmd\" ]; then\n"
           "    COMPREPLY=($(compgen -W \"");
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (shown(c))
            printf("%s%s", c == sc_commands ? "" : " ", c->name);
    bash_option_names(sc_common_options);
    printf("\" -- \"$cur\"))\n    return\n  fi\n  case $cmd:$prev in\n");
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (shown(c))
            bash_option_values(c, c->options);
    bash_option_values(NULL, sc_common_options);
    printf("  esac\n  if [[ $cur == -* ]]; then\n    case $cmd in\n");
    for (const struct sc_command *c = sc_commands; c->name; c++) {
        if (!shown(c))
            continue;
        printf("    %s) COMPREPLY=($(compgen -W \"", c->name);
        bash_option_names(c->options);
        bash_option_names(sc_common_options);
        printf("\" -- \"$cur\")) ;;\n");
    }
    printf("    esac\n    return\n  fi\n  case $cmd in\n");
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (shown(c))
            bash_arguments(c);
    printf("  esac\n}\ncomplete -F _scaler scaler\n");
}

/* ---- zsh ---- */

/* Within single quotes and the brackets of _arguments. */
static void zsh_text(const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:", *s))
            printf("\\%c", *s);
        else
            putchar(*s);
    }
}

static void zsh_options(const struct sc_option *list)
{
    for (; list && list->name; list++) {
        printf("        '%s--%s[", list->flags & SC_OPTION_REPEAT ? "*" : "", list->name);
        zsh_text(list->help);
        printf("]");
        if (list->value) {
            printf(":");
            zsh_text(list->value);
            printf(":");
            if (list->choices) {
                printf("(");
                words(list->choices);
                printf(")");
            } else if (list->flags & SC_OPTION_FILE) {
                printf("_files");
            }
        }
        printf("' \\\n");
    }
}

static void zsh(void)
{
    printf("#compdef scaler\n"
           "_scaler_ids() {\n"
           "  local -a ids\n"
           "  ids=(${(f)\"$(scaler list --ids 2>/dev/null)\"})\n"
           "  compadd -a ids\n"
           "}\n"
           "_scaler() {\n"
           "  local -a commands\n"
           "  commands=(\n");
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (shown(c)) {
            printf("    '%s:", c->name);
            zsh_text(c->summary);
            printf("'\n");
        }
    printf("  )\n"
           "  if (( CURRENT == 2 )); then\n"
           "    _describe command commands\n"
           "    return\n"
           "  fi\n"
           "  local cmd=$words[2]\n"
           "  shift words\n"
           "  (( CURRENT-- ))\n"
           "  case $cmd in\n");
    for (const struct sc_command *c = sc_commands; c->name; c++) {
        if (!shown(c))
            continue;
        printf("    %s)\n      _arguments \\\n", c->name);
        zsh_options(c->options);
        zsh_options(sc_common_options);
        printf("        '*:argument:");
        if (c->complete && strcmp(c->complete, "id") == 0)
            printf("_scaler_ids");
        else if (c->complete && strcmp(c->complete, "file") == 0)
            printf("_files");
        else if (c->complete) {
            printf("(");
            words(c->complete);
            printf(")");
        }
        printf("' ;;\n");
    }
    /* Autoloaded from a folder of functions, or sourced. */
    printf("  esac\n}\n"
           "if [ \"$funcstack[1]\" = _scaler ]; then\n  _scaler \"$@\"\n"
           "else\n  compdef _scaler scaler\nfi\n");
}

/* ---- fish ---- */

static void fish_text(const char *s)
{
    for (; *s; s++)
        printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
}

static void fish_options(const char *command, const struct sc_option *list)
{
    for (; list && list->name; list++) {
        printf("complete -c scaler ");
        if (command)
            printf("-n '__fish_seen_subcommand_from %s' ", command);
        printf("-l %s ", list->name);
        if (list->letter)
            printf("-s %c ", list->letter);
        if (list->value)
            printf(list->flags & SC_OPTION_FILE ? "-r " : "-x ");
        if (list->choices) {
            printf("-a '");
            words(list->choices);
            printf("' ");
        }
        if (list->flags & SC_OPTION_FILE)
            printf("-F ");
        printf("-d '");
        fish_text(list->help);
        printf("'\n");
    }
}

static void fish(void)
{
    printf("complete -c scaler -f\n");
    for (const struct sc_command *c = sc_commands; c->name; c++) {
        if (!shown(c))
            continue;
        printf("complete -c scaler -n __fish_use_subcommand -a %s -d '", c->name);
        fish_text(c->summary);
        printf("'\n");
        if (c->complete) {
            printf("complete -c scaler -n '__fish_seen_subcommand_from %s' ", c->name);
            if (strcmp(c->complete, "id") == 0)
                printf("-a '(scaler list --ids 2>/dev/null)'\n");
            else if (strcmp(c->complete, "file") == 0)
                printf("-F\n");
            else {
                printf("-a '");
                words(c->complete);
                printf("'\n");
            }
        }
        fish_options(c->name, c->options);
    }
    fish_options(NULL, sc_common_options);
}

bool sc_completions(const char *shell, struct sc_error *err)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print();
            return true;
        }
    sc_fail(err, SC_ERR_USAGE, "there are no completions for \"%.40s\"", shell);
    return sc_error_hint(err, "Known shells: bash, zsh, fish.");
}
