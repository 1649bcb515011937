// What is done to lectures, with the cache told before the service answers.
import { api } from "../../api/client";
import type { Recording } from "../../api/model";
import { queryClient, recordingsQuery } from "../../api/queries";

type Change = Partial<Pick<Recording, "title" | "tags" | "folder">>;

const patchCache = (id: string, change: Partial<Recording>) => {
  queryClient.setQueryData(recordingsQuery.queryKey, (old) =>
    old?.map((r) => (r.id === id ? { ...r, ...change } : r)),
  );
  queryClient.setQueryData(["lecture", id], (old: object | undefined) => (old ? { ...old, ...change } : old));
};

export async function changeLecture(id: string, change: Change): Promise<void> {
  patchCache(id, change);
  try {
    await api.patch("/api/v1/recordings/{id}", { path: { id }, body: change });
  } catch (e) {
    queryClient.invalidateQueries({ queryKey: recordingsQuery.queryKey });
    throw e;
  }
}

export async function deleteLecture(id: string): Promise<void> {
  await api.delete("/api/v1/recordings/{id}", { path: { id } });
  queryClient.setQueryData(recordingsQuery.queryKey, (old) => old?.filter((r) => r.id !== id));
  queryClient.removeQueries({ queryKey: ["lecture", id] });
}

export const exportAddress = (id: string, format = "zip") =>
  `/api/v1/export/${encodeURIComponent(id)}?format=${encodeURIComponent(format)}`;

/** One file after the other: a browser drops downloads that start at once. */
export async function exportLectures(ids: string[]): Promise<void> {
  for (const id of ids) {
    const a = document.createElement("a");
    a.href = exportAddress(id);
    a.download = "";
    a.click();
    await new Promise((go) => setTimeout(go, 600));
  }
}
