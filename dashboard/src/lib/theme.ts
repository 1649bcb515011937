import { useSyncExternalStore } from "react";

export type Theme = "auto" | "light" | "dark";

const KEY = "scaler.theme";
const watchers = new Set<() => void>();

export function getTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

/** Kept as plain text: public/theme.js reads it before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === "auto") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset.theme = theme;
  }
  for (const fn of watchers) fn();
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore((fn) => {
    watchers.add(fn);
    return () => watchers.delete(fn);
  }, getTheme);
  return [theme, setTheme];
}
