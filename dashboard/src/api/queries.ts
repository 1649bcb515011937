// One place that names what is cached: pages use these, events.ts keeps them current.
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { odditiesOf } from "../pages/lecture/oddities";
import { ApiError, api, send } from "./client";
import type { Lecture, Segment } from "./model";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The event stream says what changed: nothing grows old by itself.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
    },
    mutations: { retry: false },
  },
});

export const recordingsQuery = queryOptions({
  queryKey: ["recordings"],
  queryFn: ({ signal }) => api.get("/api/v1/recordings", { signal }).then((a) => a.recordings),
});

export const lectureQuery = (id: string) =>
  queryOptions({
    queryKey: ["lecture", id],
    queryFn: ({ signal }) =>
      api.get("/api/v1/recordings/{id}", { path: { id }, signal }) as unknown as Promise<Lecture>,
  });

export const transcriptQuery = (id: string) =>
  queryOptions({
    queryKey: ["transcript", id],
    queryFn: ({ signal }) =>
      api
        .get("/api/v1/recordings/{id}/transcript", { path: { id }, signal })
        .then((a) => a.chunks as Segment[]),
  });

/** `address` is that of the lecture's metadata.json. */
export const odditiesQuery = (id: string, address: string) =>
  queryOptions({
    queryKey: ["oddities", id],
    queryFn: ({ signal }) =>
      send("get", address, { signal })
        .then((answer) => answer.json())
        .then(odditiesOf),
  });

/** What is recognised already of a transcript that is being made. */
export const partialQuery = (id: string) =>
  queryOptions({
    queryKey: ["partial", id],
    queryFn: ({ signal }) =>
      api
        .get("/api/v1/recordings/{id}/transcript/partial", { path: { id }, signal })
        .then((a) => a.chunks as Segment[]),
    staleTime: 0,
  });

export const queueQuery = queryOptions({
  queryKey: ["queue"],
  queryFn: ({ signal }) => api.get("/api/v1/queue", { signal }),
});

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => api.get("/api/v1/system", { signal }),
  staleTime: 10_000,
});

export const metricsQuery = queryOptions({
  queryKey: ["metrics"],
  queryFn: ({ signal }) => api.get("/api/v1/metrics", { signal }),
  staleTime: 10_000,
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => api.get("/api/v1/models", { signal }),
  staleTime: 60_000,
});

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => api.get("/api/v1/settings", { signal }),
});
