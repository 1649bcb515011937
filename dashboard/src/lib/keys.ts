// The keyboard: every shortcut is registered with its words, so that `?` can list all that
// work on the page at hand.
import { useEffect, useRef } from "react";
import type { Key } from "../i18n";

export interface Shortcut {
  /** As KeyboardEvent.key, with "mod+", "shift+" in front: "mod+k", "shift+n", "ArrowLeft", "/". */
  keys: string[];
  /** What it does, for the list. */
  label: Key;
  /** Heading in the list. */
  group: Key;
  run: (event: KeyboardEvent) => void;
  /** Also while a text field has the focus (with mod only). */
  inFields?: boolean;
}

const registered = new Set<Shortcut>();

export const listShortcuts = (): Shortcut[] => [...registered];

const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    !!target.closest("input:not([type=range],[type=checkbox]),textarea,select,[contenteditable=true]")
  );
}

export function matches(keys: string, e: KeyboardEvent): boolean {
  const parts = keys.split("+");
  const key = parts.pop() || "+";
  const mod = parts.includes("mod");
  const shift = parts.includes("shift");
  if (mod !== (IS_MAC ? e.metaKey : e.ctrlKey) || e.altKey) return false;
  // "?" and the like are typed with shift on most keyboards: the character decides.
  if (key.length === 1 && !/[a-z0-9]/i.test(key)) return e.key === key;
  return e.shiftKey === shift && e.key.toLowerCase() === key.toLowerCase();
}

/** How a key is shown: "⌘K", "Ctrl+K", "←". */
export function showKeys(keys: string): string {
  const names: Record<string, string> = {
    mod: IS_MAC ? "⌘" : "Ctrl",
    shift: "⇧",
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
    " ": "␣",
    Escape: "Esc",
  };
  const parts = keys.split("+").filter(Boolean);
  return (parts.length ? parts : ["+"])
    .map((p) => names[p] ?? (p.length === 1 ? p.toUpperCase() : p))
    .join(IS_MAC ? "" : "+");
}

document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.isComposing) return;
  const typing = isTyping(e.target);
  const modal = document.querySelector("dialog:modal");
  // The newest registration wins: a page before the shell.
  for (const s of [...registered].reverse()) {
    if ((typing || modal) && !s.inFields) continue;
    if (!s.keys.some((k) => matches(k, e))) continue;
    // Space and Enter belong to the button that has the focus.
    if (
      (e.key === " " || e.key === "Enter") &&
      (e.target as HTMLElement).closest?.("button,a,[role=tab],summary")
    )
      return;
    e.preventDefault();
    s.run(e);
    return;
  }
});

/** Registers shortcuts while a component is there. */
export function useShortcuts(list: Shortcut[]): void {
  const latest = useRef(list);
  latest.current = list;
  const size = list.length;
  useEffect(() => {
    const mine = Array.from({ length: size }, (_, i) => {
      const current = () => latest.current[i] as Shortcut;
      return {
        get keys() {
          return current().keys;
        },
        get label() {
          return current().label;
        },
        get group() {
          return current().group;
        },
        get inFields() {
          return current().inFields ?? false;
        },
        run: (e: KeyboardEvent) => current().run(e),
      };
    });
    for (const s of mine) registered.add(s);
    return () => {
      for (const s of mine) registered.delete(s);
    };
  }, [size]);
}
