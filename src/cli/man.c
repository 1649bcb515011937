/* The manual page, scaler(1), in man(7) macros, from the same tables as the help. */
#include "base/config.h"
#include "cli/cli.h"

#include <stdio.h>

/* A backslash, a leading dot or quote and a hyphen mean something to roff. */
static void roff(const char *s)
{
    bool line_start = true;
    for (; *s; s++) {
        if (line_start && (*s == '.' || *s == '\''))
            fputs("\\&", stdout);
        if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '-')
            fputs("\\-", stdout);
        else
            putchar(*s);
        line_start = *s == '\n';
    }
}

static void man_options(const struct sc_option *list)
{
    for (; list && list->name; list++) {
        printf(".TP\n");
        if (list->letter)
            printf("\\fB\\-%c\\fR, ", list->letter);
        printf("\\fB\\-\\-");
        roff(list->name);
        printf("\\fR");
        if (list->value) {
            printf(" \\fI");
            roff(list->value);
            printf("\\fR");
        }
        printf("\n");
        roff(list->help);
        printf("\n");
    }
}

static void man_commands(void)
{
    for (const struct sc_command *c = sc_commands; c->name; c++) {
        if (c->flags & SC_COMMAND_HIDDEN)
            continue;
        printf(".SS \"scaler %s %s\"\n", c->name, c->args);
        roff(c->summary);
        printf(".\n");
        if (c->text) {
            printf(".PP\n");
            roff(c->text);
            printf("\n");
        }
        man_options(c->options);
    }
}

static void man_settings(void)
{
    for (int i = 0; i < SC_SET_COUNT; i++) {
        const struct sc_setting_info *s = sc_config_info((enum sc_setting)i);
        printf(".TP\n.B %s\n", s->variable);
        roff(s->meaning);
        if (s->fallback[0]) {
            printf(" (default: ");
            roff(s->fallback);
            printf(")");
        }
        printf("\n");
    }
}

void sc_man_page(void)
{
    printf(".TH SCALER 1 \"\" \"scaler %s\" \"User Commands\"\n", SC_VERSION);
    printf(".SH NAME\nscaler \\- lecture streams and files to video, transcript, slides "
           "and notes\n");
    printf(".SH SYNOPSIS\n.B scaler\n.I COMMAND\n[\\fIARGUMENTS\\fR] "
           "[\\fIOPTIONS\\fR]\n");
    printf(".SH DESCRIPTION\nDownloads recorded lectures (HLS) or takes media files, "
           "transcribes them, finds and reads their slides and writes notes in which "
           "every line names the second it comes from. Everything happens on this "
           "machine. What was interrupted goes on when the command is run again.\n");
    printf(".SH COMMANDS\n");
    man_commands();
    printf(".SH OPTIONS\nEvery command takes these.\n");
    man_options(sc_common_options);
    printf(".SH ENVIRONMENT\nRead from the environment and from a file\n.I .env\nin the "
           "working folder, or the one that SCALER_ENV_FILE names.\n");
    man_settings();
    printf(".TP\n.B NO_COLOR\nSwitches colours off.\n");
    printf(".SH \"EXIT STATUS\"\n");
    for (int i = 0; i < SC_ERR_COUNT; i++) {
        enum sc_error_code code = (enum sc_error_code)i;
        printf(".TP\n.B %d\n", sc_error_exit_code(code));
        roff(sc_error_meaning(code));
        printf("\n");
    }
}
