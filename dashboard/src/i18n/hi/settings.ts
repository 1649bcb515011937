import type { settings as en } from "../en/settings";
import type { Strings } from "../strings";

export const settings: Strings<typeof en> = {
  "settings.title": "सेटिंग",
};
