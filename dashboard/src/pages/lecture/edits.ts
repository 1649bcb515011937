// A student's own words on a lecture: kept in user_notes.json, never in generated files.
import { api } from "../../api/client";
import type { Lecture } from "../../api/model";
import { queryClient } from "../../api/queries";

async function patch(
  id: string,
  before: Partial<Lecture>,
  change: Partial<Lecture>,
  body: object,
): Promise<void> {
  const put = (what: Partial<Lecture>) =>
    queryClient.setQueryData(["lecture", id], (old: Lecture | undefined) =>
      old ? { ...old, ...what } : old,
    );
  put(change);
  try {
    await api.patch("/api/v1/recordings/{id}", { path: { id }, body });
  } catch (e) {
    put(before);
    throw e;
  }
}

/** null takes an edit back. */
export function saveEdit(lecture: Lecture, key: string, text: string | null): Promise<void> {
  const { [key]: _, ...others } = lecture.edits;
  const edits = text === null ? others : { ...others, [key]: text };
  return patch(lecture.id, { edits: lecture.edits }, { edits }, { edits: { [key]: text } });
}

export const saveOwnNotes = (lecture: Lecture, text: string): Promise<void> =>
  patch(lecture.id, { userNotes: lecture.userNotes }, { userNotes: text }, { userNotes: text || null });
