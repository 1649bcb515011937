/** What passes between worker and popup. */
import type { Job } from "./jobs";

export interface LectureView {
  id: string;
  title: string;
  course: string;
  live: boolean;
  duration: number | null;
  tailOnly: boolean;
  qualities: { id: string; label: string; bandwidth: number }[];
  height: number;
  bytes: number | null;
  refused: boolean;
  looked: boolean;
  signed: boolean;
}

export type View =
  | { state: "offline"; backend: string }
  | { state: "unpaired" }
  | { state: "none" }
  | { state: "elsewhere"; origins: string[]; host: string }
  | { state: "play"; hasVideo: boolean }
  | { state: "reload" }
  | { state: "live"; lecture: LectureView }
  | { state: "stale"; lecture: LectureView }
  | { state: "ready"; lecture: LectureView; others: LectureView[] }
  | { state: "there"; lecture: LectureView; status: string; dashboard: string }
  | { state: "job"; job: Job; dashboard: string };

export type Ask =
  /** `chosen`: the lecture of several that the student took. */
  | { type: "view"; tab: number; again: string; chosen: string }
  | {
      type: "download";
      tab: number;
      lecture: string;
      nonce: string;
      title: string;
      start: number | null;
      end: number | null;
      quality: string;
    }
  | { type: "retry"; nonce: string }
  | { type: "play"; tab: number }
  | { type: "pair"; code: string }
  | { type: "changed" };

export interface Answer {
  view?: View;
  ok?: boolean;
  /** A sentence of the backend. */
  error?: string;
  offline?: boolean;
  unpaired?: boolean;
}
