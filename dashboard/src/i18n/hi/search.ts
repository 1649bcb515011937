import type { search as en } from "../en/search";
import type { Strings } from "../strings";

export const search: Strings<typeof en> = {
  "search.title": "खोज",
};
