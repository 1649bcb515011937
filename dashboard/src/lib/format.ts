// Figures as people read them.

/** 3725 -> "1:02:05", 65 -> "1:05" */
export function formatTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

const UNITS = {
  en: { s: "s", min: "min", h: "h" },
  hi: { s: "सेकंड", min: "मिनट", h: "घं॰" },
};
let units = UNITS.en;
/** Whose words the units of time are from now on. */
export function speakUnits(language: keyof typeof UNITS): void {
  units = UNITS[language];
}

/** A length that is only roughly known: "40 s", "12 min", "1 h 05 min". */
export function formatEta(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} ${units.s}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} ${units.min}`;
  return `${Math.floor(minutes / 60)} ${units.h} ${String(minutes % 60).padStart(2, "0")} ${units.min}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "2026-11-23" in the reader's words. */
export function formatDate(date: string, locale: string): string {
  const day = new Date(`${date.slice(0, 10)}T12:00:00`);
  if (Number.isNaN(day.getTime())) return date;
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" }).format(day);
}

/** Seconds from "1:02:05", "62:05", "3725", "1h2m5s"; null when it is none. */
export function parseTime(text: string): number | null {
  const plain = text.trim();
  if (/^\d+(\.\d+)?$/.test(plain)) return Number(plain);
  if (/^\d+(:\d{1,2}){1,2}(\.\d+)?$/.test(plain))
    return plain.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(plain);
  if (!plain || !parts) return null;
  return Number(parts[1] ?? 0) * 3600 + Number(parts[2] ?? 0) * 60 + Number(parts[3] ?? 0);
}
