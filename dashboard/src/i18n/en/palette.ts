export const palette = {
  "palette.title": "Go to",
};
