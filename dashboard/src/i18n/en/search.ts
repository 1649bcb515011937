export const search = {
  "search.title": "Search",
};
