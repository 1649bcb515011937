export const queue = {
  "queue.title": "Queue",
};
