/* Inside of sc_picture, for frames.c and picture.c only. */
#ifndef SC_MEDIA_PICTURE_H
#define SC_MEDIA_PICTURE_H

#include "media/frames.h"

#include <libavutil/frame.h>

struct sc_picture {
    AVFrame *frame;
    double time_s;
    bool key;
    int quarter_turns; /* clockwise, to be upright: 0..3 */
    AVRational sar;    /* of the container; 0/1 = unknown */
};

#endif
