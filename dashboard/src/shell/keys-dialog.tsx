import { type Key, useT } from "../i18n";
import { listShortcuts, type Shortcut, showKeys } from "../lib/keys";
import { Dialog } from "../ui";

/** Every shortcut that works on the page at hand. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const groups = new Map<Key, Shortcut[]>();
  for (const s of listShortcuts()) groups.set(s.group, [...(groups.get(s.group) ?? []), s]);
  return (
    <Dialog title={t("common.keys")} open onClose={onClose} wide>
      <div className="keys">
        {[...groups].reverse().map(([group, list]) => (
          <section key={group}>
            <h3>{t(group)}</h3>
            <dl>
              {list.map((s) => (
                <div key={s.keys.join()} style={{ display: "contents" }}>
                  <dt>
                    {/* Ten digits in a row are the first, the last and what is between. */}
                    {(s.keys.length > 4 ? [s.keys[0] as string, "…", s.keys.at(-1) as string] : s.keys).map(
                      (k) => (
                        <kbd key={k} className="kbd">
                          {showKeys(k)}
                        </kbd>
                      ),
                    )}
                  </dt>
                  <dd>{t(s.label)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
