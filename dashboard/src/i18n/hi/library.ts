import type { library as en } from "../en/library";
import type { Strings } from "../strings";

export const library: Strings<typeof en> = {
  "library.title": "लाइब्रेरी",
};
