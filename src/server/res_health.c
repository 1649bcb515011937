#include "base/clock.h"
#include "server/resources.h"

SC_HANDLER(sc_res_health)
{
    char now[SC_ISO8601_SIZE];
    (void)req;
    sc_format_iso8601(sc_clock_wall_s(), now);
    return sc_reply_json_take(reply,
                              json_pack("{s:s, s:s, s:s, s:[s]}", "status", "healthy",
                                        "timestamp", now, "version", SC_VERSION,
                                        /* what clients may rely on beyond the contract */
                                        "features", "process"),
                              err);
}
