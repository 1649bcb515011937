// What is asked, and how hits are put together by lecture.
import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { SearchHit } from "../../api/model";

export const PAGE = 40;

export interface Ask {
  q: string;
  kind: string;
  lecture: string;
  from: string;
  to: string;
}

export const KINDS = ["transcript", "slide", "notes", "summary", "card", "announcement", "title"] as const;
export type Kind = (typeof KINDS)[number];
export const kindOf = (type: string): Kind =>
  (KINDS as readonly string[]).includes(type) ? (type as Kind) : "transcript";

export function readAsk(search: string): Ask {
  const p = new URLSearchParams(search);
  const get = (name: string) => p.get(name) ?? "";
  return { q: get("q"), kind: get("kind"), lecture: get("lecture"), from: get("from"), to: get("to") };
}

export function writeAsk(ask: Ask): string {
  const p = new URLSearchParams();
  for (const [name, value] of Object.entries(ask)) if (value) p.set(name, value);
  const text = p.toString();
  return text ? `/search?${text}` : "/search";
}

export const searchQuery = (ask: Ask) =>
  infiniteQueryOptions({
    queryKey: ["search", ask],
    enabled: ask.q.trim().length > 0,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/v1/search", {
        query: { ...ask, q: ask.q.trim(), limit: PAGE, offset: pageParam },
        signal,
      }),
    getNextPageParam: (last, all) => {
      const seen = all.reduce((n, page) => n + page.results.length, 0);
      return last.results.length > 0 && seen < last.total ? seen : undefined;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export interface Group {
  id: string;
  title: string;
  date: string;
  hits: SearchHit[];
}

/** By lecture, in the order of each lecture's best hit. */
export function group(hits: SearchHit[]): Group[] {
  const groups = new Map<string, Group>();
  for (const hit of hits) {
    const known = groups.get(hit.id);
    if (known) known.hits.push(hit);
    else groups.set(hit.id, { id: hit.id, title: hit.title, date: hit.date, hits: [hit] });
  }
  return [...groups.values()];
}

/** The first day of a span that ends today, as YYYY-MM-DD in local time. */
export function daysAgo(days: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export const hitAddress = (hit: SearchHit): string =>
  `/lecture/${encodeURIComponent(hit.id)}?t=${Math.max(0, Math.floor(hit.time * 10) / 10)}`;
