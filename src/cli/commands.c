/*
 * The whole interface in one place: commands, arguments, options, help texts.
 * Order is the order of the help: first what a lecture goes through.
 */
#include "cli/cli.h"

#include <string.h>

const struct sc_option sc_common_options[] = {
    {"json", 0, NULL, NULL, "print data as JSON", 0},
    {"quiet", 'q', NULL, NULL, "no progress, no remarks; errors only", 0},
    {"verbose", 'v', NULL, NULL, "say in detail what happens", 0},
    {"library", 0, "DIR", NULL, "use this library instead of SCALER_OUTPUT_DIR",
     SC_OPTION_FILE},
    {"help", 'h', NULL, NULL, "help on the command", 0},
    {0},
};

#define STAGES "transcription|frames|slides|notes"

/* What `add` and `process` share. */
#define PROCESS_OPTIONS                                                                  \
    {"model", 'm', "NAME", NULL, "speech model: tiny, base.en, small, medium...", 0},    \
    {"language", 'l', "CODE", NULL, "language of the lecture (en, hi...), or auto", 0},  \
    {"engine", 0, "NAME", "auto|whisper|sphinx", "speech engine", 0},                    \
    {"llm", 0, "NAME", "auto|ollama|openai|builtin",                                     \
     "who writes the notes: auto, ollama, openai, builtin, or PROVIDER:MODEL", 0},       \
    {"skip", 0, "STAGES", STAGES,                                                        \
     "leave out stages: transcription, frames, slides, notes (comma between)",           \
     SC_OPTION_REPEAT},                                                                  \
    {"redo", 0, "STAGES", STAGES "|all",                                                 \
     "run stages again although nothing changed", SC_OPTION_REPEAT}

static const struct sc_option add_options[] = {
    {"title", 't', "TEXT", NULL, "title of the lecture", 0},
    {"date", 0, "DAY", NULL, "day it was held, YYYY-MM-DD (default: today)", 0},
    {"from", 0, "TIME", NULL, "start here: h:mm:ss or seconds", 0},
    {"to", 0, "TIME", NULL, "end here", 0},
    {"quality", 0, "Q", "best|1080p|720p|480p|worst",
     "best, worst, or a height such as 720p", 0},
    {"key-pair-id", 0, "ID", NULL, "CloudFront signature: Key-Pair-Id", SC_OPTION_SECRET},
    {"policy", 0, "P", NULL, "CloudFront signature: Policy", SC_OPTION_SECRET},
    {"signature", 0, "S", NULL, "CloudFront signature: Signature", SC_OPTION_SECRET},
    {"header", 'H', "\"NAME: VALUE\"", NULL, "send this header to the stream's host",
     SC_OPTION_REPEAT | SC_OPTION_SECRET},
    {"cookie-file", 0, "FILE", NULL, "cookies in Netscape format", SC_OPTION_FILE},
    {"base-url", 0, "URL", NULL, "folder of numbered chunks, for streams without playlist",
     SC_OPTION_SECRET},
    {"chunk-pattern", 0, "P", NULL, "name of a chunk, such as data%06d.ts", 0},
    {"allow-gaps", 0, NULL, NULL, "make the video although parts are missing", 0},
    {"no-process", 0, NULL, NULL, "only download or import", 0},
    PROCESS_OPTIONS,
    {0},
};

static const struct sc_option process_options[] = {PROCESS_OPTIONS, {0}};

static const struct sc_option inspect_options[] = {
    {"base", 0, "URL", NULL, "resolve the playlist's URIs against this", 0},
    {"key-pair-id", 0, "ID", NULL, "CloudFront signature: Key-Pair-Id", SC_OPTION_SECRET},
    {"policy", 0, "P", NULL, "CloudFront signature: Policy", SC_OPTION_SECRET},
    {"signature", 0, "S", NULL, "CloudFront signature: Signature", SC_OPTION_SECRET},
    {"header", 'H', "\"NAME: VALUE\"", NULL, "send this header to the stream's host",
     SC_OPTION_REPEAT | SC_OPTION_SECRET},
    {"cookie-file", 0, "FILE", NULL, "cookies in Netscape format", SC_OPTION_FILE},
    {0},
};

static const struct sc_option list_options[] = {
    {"ids", 0, NULL, NULL, "only the ids, one a line", 0},
    {0},
};

static const struct sc_option show_options[] = {
    {"part", 'p', "NAME", "notes|summary|cards|announcements|transcript|slides",
     "print a part: notes, summary, cards, announcements, transcript, slides", 0},
    {0},
};

static const struct sc_option search_options[] = {
    {"lecture", 0, "ID", NULL, "only in this lecture", 0},
    {"kind", 0, "KIND", "transcript|slide|notes|summary|card|announcement|title",
     "only in transcript, slide, notes, summary, card, announcement or title", 0},
    {"from", 0, "DAY", NULL, "only lectures of this day or later, YYYY-MM-DD", 0},
    {"to", 0, "DAY", NULL, "only lectures of this day or earlier", 0},
    {"limit", 'n', "N", NULL, "at most N hits (default 20)", 0},
    {0},
};

static const struct sc_option rm_options[] = {
    {"yes", 'y', NULL, NULL, "do not ask", 0},
    {0},
};

static const struct sc_option export_options[] = {
    {"format", 'f', "F", "zip|srt|vtt|md", "zip, srt, vtt or md (default: zip)", 0},
    {"with-video", 0, NULL, NULL, "put the video into the ZIP too", 0},
    {"output", 'o', "FILE", NULL,
     "write here, - for standard output (default: ID.FORMAT)", SC_OPTION_FILE},
    {0},
};

static const struct sc_option help_options[] = {
    {"markdown", 0, NULL, NULL, "the whole reference as Markdown", 0},
    {0},
};

static const struct sc_option serve_options[] = {
    {"host", 0, "ADDRESS", NULL, "address to listen on (default 127.0.0.1)", 0},
    {"port", 0, "N", NULL, "port to listen on (default 8000; 0: any free one)", 0},
    {"port-file", 0, "FILE", NULL, "write the port here once it listens", SC_OPTION_FILE},
    {0},
};

#define DRY_RUN(what) {"dry-run", 'n', NULL, NULL, what, 0}

static const struct sc_option cleanup_options[] = {
    DRY_RUN("remove nothing, only say what would go"),
    {"all", 'a', NULL, NULL, "also what cannot be made again (parts of downloads and "
     "uploads that nothing claims)", 0},
    {0},
};

static const struct sc_option archive_options[] = {
    {"older-than", 0, "TIME", NULL, "only lectures held longer ago: 30d, 12h, 2w", 0},
    DRY_RUN("archive nothing, only say what would go"),
    {0},
};

static const struct sc_option unarchive_options[] = {
    {"keep", 'k', NULL, NULL, "keep the archive too", 0},
    DRY_RUN("bring nothing back, only say what would come"),
    {0},
};

static const struct sc_option backup_options[] = {
    {"with-keys", 0, NULL, NULL, "also keys, settings and the queue with its signatures", 0},
    {"verify", 0, NULL, NULL, "read again what is there already, and copy what is damaged", 0},
    {"prune", 0, NULL, NULL, "remove from the backup what is no longer in the library", 0},
    DRY_RUN("copy nothing, only say what would be copied"),
    {0},
};

static const struct sc_option restore_options[] = {
    {"overwrite", 0, NULL, NULL, "also over what is newer here or your own words; a copy of "
     "each stays beside it", 0},
    {"with-removed", 0, NULL, NULL, "also what was removed from the library before the last "
     "backup", 0},
    DRY_RUN("restore nothing, only say what would come"),
    {0},
};

static const struct sc_option keys_options[] = {
    {"scopes", 0, "LIST", NULL, "what the key allows: read,submit,admin,worker (default "
     "read,submit)", 0},
    {0},
};

static const struct sc_option work_options[] = {
    {"token", 0, "N", NULL, "fencing token of the lease", 0},
    {0},
};

static const struct sc_option errors_options[] = {
    {"markdown", 0, NULL, NULL, "the table as Markdown", 0},
    {0},
};

const struct sc_command sc_commands[] = {
    {"add", "URL|FILE...", 0, -1, "download or import lectures and make study materials",
     "Fetches an HLS stream, or takes a video or audio file, then transcribes it, finds "
     "and reads its slides and writes notes. Run again after a break of any kind, it "
     "goes on where it was. A stream whose signature has ended goes on when it is given "
     "fresh values.",
     "file", add_options, sc_cmd_add, 0},
    {"process", "ID", 1, 1, "make the study materials of a lecture that is here already",
     "Runs the stages whose inputs or options have changed.", "id", process_options,
     sc_cmd_process, 0},
    {"inspect", "URL|FILE|-", 1, 1, "tell what a stream, playlist or media file is",
     "Reads a playlist from a URL, a file or standard input (-) and shows its segments, "
     "variants and oddities, or shows the streams of a media file. Nothing is stored.",
     "file", inspect_options, sc_cmd_inspect, 0},
    {"list", "", 0, 0, "the lectures of the library, newest first", NULL, NULL,
     list_options, sc_cmd_list, SC_COMMAND_READS},
    {"show", "ID", 1, 1, "one lecture: state, stages, chapters, files",
     "ID may be cut short (4 characters or more) while it stays unique, here and in "
     "every command.",
     "id", show_options, sc_cmd_show, SC_COMMAND_READS},
    {"search", "QUERY...", 1, -1, "find a word in speech, slides and notes, to the second",
     "All words must occur. \"A phrase\" in quotes is kept together.", NULL,
     search_options, sc_cmd_search, SC_COMMAND_READS},
    {"rm", "ID...", 1, -1, "remove lectures, their video and materials", NULL, "id",
     rm_options, sc_cmd_rm, 0},
    {"export", "ID", 1, 1, "a lecture as ZIP, subtitles or Markdown", NULL, "id",
     export_options, sc_cmd_export, SC_COMMAND_READS},
    {"models", "[list | pull NAME | rm NAME]", 0, 2, "speech models: list, fetch, remove",
     "A model that was fetched in part goes on where it was and is checked against its "
     "known SHA-256.",
     "list|pull|rm", NULL, sc_cmd_models, 0},
    {"doctor", "", 0, 0, "what is installed, what works, what would make it better", NULL,
     NULL, NULL, sc_cmd_doctor, 0},
    {"config", "[NAME]", 0, 1, "every setting, its value and where it came from",
     "Settings come from the environment, from .env in the working folder (or the file "
     "SCALER_ENV_FILE names), from the library's saved settings, or are defaults, in "
     "this order.",
     NULL, NULL, sc_cmd_config, 0},
    {"serve", "", 0, 0, "run the service: HTTP API, queue, live progress",
     "Listens on 127.0.0.1:8000 (--host, --port, SCALER_HOST, SCALER_PORT) until it is "
     "stopped with Ctrl-C. Jobs go on where they were at the next start.",
     NULL, serve_options, sc_cmd_serve, 0},
    {"keys", "[list | add NAME | rm NAME]", 0, 2, "keys to use the server from elsewhere",
     "A server that listens on another address than the machine's own wants a key with "
     "every request. A key is shown once, when it is made.",
     "list|add|rm", keys_options, sc_cmd_keys, 0},
    {"rescan", "", 0, 0, "rebuild the catalog from the library's folders",
     "The folders are the truth: lectures that were copied in or edited are found, "
     "those that are gone are forgotten.",
     NULL, NULL, sc_cmd_rescan, 0},
    {"cleanup", "", 0, 0, "remove what finished or dead work left behind",
     "Chunks of finished downloads, leftover sound, checkpoints, files half written, "
     "logs of long ago. Each is named. Lectures in work are left alone; videos, text and "
     "your own words are never touched.",
     NULL, cleanup_options, sc_cmd_cleanup, 0},
    {"archive", "[ID...]", 0, -1, "pack lectures and let go of their videos",
     "Makes ID.tar.zst in the library's archives/ (or SCALER_ARCHIVE_DIR), reads it back, "
     "compares every file, and only then removes the video. Text and slides stay: the "
     "lecture is listed and found as before.",
     "id", archive_options, sc_cmd_archive, 0},
    {"unarchive", "ID...", 1, -1, "bring archived videos back", NULL, "id",
     unarchive_options, sc_cmd_unarchive, 0},
    {"backup", "DEST", 1, 1, "copy the library to a folder, the second time only what changed",
     "May run beside a server. An interrupted backup goes on where it was; the backup "
     "before stays whole until the new one is. Left out: sound files, chunks, half-written "
     "files, logs, and keys unless --with-keys.",
     "file", backup_options, sc_cmd_backup, 0},
    {"restore", "SRC", 1, 1, "bring a backup back, into an empty or a used library",
     "Every file is compared with its SHA-256. What is newer here, and your own words, "
     "stay as they are and are named.",
     "file", restore_options, sc_cmd_restore, 0},
    {"completions", "bash|zsh|fish", 1, 1, "print shell completions", NULL,
     "bash|zsh|fish", NULL, sc_cmd_completions, SC_COMMAND_NO_CONFIG},
    {"version", "", 0, 0, "version of the program", NULL, NULL, NULL, sc_cmd_version,
     SC_COMMAND_NO_CONFIG},
    {"help", "[COMMAND]", 0, 1, "this overview, or help on a command", NULL, NULL,
     help_options, sc_cmd_help, SC_COMMAND_NO_CONFIG},
    {"errors", "", 0, 0, "the error codes", NULL, NULL, errors_options, sc_cmd_errors,
     SC_COMMAND_NO_CONFIG | SC_COMMAND_HIDDEN},
    {"work", "JOB", 1, 1, "run a queued job (started by the server)", NULL, NULL,
     work_options, sc_cmd_work, SC_COMMAND_HIDDEN},
    {"man", "", 0, 0, "the manual page in roff", NULL, NULL, NULL, sc_cmd_man,
     SC_COMMAND_NO_CONFIG | SC_COMMAND_HIDDEN},
    {0},
};

const struct sc_command *sc_command_find(const char *name)
{
    for (const struct sc_command *c = sc_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
