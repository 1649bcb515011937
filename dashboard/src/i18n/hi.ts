import type { Dictionary } from ".";
import { cards } from "./hi/cards";
import { common } from "./hi/common";
import { lecture } from "./hi/lecture";
import { library } from "./hi/library";
import { palette } from "./hi/palette";
import { queue } from "./hi/queue";
import { search } from "./hi/search";
import { codes, sentences } from "./hi/server";
import { settings } from "./hi/settings";
import { system } from "./hi/system";
import { speaker as speakerOf } from "./said";

export const hi: Dictionary = {
  ...cards,
  ...common,
  ...lecture,
  ...library,
  ...palette,
  ...queue,
  ...search,
  ...settings,
  ...system,
};

/** What the service says, in Hindi. */
export const speaker = speakerOf({ codes, sentences });
