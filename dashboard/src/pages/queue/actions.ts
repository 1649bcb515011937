// What can be done to a job. The service answers with an event; what goes wrong is said.
import { api } from "../../api/client";
import type { Job } from "../../api/model";
import { queryClient, queueQuery } from "../../api/queries";
import { toast } from "../../ui";

export type Verb = "pause" | "resume" | "cancel" | "retry";

const send = {
  pause: (id: string) => api.post("/api/v1/jobs/{id}/pause", { path: { id } }),
  resume: (id: string) => api.post("/api/v1/jobs/{id}/resume", { path: { id } }),
  cancel: (id: string) => api.post("/api/v1/jobs/{id}/cancel", { path: { id } }),
  retry: (id: string) => api.post("/api/v1/jobs/{id}/retry", { path: { id } }),
};

const refresh = () => queryClient.invalidateQueries({ queryKey: queueQuery.queryKey });

export async function act(verb: Verb, job: Job): Promise<void> {
  try {
    await send[verb](job.id);
  } catch (e) {
    toast(e as Error);
    await refresh();
  }
}

export async function setPriority(job: Job, priority: number): Promise<void> {
  try {
    await api.post("/api/v1/jobs/{id}/priority", { path: { id: job.id }, body: { priority } });
  } catch (e) {
    toast(e as Error);
    await refresh();
  }
}

export async function place(id: string, body: { before?: string }): Promise<void> {
  try {
    await api.post("/api/v1/jobs/{id}/priority", { path: { id }, body });
  } catch (e) {
    toast(e as Error);
  }
  await refresh();
}
