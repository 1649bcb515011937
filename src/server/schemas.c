/*
 * What requests and answers look like: JSON Schema 2020-12, as OpenAPI 3.1 uses
 * it. Static text; tests/api checks every answer against it.
 */
#include "server/schemas.h"

/* clang-format off */
#define T(type) "{\"type\":" type "}"
#define OR_NULL(type) T("[\"" type "\",\"null\"]")
#define STR T("\"string\"")
#define NSTR OR_NULL("string")
#define NUM T("\"number\"")
#define NNUM OR_NULL("number")
#define INT T("\"integer\"")
#define NINT OR_NULL("integer")
#define BOOL T("\"boolean\"")
#define NBOOL OR_NULL("boolean")
#define OBJECT T("\"object\"")
#define NOBJ OR_NULL("object")
#define ANY "{}"
#define TITLE "{\"type\":\"string\",\"minLength\":1,\"maxLength\":300}"
#define PAGE_TITLE "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}"
#define Q(name) "\"" name "\""
#define P(name, schema) Q(name) ":" schema
#define ARR(items) "{\"type\":\"array\",\"items\":" items "}"
#define ENUM(values) "{\"enum\":[" values "]}"
#define OBJ(required, properties)                                                        \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define CHUNK                                                                            \
    OBJ(Q("start") "," Q("end") "," Q("text"),                                           \
        P("start", NUM) "," P("end", NUM) "," P("text", STR))

/* What is remembered of each card: numbers by name. */
#define GRADES                                                                           \
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\","               \
    "\"additionalProperties\":{\"type\":\"number\"}}}"
#define PULL                                                                             \
    "{\"type\":[\"object\",\"null\"],\"required\":[\"name\",\"state\"],\"properties\":{"   \
    P("name", STR) "," P("state", STR) "," P("done", NUM) "," P("total", NUM) ","        \
    P("rate", NUM) "," P("eta", NUM) "," P("error", NSTR) "," P("code", NSTR) ","         \
    P("hint", NSTR) "}}"
#define MODEL                                                                            \
    OBJ(Q("name") "," Q("file") "," Q("kind") "," Q("size") "," Q("about") ","           \
        Q("installed") "," Q("pull"), P("name", STR) "," P("file", STR) ","              \
        P("kind", STR) "," P("size", INT) "," P("about", STR) "," P("installed", BOOL)   \
        "," P("pull", PULL))

const char sc_schema_error[] = OBJ(Q( "detail" ) "," Q( "code" ) "," Q( "hint" ) "," Q(
    "request_id" ), P( "detail" , STR) "," P( "code" , STR) "," P( "hint" , STR) "," P(
    "request_id" , STR));
const char sc_schema_health[] = OBJ(Q( "status" ) "," Q( "timestamp" ) "," Q( "version" ) "," Q(
    "features" ), P( "status" , ENUM(Q( "healthy" ))) "," P( "timestamp" , STR) "," P( "version" ,
    STR) "," P( "features" , ARR(STR)));
const char sc_schema_message[] = OBJ(Q( "message" ), P( "message" , STR));
const char sc_schema_download_request[] = OBJ( Q( "title" ) "," Q( "streamInfo" ), P( "title" ,
    PAGE_TITLE) "," P( "url" , NSTR) "," P( "streamInfo" , OBJ( "" , P( "baseUrl" , NSTR) "," P(
    "streamUrl" , NSTR) "," P( "keyPairId" , NSTR) "," P( "policy" , NSTR) "," P( "signature" ,
    NSTR) "," P( "detectedChunk" , NINT))) "," P( "startTime" , NNUM) "," P( "endTime" , NNUM)
    "," P( "process" , NBOOL) "," P( "allowGaps" , NBOOL));
const char sc_schema_download[] = OBJ(Q( "downloadId" ) "," Q( "message" ), P( "downloadId" ,
    STR) "," P( "message" , STR));
const char sc_schema_download_status[] = OBJ( Q( "downloadId" ) "," Q( "status" ) "," Q(
    "progress" ) "," Q( "message" ) "," Q( "path" ) "," Q( "error" ) "," Q( "title" ) "," Q(
    "state" ) "," Q( "rate" ) "," Q( "eta" ) "," Q( "recordin" "gId" ), P( "downloadId" , STR)
    "," P( "status" , ENUM(Q( "pending" ) "," Q( "downloading" ) "," Q( "co" "mp" "le" "t" "e" )
    "," Q( "error" ))) "," P( "progress" , NUM) "," P( "message" , STR) "," P( "path" , NSTR)
    "," P( "error" , NSTR) "," P( "ti" "tl" "e" , NSTR) "," P( "state" , STR) "," P( "rate" ,
    NUM) "," P( "eta" , NUM) "," P( "recordingId" , NSTR));
const char sc_schema_credentials_request[] = OBJ( "" , P( "keyPairId" , NSTR) "," P( "policy" ,
    NSTR) "," P( "signature" , NSTR) "," P( "streamInfo" , NOBJ));
const char sc_schema_process_request[] = OBJ( "" , P( "title" , NSTR) "," P( "videoPath" , NSTR)
    "," P( "recordingId" , NSTR) "," P( "options" , NOBJ) "," P( "whisperModel" , NSTR) "," P(
    "ollamaModel" , NSTR) "," P( "llmModel" , NSTR) "," P( "skipTranscription" , NBOOL) "," P(
    "skipFrames" , NBOOL) "," P( "skipNotes" , NBOOL) "," P( "skipS" "lideA" "nalys" "is" ,
    NBOOL) "," P("transcribeFrom", NNUM) "," P("transcribeTo", NNUM));
const char sc_schema_process[] = OBJ(Q( "processId" ) "," Q( "message" ) "," Q( "position" ), P(
    "processId" , STR) "," P( "message" , STR) "," P( "position" , INT));
const char sc_schema_process_status[] = OBJ( Q( "processId" ) "," Q( "status" ) "," Q(
    "progress" ) "," Q( "stage" ) "," Q( "message" ) "," Q( "outputDir" ) "," Q( "error" ) ","
    Q( "title" ) "," Q( "recordingId" ) "," Q( "eta" ) "," Q( "state" ), P( "processId" , STR)
    "," P( "status" , ENUM( Q( "queued" ) "," Q( "processing" ) "," Q( "compl" "ete" ) "," Q(
    "error" ))) "," P( "progress" , NUM) "," P( "stage" , ENUM(Q( "init" ) "," Q( "transcript"
    "ion" ) "," Q( "frames" ) "," Q( "slides" ) "," Q( "note" "s" ) "," Q( "complete" ) ","
    "nul" "l" )) "," P( "message" , NSTR) "," P( "outputDir" , NSTR) "," P( "error" , NSTR) ","
    P( "title" , NSTR) "," P( "r" "e" "c" "o" "r" "d" "i" "n" "g" "I" "d" , NSTR) "," P( "eta" ,
    NUM) "," P( "state" , STR));
const char sc_schema_recordings[] = OBJ( Q( "recordings" ), P( "recordings" , ARR(OBJ( Q( "id" )
    "," Q( "title" ) "," Q( "status" ) "," Q( "date" ) "," Q( "path" ) "," Q( "videoPath" ) ","
    Q( "processed" ) "," Q( "progress" ) "," Q( "message" ) "," Q( "artifacts" ) "," Q( "state"
    ) "," Q( "duration" ) "," Q( "source" ) "," Q( "updated" ) "," Q( "errorCode" ) "," Q(
    "tags" ) "," Q( "folder" ) "," Q( "thumbnail" ), P( "thumbnail" , NSTR) "," P( "id" , STR) "," P( "title" , STR) "," P( "status" , ENUM( Q(
    "downloading" ) "," Q( "downloaded" ) "," Q( "queued" ) "," Q( "processing" ) "," Q( "error"
    ) "," Q( "processed" ) "," Q( "complete" ))) "," P( "date" , STR) "," P( "path" , NSTR) ","
    P( "videoPath" , NSTR) "," P( "processed" , BOOL) "," P( "progress" , NUM) "," P( "message"
    , NSTR) "," P( "artifacts" , NOBJ) "," P( "state" , STR) "," P( "duration" , NUM) "," P(
    "source" , NSTR) "," P( "updated" , STR) "," P( "errorCode" , NSTR) "," P( "tags" ,
    ARR(STR)) "," P( "folder" , NSTR)))));
const char sc_schema_check[] = OBJ(Q( "exists" ) "," Q( "status" ) "," Q( "path" ) "," Q( "id"
    ), P( "exists" , BOOL) "," P( "status" , NSTR) "," P( "path" , NSTR) "," P( "id" , NSTR));
const char sc_schema_recording[] = OBJ(Q( "id" ) "," Q( "title" ) "," Q( "status" ) "," Q(
    "date" ) "," Q( "path" ) "," Q( "videoPath" ) "," Q( "processed" ) "," Q( "progress" ) ","
    Q( "message" ) "," Q( "artifacts" ) "," Q( "state" ) "," Q( "duration" ) "," Q( "source" )
    "," Q( "updated" ) "," Q( "errorCode" ) "," Q( "tags" ) "," Q( "folder" ) "," Q( "metadata"
    ) "," Q( "userNotes" ) "," Q( "edits" ) "," Q( "stages" ) "," Q( "thumbnail" ), P( "thumbnail" , NSTR) "," P( "id" , STR) "," P( "title" ,
    STR) "," P( "status" , ENUM(Q( "downloading" ) "," Q( "downloaded" ) "," Q( "queued" ) ","
    Q( "processing" ) "," Q( "error" ) "," Q( "processed" ) "," Q( "complete" ))) "," P( "date"
    , STR) "," P( "path" , NSTR) "," P( "videoPath" , NSTR) "," P( "processed" , BOOL) "," P(
    "progress" , NUM) "," P( "message" , NSTR) "," P( "artifacts" , NOBJ) "," P( "state" , STR)
    "," P( "duration" , NUM) "," P( "source" , NSTR) "," P( "updated" , STR) "," P( "errorCode"
    , NSTR) "," P( "tags" , ARR(STR)) "," P( "folder" , NSTR) "," P( "metadata" , OBJECT) "," P(
    "slides" , ANY) "," P( "notes" , ANY) "," P( "userNotes" , NSTR) "," P( "edits" , OBJECT)
    "," P("grades", GRADES) "," P( "stages" , ARR(OBJECT)));
const char sc_schema_recording_patch[] = OBJ( "" , P( "title" , TITLE) "," P( "tags" , ARR(STR))
    "," P( "folder" , NSTR) "," P( "userNotes" , NSTR) "," P( "edits" , OBJECT) ","
    P("grades", "{\"type\":\"object\",\"additionalProperties\":true}"));
const char sc_schema_decks[] = OBJ(Q("decks"), P("decks", ARR(OBJ(Q("id") "," Q("title") ","
    Q("date") "," Q("cards") "," Q("grades"), P("id", STR) "," P("title", STR) ","
    P("date", STR) "," P("cards", ARR(STR)) "," P("grades", GRADES)))));
#define UPKEEP                                                                           \
    OBJ(Q("task") "," Q("state") "," Q("started") "," Q("ended") "," Q("next") ","       \
        Q("stage") "," Q("done") "," Q("total") "," Q("rate") "," Q("eta") ","           \
        Q("report") "," Q("error") "," Q("code") "," Q("hint"),                          \
        P("task", STR) ","                                                               \
        P("state", ENUM(Q("never") "," Q("running") "," Q("done") "," Q("failed") ","    \
            Q("cancelled"))) ","                                                         \
        P("started", NSTR) "," P("ended", NSTR) "," P("next", NSTR) "," P("stage", STR)  \
        "," P("done", NUM) "," P("total", NUM) "," P("rate", NUM) "," P("eta", NUM) ","  \
        P("report", NOBJ) "," P("error", NSTR) "," P("code", NSTR) "," P("hint", NSTR))
#define UPKEEP_REPORT                                                                    \
    OBJ(Q("dryRun") "," Q("count") "," Q("bytes") "," Q("items") "," Q("kept"),          \
        P("dryRun", BOOL) "," P("count", INT) "," P("bytes", INT) ","                    \
        P("items", ARR(OBJECT)) "," P("kept", ARR(OBJECT)))
const char sc_schema_archive_request[] = OBJ("", P("dryRun", NBOOL));
const char sc_schema_maintenance[] = OBJ(Q("tasks"), P("tasks", ARR(UPKEEP)));
const char sc_schema_maintenance_request[] = OBJ("", P("run", NBOOL) "," P("all", NBOOL)
    "," P("olderThan", NSTR) "," P("ids", "{\"type\":[\"array\",\"null\"],\"items\":" STR "}"));
const char sc_schema_maintenance_answer[] = OBJ(Q("task") "," Q("started") "," Q("message")
    "," Q("report") "," Q("state"), P("task", STR) "," P("started", BOOL) ","
    P("message", STR) "," P("report", UPKEEP_REPORT) "," P("state", UPKEEP));
const char sc_schema_transcript[] = OBJ(Q( "chunks" ), P( "chunks" , ARR(CHUNK)));
const char sc_schema_deleted[] = OBJ(Q( "success" ) "," Q( "deleted" ) "," Q( "errors" ), P(
    "success" , BOOL) "," P( "deleted" , ARR(STR)) "," P( "errors" , ARR(STR)));
const char sc_schema_search[] = OBJ( Q( "results" ) "," Q( "total" ), P( "results" , ARR(OBJ( Q(
    "id" ) "," Q( "title" ) "," Q( "type" ) "," Q( "match" ) "," Q( "time" ) "," Q( "end" ) ","
    Q( "html" ) "," Q( "date" ) "," Q( "thumbnail" ), P( "id" , STR) "," P( "title" , STR) ","
    P( "type" , STR) "," P( "match" , STR) "," P( "time" , NUM) "," P( "end" , NUM) "," P(
    "html" , STR) "," P( "date" , STR) "," P( "thumbnail" , NSTR)))) "," P( "total" , INT));
const char sc_schema_queue[] = OBJ( Q( "queue" ) "," Q( "history" ) "," Q( "jobs" ), P( "queue"
    , ARR(OBJ(Q( "id" ) "," Q( "title" ) "," Q( "status" ), P( "id" , STR) "," P( "title" ,
    NSTR) "," P( "status" , ENUM(Q( "queue" "d" )))))) "," P( "history" , ARR(OBJ(Q( "processId"
    ) "," Q( "status" ) "," Q( "progress" ) "," Q( "stage" ) "," Q( "message" ) "," Q(
    "outputDir" ) "," Q( "error" ) "," Q( "title" ) "," Q( "recordingId" ) "," Q( "eta" ) "," Q(
    "state" ), P( "processId" , STR) "," P( "status" , ENUM(Q( "queued" ) "," Q( "processing" )
    "," Q( "complete" ) "," Q( "error" ))) "," P( "progress" , NUM) "," P( "stage" , ENUM(Q(
    "init" ) "," Q( "transcription" ) "," Q( "frames" ) "," Q( "slides" ) "," Q( "notes" ) ","
    Q( "complete" ) "," "null" )) "," P( "message" , NSTR) "," P( "outputDir" , NSTR) "," P(
    "error" , NSTR) "," P( "title" , NSTR) "," P( "recordingId" , NSTR) "," P( "eta" , NUM) ","
    P( "state" , STR)))) "," P( "jobs" , ARR(OBJ(Q( "id" ) "," Q( "kind" ) "," Q( "state" ) ","
    Q( "lectureId" ) "," Q( "title" ) "," Q( "priority" ) "," Q("position") "," Q( "attempts" ) "," Q(
    "maxAttempts" ) "," Q( "progress" ) "," Q( "stage" ) "," Q( "message" ) "," Q( "rate" ) ","
    Q( "eta" ) "," Q( "error" ) "," Q( "created" ) "," Q( "started" ) "," Q( "ended" ) "," Q(
    "notBefore" ), P( "id" , STR) "," P( "kind" , ENUM(Q( "download" ) "," Q( "process" ) "," Q(
    "import" ))) "," P( "state" , ENUM( Q( "waiting" ) "," Q( "running" ) "," Q( "paused" ) ","
    Q( "done" ) "," Q( "failed" ) "," Q( "cancelled" ))) "," P( "lectureId" , NSTR) "," P(
    "title" , NSTR) "," P( "priority" , INT) "," P("position", NUM) "," P( "attempts" , INT) "," P( "maxAttempts" ,
    INT) "," P( "progress" , NUM) "," P( "stage" , NSTR) "," P( "message" , NSTR) "," P( "rate"
    , NUM) "," P( "eta" , NNUM) "," P( "error" , NOBJ) "," P( "created" , NSTR) "," P( "started"
    , NSTR) "," P( "ended" , NSTR) "," P( "notBefore" , NSTR)))));
const char sc_schema_job_answer[] = OBJ( Q( "id" ) "," Q( "kind" ) "," Q( "state" ) "," Q(
    "lectureId" ) "," Q( "title" ) "," Q( "priority" ) "," Q("position") "," Q( "attempts" ) "," Q(
    "maxAttempts" ) "," Q( "progress" ) "," Q( "stage" ) "," Q( "message" ) "," Q( "rate" ) ","
    Q( "eta" ) "," Q( "error" ) "," Q( "create" "d" ) "," Q( "started" ) "," Q( "ended" ) "," Q(
    "notBefore" ), P( "id" , STR) "," P( "kind" , ENUM(Q( "download" ) "," Q( "process" ) "," Q(
    "import" ))) "," P( "state" , ENUM(Q( "waiting" ) "," Q( "running" ) "," Q( "paused" ) ","
    Q( "d" "o" "n" "e" ) "," Q( "failed" ) "," Q( "cancelled" ))) "," P( "lectureId" , NSTR) ","
    P( "title" , NSTR) "," P( "priority" , INT) "," P("position", NUM) "," P( "attempts" , INT) "," P( "maxAttempts" ,
    INT) "," P( "progress" , NUM) "," P( "stage" , NSTR) "," P( "message" , NSTR) "," P( "rate"
    , NUM) "," P( "eta" , NNUM) "," P( "error" , NOBJ) "," P( "created" , NSTR) "," P( "started"
    , NSTR) "," P( "ended" , NSTR) "," P( "notBefore" , NSTR));
const char sc_schema_job[] = OBJ( Q( "id" ) "," Q( "kind" ) "," Q( "state" ) "," Q( "lectureId"
    ) "," Q( "title" ) "," Q( "priority" ) "," Q("position") "," Q( "attempts" ) "," Q( "maxAttempts" ) "," Q(
    "progress" ) "," Q( "stage" ) "," Q( "message" ) "," Q( "rate" ) "," Q( "eta" ) "," Q(
    "error" ) "," Q( "create" "d" ) "," Q( "started" ) "," Q( "ended" ) "," Q( "notBefore" ) ","
    Q( "log" ), P( "id" , STR) "," P( "kind" , ENUM(Q( "download" ) "," Q( "process" ) "," Q(
    "import" ))) "," P( "sta" "te" , ENUM( Q( "waiting" ) "," Q( "running" ) "," Q( "paused" )
    "," Q( "done" ) "," Q( "failed" ) "," Q( "cancelled" ))) "," P( "lectureId" , NSTR) "," P(
    "title" , NSTR) "," P( "priority" , INT) "," P("position", NUM) "," P( "attempts" , INT) "," P( "maxAttempts" ,
    INT) "," P( "progress" , NUM) "," P( "stage" , NSTR) "," P( "message" , NSTR) "," P( "rate"
    , NUM) "," P( "eta" , NNUM) "," P( "error" , NOBJ) "," P( "created" , NSTR) "," P( "started"
    , NSTR) "," P( "ended" , NSTR) "," P( "notBefore" , NSTR) "," P( "log" , STR));
const char sc_schema_priority_request[] = OBJ( "" , P( "priority" , NINT) "," P( "before" ,
    NSTR));
const char sc_schema_empty_request[] = OBJECT;
const char sc_schema_models[] = OBJ(Q( "whisper" ) "," Q( "llm" ) "," Q( "llmProvider" ) "," Q(
    "models" ) "," Q("catalog"), P("catalog", ARR(MODEL)) "," P( "whisper" , ARR(STR)) "," P( "llm" , ARR(STR)) "," P( "llmProvider" , STR)
    "," P( "models" , ARR(STR)) "," P( "error" , STR));
const char sc_schema_settings[] = OBJ(Q( "llmProvider" ) "," Q( "llmModel" ) "," Q(
    "ollamaBaseUrl" ) "," Q( "openaiApiKey" ) "," Q( "settings" ), P( "llmProvider" , STR) ","
    P( "llmModel" , STR) "," P( "ollamaBaseUrl" , STR) "," P( "openaiApiKey" , STR) "," P(
    "settings" , ARR(OBJ(Q("name") "," Q("value") "," Q("source") "," Q("allowed") ","
    Q("default") "," Q("meaning") "," Q("type") "," Q("fixed"), P("name", STR) ","
    P("value", STR) "," P("source", STR) "," P("allowed", NSTR) "," P("default", STR) ","
    P("meaning", STR) "," P("type", STR) "," P("fixed", BOOL)))));
const char sc_schema_settings_request[] = OBJ( "" , P( "llmProvider" , STR) "," P( "llmModel" ,
    STR) "," P( "ollamaBaseUrl" , STR) "," P( "openaiApiKey" , STR));
const char sc_schema_providers[] = OBJ(Q( "ollama" ) "," Q( "openai" ), P( "ollama" , OBJ(Q(
    "available" ) "," Q( "connected" ), P( "available" , BOOL) "," P( "connected" , BOOL) "," P(
    "model" , STR) "," P( "reason" , STR))) "," P( "openai" , OBJ(Q( "available" ) "," Q(
    "connected" ), P( "available" , BOOL) "," P( "connected" , BOOL) "," P( "model" , STR) ","
    P( "reason" , STR))));
const char sc_schema_system[] = OBJ(Q( "version" ) "," Q( "machine" ) "," Q( "cpus" ) "," Q(
    "memory" ) "," Q( "disk" ) "," Q( "engines" ) "," Q( "providers" ) "," Q( "speechModels" ),
    P( "version" , STR) "," P( "machine" , STR) "," P( "cpus" , INT) "," P( "memory" , OBJECT)
    "," P( "disk" , OBJECT) "," P( "engines" , ARR(OBJECT)) "," P( "providers" , OBJECT) "," P(
    "speechModels" , ARR(STR)));
const char sc_schema_import_request[] = OBJ( "" , P( "path" , NSTR) "," P( "filename" , NSTR)
    "," P( "size" , NINT) "," P( "title" , NSTR) "," P( "process" , NBOOL) "," P( "startTime" ,
    NNUM) "," P( "endTime" , NNUM));
const char sc_schema_sample[] =
    OBJ(Q("available") "," Q("bytes") "," Q("title"),
        P("available", BOOL) "," P("bytes", INT) "," P("title", STR));
const char sc_schema_import[] = OBJ(Q( "message" ) "," Q( "jobId" ), P( "message" , STR) "," P(
    "jobId" , NSTR) "," P( "uploadId" , STR) "," P( "offset" , INT) "," P( "complete" , BOOL)
    "," P( "size" , NINT));
const char sc_schema_pair_code[] = OBJ(Q( "code" ) "," Q( "expires" ), P( "code" , STR) "," P(
    "expires" , STR));
const char sc_schema_pair_request[] = OBJ(Q( "code" ), P( "code" , STR));
const char sc_schema_pair[] = OBJ(Q( "paired" ) "," Q( "key" ) "," Q( "message" ), P( "paired" ,
    BOOL) "," P( "key" , STR) "," P( "message" , STR));
const char sc_schema_keys[] = OBJ( Q( "keys" ), P( "keys" , ARR(OBJ(Q( "name" ) "," Q( "scopes"
    ) "," Q( "created" ), P( "name" , STR) "," P( "scopes" , ARR(STR)) "," P( "created" ,
    STR)))));
const char sc_schema_key_request[] = OBJ(Q( "name" ) "," Q( "scopes" ), P( "name" , STR) "," P(
    "scopes" , STR));
const char sc_schema_key[] = OBJ(Q( "name" ) "," Q( "key" ), P( "name" , STR) "," P( "key" ,
    STR));
const char sc_schema_session[] = OBJ(Q("needsKey") "," Q("signedIn") "," Q("scopes"),
    P("needsKey", BOOL) "," P("signedIn", BOOL) "," P("scopes", ARR(STR)));
const char sc_schema_session_request[] = OBJ(Q("key"), P("key", STR));
const char sc_schema_openapi[] = OBJECT;
const char sc_schema_metrics[] = OBJ(Q( "active_downloads" ) "," Q( "queued_processes" ) "," Q(
    "disk_usage_gb" ) "," Q( "recor" "di" "ngs_" "coun" "t" ) "," Q( "uptime_hours" ) "," Q(
    "active_processes" ) "," Q( "queued_downloads" ) "," Q( "paused_jobs" ) "," Q( "failed_jobs"
    ) "," Q( "oldest_waiting_seconds" ) "," Q( "event_" "client" "s" ) "," Q(
    "memory_peak_bytes" ) "," Q( "recordings_by_status" ) "," Q( "stages" ) "," Q(
    "failures_by_code" ), P( "active_downloads" , INT) "," P( "queued_processes" , INT) "," P(
    "disk_usage_gb" , NUM) "," P( "recordings_count" , INT) "," P( "uptime_hours" , NUM) "," P(
    "active_processes" , INT) "," P( "queued_" "downloads" , INT) "," P( "paused_jobs" , INT)
    "," P( "failed_jobs" , INT) "," P( "oldest_waiting_seconds" , NUM) "," P( "event_clients" ,
    INT) "," P( "mem" "ory" "_pe" "ak_" "byt" "es" , INT) "," P( "recordings_by_status" ,
    OBJECT) "," P( "stages" , OBJECT) "," P( "failures_by_code" , OBJECT));
const char sc_schema_model[] = MODEL;
const char sc_schema_history[] = OBJ(Q("every") "," Q("samples"), P("every", INT) ","
    P("samples", ARR(OBJ(Q("time") "," Q("memoryUsed") "," Q("memoryTotal") ","
    Q("diskFree") "," Q("load") "," Q("running") "," Q("waiting") "," Q("downloadRate"),
    P("time", INT) "," P("memoryUsed", INT) "," P("memoryTotal", INT) ","
    P("diskFree", INT) "," P("load", NUM) "," P("running", INT) "," P("waiting", INT) ","
    P("downloadRate", NUM)))));
const char sc_schema_doctor[] = OBJ(Q("version") "," Q("ok") "," Q("checks"),
    P("version", STR) "," P("ok", BOOL) "," P("checks", ARR(OBJ(Q("part") "," Q("state") ","
    Q("text") "," Q("advice"), P("part", STR) "," P("state", STR) "," P("text", STR) ","
    P("advice", NSTR)))));
