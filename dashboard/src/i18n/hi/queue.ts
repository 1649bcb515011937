import type { queue as en } from "../en/queue";
import type { Strings } from "../strings";

export const queue: Strings<typeof en> = {
  "queue.title": "कतार",
};
