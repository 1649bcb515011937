import { cards } from "./en/cards";
import { common } from "./en/common";
import { lecture } from "./en/lecture";
import { library } from "./en/library";
import { palette } from "./en/palette";
import { queue } from "./en/queue";
import { search } from "./en/search";
import { settings } from "./en/settings";
import { system } from "./en/system";

export const en = {
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
