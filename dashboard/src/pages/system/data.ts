// What the service says about itself: once asked, then kept current by its readings.
import { queryOptions } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Answer, api } from "../../api/client";
import { onEvent } from "../../api/events";
import { queryClient } from "../../api/queries";

export type History = Answer<"/api/v1/metrics/history">;
export type Sample = History["samples"][number];
export type Check = Answer<"/api/v1/doctor">["checks"][number];

const KEPT = 720;

export const historyQuery = queryOptions({
  queryKey: ["history"],
  queryFn: ({ signal }) => api.get("/api/v1/metrics/history", { signal }),
});

export const doctorQuery = queryOptions({
  queryKey: ["doctor"],
  queryFn: ({ signal }) => api.get("/api/v1/doctor", { signal }),
  staleTime: 60_000,
});

/** Each reading of the service joins the history. */
export function useReadings(): void {
  useEffect(
    () =>
      onEvent<Sample>("sample", (sample) =>
        queryClient.setQueryData<History>(historyQuery.queryKey, (old) =>
          old && old.samples[old.samples.length - 1]?.time !== sample.time
            ? { ...old, samples: [...old.samples, sample].slice(-KEPT) }
            : old,
        ),
      ),
    [],
  );
}
