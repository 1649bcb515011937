/*
 * Settings: one table, four sources. The real environment wins over `.env`
 * (in the working folder, or the file named by SCALER_ENV_FILE), which wins
 * over what the API saved (`<output>/.scaler/settings.json`), which wins over
 * the defaults. This is the only module that reads the environment.
 *
 * A wrong value is an error at load that names the variable, the value and
 * what is allowed. Constant after load, so any thread may read.
 */
#ifndef SC_BASE_CONFIG_H
#define SC_BASE_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sc_setting_type {
    SC_SETTING_STRING,
    SC_SETTING_PATH,
    SC_SETTING_INT,    /* `allowed` is "min..max" */
    SC_SETTING_BOOL,   /* on/off, true/false, yes/no, 1/0 */
    SC_SETTING_CHOICE, /* `allowed` is "a|b|c" */
    SC_SETTING_URL,    /* http or https */
    SC_SETTING_LANGUAGE, /* a code or a name, or auto */
    SC_SETTING_DURATION, /* "30d", "24h", "90m", or "off" */
    SC_SETTING_SECRET, /* never printed: shown as "set (ends in abcd)" or "empty" */
};

/* X(id, variable, alias variable or NULL, type, default, allowed or NULL, meaning) */
#define SC_SETTING_TABLE(X)                                                              \
    X(OUTPUT_DIR, "SCALER_OUTPUT_DIR", NULL, PATH, "./output", NULL, "the library: videos, transcripts, slides, notes") \
    X(MODELS_DIR, "SCALER_MODELS_DIR", NULL, PATH, "", NULL, "where speech models lie; empty: ~/.local/share/scaler/models (Linux), ~/Library/Application Support/scaler/models (macOS)") \
    X(MODEL_MIRROR, "SCALER_MODEL_MIRROR", NULL, URL, "https://huggingface.co/ggerganov/whisper.cpp/resolve/main", NULL, "where `scaler models pull` fetches from") \
    X(ENGINE, "SCALER_ENGINE", NULL, STRING, "auto", NULL, "speech engine: auto, whisper, sphinx, or the name of a program scaler-NAME") \
    X(WHISPER_MODEL, "WHISPER_MODEL", NULL, STRING, "medium", NULL, "Whisper model by name (tiny, base.en, small, medium, large-v3...)") \
    X(WHISPER_DEVICE, "WHISPER_DEVICE", NULL, CHOICE, "auto", "auto|mps|metal|cuda|vulkan|cpu", "where Whisper computes") \
    X(LANGUAGE, "SCALER_LANGUAGE", NULL, LANGUAGE, "auto", NULL, "language of the lectures (en, hi...) or auto") \
    X(LLM_PROVIDER, "LLM_PROVIDER", NULL, CHOICE, "auto", "auto|ollama|openai|builtin", "who writes the notes") \
    X(OLLAMA_URL, "OLLAMA_HOST", "OLLAMA_BASE_URL", URL, "http://localhost:11434", NULL, "address of Ollama") \
    X(OLLAMA_MODEL, "OLLAMA_MODEL", NULL, STRING, "gpt-oss:20b", NULL, "Ollama model for notes") \
    X(VISION_MODEL, "OLLAMA_VISION_MODEL", NULL, STRING, "llama3.2-vision:11b", NULL, "Ollama model that describes slides with little text") \
    X(VISION, "SCALER_VISION", NULL, CHOICE, "auto", "auto|on|off", "describe slides with the vision model when it is there") \
    X(OPENAI_API_KEY, "OPENAI_API_KEY", NULL, SECRET, "", NULL, "key for OpenAI or a compatible server") \
    X(OPENAI_BASE_URL, "OPENAI_BASE_URL", NULL, URL, "https://api.openai.com/v1", NULL, "base URL of an OpenAI-compatible server") \
    X(OPENAI_MODEL, "OPENAI_MODEL", NULL, STRING, "gpt-4o-mini", NULL, "model on the OpenAI-compatible server") \
    X(LLM_CONTEXT, "SCALER_LLM_CONTEXT", NULL, INT, "0", "0..4194304", "context of the language model in tokens; 0: ask the server, else 8192") \
    X(PROMPTS_DIR, "SCALER_PROMPTS_DIR", NULL, PATH, "", NULL, "folder whose files override the built-in prompts") \
    X(OCR_LANGUAGE, "SCALER_OCR_LANGUAGE", NULL, STRING, "eng", NULL, "Tesseract languages, joined by +") \
    X(CONNECTIONS, "SCALER_CONNECTIONS", NULL, INT, "64", "1..256", "most parallel connections of one download") \
    X(DOWNLOAD_MEMORY_MB, "SCALER_DOWNLOAD_MEMORY_MB", NULL, INT, "16", "8..4096", "memory that one download may hold, in MB") \
    X(THREADS, "SCALER_THREADS", NULL, INT, "0", "0..256", "CPU threads for processing; 0: all cores") \
    X(PREVENT_SLEEP, "SCALER_PREVENT_SLEEP", NULL, BOOL, "on", NULL, "keep the machine awake while a job runs") \
    X(HOST, "SCALER_HOST", NULL, STRING, "127.0.0.1", NULL, "address the server listens on") \
    X(PORT, "SCALER_PORT", NULL, INT, "8000", "1..65535", "port the server listens on") \
    X(EXTENSIONS, "SCALER_EXTENSIONS", NULL, STRING, "first", NULL, "ids of browser extensions that may use the server, separated by commas; first: the first that starts a download is remembered; none") \
    X(ALLOW_PRIVATE, "SCALER_ALLOW_PRIVATE", NULL, BOOL, "off", NULL, "let the server download from loopback, link-local and private addresses") \
    X(SANDBOX, "SCALER_SANDBOX", NULL, BOOL, "on", NULL, "keep the server's workers to their lecture's folder and off the network they do not need (Linux)") \
    X(IMPORT_DIR, "SCALER_IMPORT_DIR", NULL, PATH, "", NULL, "folder whose videos the server may import") \
    X(IMPORT_WATCH, "SCALER_IMPORT_WATCH", NULL, BOOL, "off", NULL, "import and process every video that appears in SCALER_IMPORT_DIR") \
    X(MAX_DOWNLOADS, "SCALER_MAX_DOWNLOADS", NULL, INT, "3", "1..16", "downloads that the server runs at once") \
    X(MAX_PROCESSES, "SCALER_MAX_PROCESSES", NULL, INT, "1", "1..16", "lectures that the server processes at once") \
    X(RETENTION_CLEANUP, "SCALER_RETENTION_CLEANUP", NULL, BOOL, "off", NULL, "let the server do `scaler cleanup` once a day") \
    X(KEEP_LOGS, "SCALER_KEEP_LOGS", NULL, DURATION, "30d", NULL, "how long cleanup keeps the logs of ended jobs; off: for ever") \
    X(ARCHIVE_AFTER, "SCALER_ARCHIVE_AFTER", NULL, DURATION, "off", NULL, "let the server archive lectures that are older and were not changed for as long (30d), or off") \
    X(ARCHIVE_DIR, "SCALER_ARCHIVE_DIR", NULL, PATH, "", NULL, "where archives lie, best on another disk; empty: archives/ in the library") \
    X(BACKUP_DIR, "SCALER_BACKUP_DIR", NULL, PATH, "", NULL, "folder that the server backs the library up to; empty: none") \
    X(BACKUP_EVERY, "SCALER_BACKUP_EVERY", NULL, DURATION, "24h", NULL, "how often it does so, or off") \
    X(LOG_LEVEL, "LOG_LEVEL", NULL, CHOICE, "INFO", "DEBUG|INFO|WARNING|ERROR|CRITICAL", "how much is logged") \
    X(LOG_FORMAT, "LOG_FORMAT", NULL, CHOICE, "text", "text|json", "form of log lines")

enum sc_setting {
#define SC_X(id, var, alias, type, def, allowed, meaning) SC_SET_##id,
    SC_SETTING_TABLE(SC_X)
#undef SC_X
    SC_SET_COUNT
};

enum sc_setting_source {
    SC_SOURCE_DEFAULT,
    SC_SOURCE_SAVED,
    SC_SOURCE_ENV_FILE,
    SC_SOURCE_ENVIRONMENT,
    SC_SOURCE_OPTION, /* a command line flag */
};

struct sc_setting_info {
    const char *variable, *alias; /* alias may be NULL */
    enum sc_setting_type type;
    const char *fallback, *allowed, *meaning;
};

struct sc_config;

/* Reads all sources. The caller destroys the result. */
bool sc_config_load(struct sc_config **out, struct sc_error *err);
void sc_config_destroy(struct sc_config *c);

const struct sc_setting_info *sc_config_info(enum sc_setting id);
/* Never NULL; owned by the config, valid until it is set again or destroyed. */
const char *sc_config_str(const struct sc_config *c, enum sc_setting id);
/* Seconds of a duration, -1 for "off". */
int64_t sc_config_duration_s(const struct sc_config *c, enum sc_setting id);
int64_t sc_config_int(const struct sc_config *c, enum sc_setting id);
bool sc_config_bool(const struct sc_config *c, enum sc_setting id);
enum sc_setting_source sc_config_source(const struct sc_config *c, enum sc_setting id);
const char *sc_setting_source_name(enum sc_setting_source s);
/* "text", "path", "number", "flag", "choice", "url", "language", "secret" */
const char *sc_setting_type_name(enum sc_setting_type t);
/* What may be printed: the value, or the masked form of a secret. */
void sc_config_display(const struct sc_config *c, enum sc_setting id, char *out,
                       size_t size);
/* Validates and overrides, for flags. */
bool sc_config_set(struct sc_config *c, enum sc_setting id, const char *value,
                   enum sc_setting_source source, struct sc_error *err);
/* Whether the environment names a proxy, as libcurl reads it. */
bool sc_config_has_proxy(void);
/* The models folder with the default of this system filled in; heap memory. */
char *sc_config_models_dir(const struct sc_config *c);

/*
 * The pure parser of `.env` text: NAME=value lines, `#` comments, optional
 * `export`, single or double quotes with backslash escapes in double ones.
 * Calls fn per variable; false from fn or a malformed line ends it with an
 * error that names the line.
 */
typedef bool (*sc_env_fn)(void *user, const char *name, const char *value,
                          struct sc_error *err);
bool sc_env_parse(const char *text, size_t len, sc_env_fn fn, void *user,
                  struct sc_error *err);

#endif
