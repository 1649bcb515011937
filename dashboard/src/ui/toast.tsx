import { useSyncExternalStore } from "react";
import { useT } from "../i18n";
import { Button, IconButton } from "./button";
import { inOneLine, useExplain } from "./failure";

interface Toast {
  id: number;
  said: string | Error;
  action?: { label: string; run: () => void };
}

let list: Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function set(changed: Toast[]): void {
  list = changed;
  for (const fn of watchers) fn();
}

const drop = (id: number) => set(list.filter((t) => t.id !== id));

/** Says something for a few seconds; with an action, a little longer. */
export function toast(said: string | Error, action?: Toast["action"]): void {
  const id = next++;
  set([...list.slice(-2), { id, said, ...(action ? { action } : {}) }]);
  setTimeout(() => drop(id), action ? 9000 : 5000);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (fn) => {
      watchers.add(fn);
      return () => watchers.delete(fn);
    },
    () => list,
  );
  const t = useT();
  const explain = useExplain();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((item) => (
        <div key={item.id} className="toast">
          <span>{typeof item.said === "string" ? item.said : inOneLine(explain(item.said))}</span>
          {item.action && (
            <Button
              small
              onClick={() => {
                item.action?.run();
                drop(item.id);
              }}
            >
              {item.action.label}
            </Button>
          )}
          <IconButton small icon="close" label={t("common.close")} onClick={() => drop(item.id)} />
        </div>
      ))}
    </div>
  );
}
