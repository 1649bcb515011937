// What this browser remembers: small values in localStorage, shared between components.
import { useCallback, useSyncExternalStore } from "react";

const watchers = new Map<string, Set<() => void>>();

export function readStored<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`scaler.${name}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function writeStored<T>(name: string, value: T): void {
  try {
    localStorage.setItem(`scaler.${name}`, JSON.stringify(value));
  } catch {}
  for (const fn of watchers.get(name) ?? []) fn();
}

/** Like useState, kept over visits. Objects are compared by their text. */
export function useStored<T>(name: string, fallback: T): [T, (value: T) => void] {
  const text = useSyncExternalStore(
    useCallback(
      (fn) => {
        const set = watchers.get(name) ?? new Set();
        watchers.set(name, set.add(fn));
        return () => set.delete(fn);
      },
      [name],
    ),
    () => localStorage.getItem(`scaler.${name}`),
  );
  let value = fallback;
  try {
    if (text !== null) value = JSON.parse(text) as T;
  } catch {}
  return [value, useCallback((next: T) => writeStored(name, next), [name])];
}
