// Settings by chapter. What a later service brings is shown too, under "more".
import type { Answer } from "../../api/client";

export type Setting = Answer<"/api/v1/settings">["settings"][number];

export const CHAPTERS = [
  {
    id: "notes",
    names: [
      "LLM_PROVIDER",
      "OLLAMA_HOST",
      "OLLAMA_MODEL",
      "OPENAI_API_KEY",
      "OPENAI_BASE_URL",
      "OPENAI_MODEL",
      "SCALER_LLM_CONTEXT",
      "SCALER_PROMPTS_DIR",
    ],
  },
  { id: "speech", names: ["SCALER_ENGINE", "WHISPER_MODEL", "SCALER_LANGUAGE", "WHISPER_DEVICE"] },
  { id: "models", names: ["SCALER_MODELS_DIR", "SCALER_MODEL_MIRROR"] },
  { id: "slides", names: ["SCALER_VISION", "OLLAMA_VISION_MODEL", "SCALER_OCR_LANGUAGE"] },
  { id: "folders", names: ["SCALER_OUTPUT_DIR", "SCALER_IMPORT_DIR", "SCALER_IMPORT_WATCH"] },
  { id: "retention", names: [] as string[] },
  {
    id: "work",
    names: [
      "SCALER_MAX_DOWNLOADS",
      "SCALER_MAX_PROCESSES",
      "SCALER_CONNECTIONS",
      "SCALER_DOWNLOAD_MEMORY_MB",
      "SCALER_THREADS",
      "SCALER_PREVENT_SLEEP",
    ],
  },
  {
    id: "access",
    names: ["SCALER_EXTENSIONS", "SCALER_ALLOW_PRIVATE", "SCALER_SANDBOX", "SCALER_HOST", "SCALER_PORT"],
  },
  { id: "more", names: ["LOG_LEVEL", "LOG_FORMAT"] },
] as const;
export type ChapterId = (typeof CHAPTERS)[number]["id"];

const RETENTION = /RETENTION|RETAIN|KEEP|CLEANUP|ARCHIVE|BACKUP|TRASH|QUOTA/;

export function chapters(settings: Setting[]): { id: ChapterId; settings: Setting[] }[] {
  const placed = new Set<string>(CHAPTERS.flatMap((c) => c.names));
  const rest = settings.filter((s) => !placed.has(s.name));
  return CHAPTERS.map(({ id, names }) => ({
    id,
    settings: [
      ...names.flatMap((name) => settings.find((s) => s.name === name) ?? []),
      ...(id === "retention" ? rest.filter((s) => RETENTION.test(s.name)) : []),
      ...(id === "more" ? rest.filter((s) => !RETENTION.test(s.name)) : []),
    ],
  }));
}

/** What decides it here, so that nothing else can; null: it can be changed. */
export function decidedBy(s: Setting): "environment" | ".env" | "option" | "start" | null {
  if (s.source === "environment" || s.source === ".env" || s.source === "option") return s.source;
  return s.fixed ? "start" : null;
}

export const choices = (s: Setting): string[] =>
  s.type === "choice" && s.allowed ? s.allowed.split("|") : [];

export function range(s: Setting): { min?: number; max?: number } {
  const found = s.type === "number" && s.allowed ? /^(-?\d+)\.\.(-?\d+)$/.exec(s.allowed) : null;
  return found ? { min: Number(found[1]), max: Number(found[2]) } : {};
}

/** What is wrong with a text before the service is asked; null: nothing. */
export function wrong(s: Setting, text: string): "number" | "range" | "url" | null {
  if (s.type === "number") {
    if (!/^-?\d+$/.test(text.trim())) return "number";
    const { min, max } = range(s);
    const n = Number(text);
    if ((min !== undefined && n < min) || (max !== undefined && n > max)) return "range";
  }
  if (s.type === "url" && text && !/^(https?:\/\/)?[^\s]+$/.test(text)) return "url";
  return null;
}
