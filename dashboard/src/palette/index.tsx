import "./palette.css";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/client";
import { recordingsQuery } from "../api/queries";
import { useI18n } from "../i18n";
import { formatDate, formatTime } from "../lib/format";
import { pieces } from "../lib/highlight";
import { Icon, type IconName } from "../ui";
import { useCommands } from "./commands";
import { best } from "./match";

interface Row {
  id: string;
  icon: IconName;
  label: ReactNode;
  aside?: string;
  picture?: string | null;
  href?: string;
  run?: () => void;
}

const TYPING_MS = 120;

function useHits(typed: string) {
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return useQuery({
    queryKey: ["palette-search", q],
    enabled: q.length > 1,
    queryFn: ({ signal }) => api.get("/api/v1/search", { query: { q, limit: 6 }, signal }),
    placeholderData: q.length > 1 ? keepPreviousData : undefined,
    staleTime: 30_000,
  });
}

/** All that can be chosen for what was typed, in sections. */
function useSections(typed: string, onKeys: () => void): { title: string; rows: Row[] }[] {
  const { t, locale } = useI18n();
  const { pages, actions } = useCommands(onKeys);
  const lectures = useQuery(recordingsQuery).data ?? [];
  const hits = useHits(typed);
  const found = typed.trim().length > 1 ? (hits.data?.results ?? []) : [];
  const sections = [
    {
      title: t("palette.lectures"),
      rows: best(lectures, typed, (r) => r.title, typed ? 5 : 4).map<Row>((r) => ({
        id: `l-${r.id}`,
        icon: "play",
        label: r.title,
        aside: formatDate(r.date, locale),
        href: `/lecture/${encodeURIComponent(r.id)}`,
      })),
    },
    {
      title: t("palette.moments"),
      rows: found
        .filter((h) => h.type !== "title")
        .map<Row>((h, i) => ({
          id: `h-${i}`,
          icon: "search",
          picture: h.thumbnail,
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
          label: pieces(h.html).map((p, k) => (p.found ? <mark key={k}>{p.text}</mark> : p.text)),
          aside: `${h.title} · ${formatTime(h.time)}`,
          href: `/lecture/${encodeURIComponent(h.id)}?t=${Math.floor(h.time * 10) / 10}`,
        })),
    },
    { title: t("palette.pages"), rows: best(pages, typed, (c) => c.label, 6) },
    { title: t("palette.actions"), rows: best(actions, typed, (c) => c.label, 9) },
  ];
  if (typed.trim())
    sections.push({
      title: "",
      rows: [
        {
          id: "all",
          icon: "search",
          label: t("palette.searchAll", { q: typed.trim() }),
          href: `/search?q=${encodeURIComponent(typed.trim())}`,
        },
      ],
    });
  return sections.filter((s) => s.rows.length > 0);
}

/** `/` or Ctrl+K: everything by name. A combobox over a list (WAI-ARIA), in a native dialog. */
export default function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const { t } = useI18n();
  const [, go] = useLocation();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const sections = useSections(typed, onKeys);
  const rows = useMemo(() => sections.flatMap((s) => s.rows), [sections]);
  const current = rows[Math.min(at, rows.length - 1)];

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  useEffect(() => {
    if (current) document.getElementById(`${id}-${current.id}`)?.scrollIntoView({ block: "nearest" });
  }, [current, id]);

  const choose = (row: Row | undefined) => {
    if (!row) return;
    onClose();
    if (row.href) go(row.href);
    else row.run?.();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 6, PageUp: at - 6 }[e.key];
    if (e.key === "Enter") {
      e.preventDefault();
      choose(current);
    } else if (to !== undefined && rows.length > 0) {
      e.preventDefault();
      const wraps = Math.abs(to - at) === 1;
      setAt(wraps ? (to + rows.length) % rows.length : Math.max(0, Math.min(rows.length - 1, to)));
    }
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t("palette.title")}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onClick={(e) => e.target === dialog.current && onClose()}
    >
      <div className="palette-box">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={current ? `${id}-${current.id}` : undefined}
          aria-autocomplete="list"
          aria-label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(e) => {
            setTyped(e.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="kbd">Esc</kbd>
      </div>
      <div id={`${id}-list`} role="listbox" aria-label={t("palette.results")} className="palette-list">
        {sections.map((s) => (
          <div key={s.title || "all"} role="group" aria-label={s.title || t("search.title")}>
            {s.title && (
              <div className="palette-head" aria-hidden="true">
                {s.title}
              </div>
            )}
            {s.rows.map((row) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
              // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus
              <div
                key={row.id}
                id={`${id}-${row.id}`}
                role="option"
                aria-selected={row === current}
                className="palette-row"
                onPointerMove={() => setAt(rows.indexOf(row))}
                onClick={() => choose(row)}
              >
                {row.picture ? <img src={row.picture} alt="" /> : <Icon name={row.icon} />}
                <span className="palette-label">{row.label}</span>
                {row.aside && <span className="palette-aside num">{row.aside}</span>}
              </div>
            ))}
          </div>
        ))}
        {rows.length === 0 && <p className="palette-none muted">{t("palette.nothing")}</p>}
      </div>
    </dialog>
  );
}
