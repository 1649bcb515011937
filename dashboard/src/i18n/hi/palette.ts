import type { palette as en } from "../en/palette";
import type { Strings } from "../strings";

export const palette: Strings<typeof en> = {
  "palette.title": "यहाँ जाएँ",
};
