export const cards = {
  "cards.title": "Flashcards",
};
