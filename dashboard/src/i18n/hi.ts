import type { Dictionary } from ".";
import { cards } from "./hi/cards";
import { common } from "./hi/common";
import { lecture } from "./hi/lecture";
import { library } from "./hi/library";
import { palette } from "./hi/palette";
import { queue } from "./hi/queue";
import { search } from "./hi/search";
import { settings } from "./hi/settings";
import { system } from "./hi/system";

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
