export const library = {
  "library.title": "Library",
};
