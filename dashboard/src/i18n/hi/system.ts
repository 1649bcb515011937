import type { system as en } from "../en/system";
import type { Strings } from "../strings";

export const system: Strings<typeof en> = {
  "system.title": "सिस्टम",
};
