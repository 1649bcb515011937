export const settings = {
  "settings.title": "Settings",
};
