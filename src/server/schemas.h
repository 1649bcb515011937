/* JSON Schemas of requests and answers, for routes.c. */
#ifndef SC_SERVER_SCHEMAS_H
#define SC_SERVER_SCHEMAS_H

extern const char sc_schema_error[];
extern const char sc_schema_health[];
extern const char sc_schema_message[];
extern const char sc_schema_download_request[];
extern const char sc_schema_download[];
extern const char sc_schema_download_status[];
extern const char sc_schema_credentials_request[];
extern const char sc_schema_process_request[];
extern const char sc_schema_process[];
extern const char sc_schema_process_status[];
extern const char sc_schema_recordings[];
extern const char sc_schema_check[];
extern const char sc_schema_recording[];
extern const char sc_schema_recording_patch[];
extern const char sc_schema_transcript[];
extern const char sc_schema_deleted[];
extern const char sc_schema_search[];
extern const char sc_schema_queue[];
extern const char sc_schema_job_answer[];
extern const char sc_schema_job[];
extern const char sc_schema_priority_request[];
extern const char sc_schema_empty_request[];
extern const char sc_schema_models[];
extern const char sc_schema_settings[];
extern const char sc_schema_settings_request[];
extern const char sc_schema_providers[];
extern const char sc_schema_metrics[];
extern const char sc_schema_system[];
extern const char sc_schema_import_request[];
extern const char sc_schema_import[];
extern const char sc_schema_sample[];
extern const char sc_schema_pair_code[];
extern const char sc_schema_pair_request[];
extern const char sc_schema_pair[];
extern const char sc_schema_keys[];
extern const char sc_schema_key_request[];
extern const char sc_schema_key[];
extern const char sc_schema_session[];
extern const char sc_schema_session_request[];
extern const char sc_schema_decks[];
extern const char sc_schema_archive_request[];
extern const char sc_schema_maintenance[];
extern const char sc_schema_maintenance_request[];
extern const char sc_schema_maintenance_answer[];
extern const char sc_schema_model[];
extern const char sc_schema_history[];
extern const char sc_schema_doctor[];
extern const char sc_schema_openapi[];

#endif
