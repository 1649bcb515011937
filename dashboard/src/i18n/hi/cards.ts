import type { cards as en } from "../en/cards";
import type { Strings } from "../strings";

export const cards: Strings<typeof en> = {
  "cards.title": "फ़्लैशकार्ड",
};
