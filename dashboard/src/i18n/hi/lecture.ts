import type { lecture as en } from "../en/lecture";
import type { Strings } from "../strings";

export const lecture: Strings<typeof en> = {
  "lecture.title": "लेक्चर",
};
