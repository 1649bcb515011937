export const lecture = {
  "lecture.title": "Lecture",
};
