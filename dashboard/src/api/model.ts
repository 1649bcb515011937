// The service's nouns by name. What the OpenAPI document leaves open (a lecture's parts are
// files with a form of their own) is written down here.
import type { Answer } from "./client";

export type Recording = Answer<"/api/v1/recordings">["recordings"][number];
export type Job = Answer<"/api/v1/queue">["jobs"][number];
/** Why a job stands still. */
export interface JobError {
  detail: string;
  code: string | null;
  hint: string | null;
}
export const errorOf = (job: Job): JobError | null => job.error as JobError | null;
export type SystemInfo = Answer<"/api/v1/system">;
export type Metrics = Answer<"/api/v1/metrics">;
export type SearchHit = Answer<"/api/v1/search">["results"][number];

export interface Artifacts {
  notes?: string | null;
  summary?: string | null;
  qa_cards?: string | null;
  announcements?: string | null;
  slides?: string | null;
  transcript?: string | null;
  viewer?: string | null;
  subtitles?: string | null;
  transcript_json?: string | null;
  notes_json?: string | null;
  slides_json?: string | null;
  metadata?: string | null;
  video?: string | null;
}

export interface Word {
  start: number;
  end: number;
  word: string;
  probability?: number;
}

export interface Segment {
  start: number;
  end: number;
  text: string;
  words?: Word[];
  confidence?: number | null;
  suspect?: string[];
  paragraph?: boolean;
  speaker?: string | null;
}

export interface Slide {
  filename: string;
  timestamp: number;
  timestamp_display: string;
  end: number;
  ranges?: [number, number][];
  ocr_text?: string;
  description?: string | null;
  kind?: string;
  width?: number;
  height?: number;
}

export interface NoteLine {
  kind: string;
  text: string;
  start: number;
  end: number;
  supported: boolean;
}

export interface NoteSection {
  title: string;
  start: number;
  end: number;
  lines: NoteLine[];
}

export interface Card {
  id: string;
  kind: string;
  front: string;
  back: string;
  start: number;
  end: number;
  slide?: string | null;
}

export interface Announcement {
  kind: string;
  text: string;
  date?: string | null;
  link?: string | null;
  start: number;
  end: number;
}

export interface Chapter {
  title: string;
  start: number;
  end: number;
}

export interface Notes {
  title: string;
  provider: string;
  model: string | null;
  notice: string | null;
  coverage: number;
  summary: NoteLine[];
  sections: NoteSection[];
  cards: Card[];
  announcements: Announcement[];
  chapters: Chapter[];
  key_phrases: string[];
  uncovered: [number, number][];
}

export interface StageRow {
  name: string;
  state: string;
  seconds: number;
  error: string | null;
}

export type Lecture = Omit<
  Answer<"/api/v1/recordings/{id}">,
  "artifacts" | "slides" | "notes" | "stages" | "edits"
> & {
  artifacts: Artifacts | null;
  slides?: Slide[];
  notes?: Notes;
  stages: StageRow[];
  edits: Record<string, string>;
};

/** A job's live figures, as the event stream sends them. */
export interface ProgressEvent {
  jobId: string;
  lectureId: string | null;
  stage: string;
  percent: number;
  done: number;
  total: number;
  unit: string;
  rate: number;
  eta: number;
  note?: string;
}

export interface UtteranceEvent {
  jobId: string;
  lectureId: string | null;
  start: number;
  end: number;
  text: string;
}
