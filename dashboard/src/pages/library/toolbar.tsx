import type { RefObject } from "react";
import { type Key, useT } from "../../i18n";
import { ChipButton, Icon, IconButton, Select } from "../../ui";
import type { Sort, StatusFilter, View } from "./filter";

const SORTS: { value: Sort; label: Key }[] = [
  { value: "newest", label: "library.sortNewest" },
  { value: "oldest", label: "library.sortOldest" },
  { value: "title", label: "library.sortTitle" },
  { value: "longest", label: "library.sortLongest" },
  { value: "changed", label: "library.sortChanged" },
];
const STATUS: { value: StatusFilter; label: Key }[] = [
  { value: "all", label: "library.filterAll" },
  { value: "ready", label: "library.filterReady" },
  { value: "active", label: "library.filterActive" },
  { value: "todo", label: "library.filterTodo" },
  { value: "failed", label: "library.filterFailed" },
];

interface Props {
  view: View;
  onView: (view: View) => void;
  layout: "grid" | "list";
  onLayout: (layout: "grid" | "list") => void;
  folders: { name: string; n: number }[];
  tags: string[];
  total: number;
  find: RefObject<HTMLInputElement | null>;
}

export function Toolbar({ view, onView, layout, onLayout, folders, tags, total, find }: Props) {
  const t = useT();
  const shelf = (name: string | null, label: string, n?: number) => (
    <button
      key={name ?? "*"}
      type="button"
      className="shelf"
      aria-pressed={view.folder === name}
      onClick={() => onView({ ...view, folder: name })}
    >
      {label}
      {n !== undefined && <span className="shelf-n num">{n}</span>}
    </button>
  );
  return (
    <div className="lib-tools">
      <div className="lib-row">
        <div className="lib-find">
          <Icon name="search" />
          <input
            ref={find}
            className="input"
            type="search"
            placeholder={t("library.find")}
            aria-label={t("library.find")}
            value={view.text}
            onChange={(e) => onView({ ...view, text: e.target.value })}
          />
        </div>
        <Select
          bare
          label={t("library.status")}
          value={view.status}
          onChange={(e) => onView({ ...view, status: e.target.value as StatusFilter })}
          options={STATUS.map((s) => ({ value: s.value, label: t(s.label) }))}
        />
        <Select
          bare
          label={t("library.sort")}
          value={view.sort}
          onChange={(e) => onView({ ...view, sort: e.target.value as Sort })}
          options={SORTS.map((s) => ({ value: s.value, label: t(s.label) }))}
        />
        <div className="lib-layout">
          <IconButton
            icon="grid"
            label={t("library.grid")}
            aria-pressed={layout === "grid"}
            onClick={() => onLayout("grid")}
          />
          <IconButton
            icon="list"
            label={t("library.list")}
            aria-pressed={layout === "list"}
            onClick={() => onLayout("list")}
          />
        </div>
      </div>
      {folders.length > 0 && (
        <nav className="shelves" aria-label={t("library.folders")}>
          {shelf(null, t("library.allFolders"), total)}
          {folders.map((f) => shelf(f.name, f.name, f.n))}
          {shelf("", t("library.noFolder"), total - folders.reduce((sum, f) => sum + f.n, 0))}
        </nav>
      )}
      {tags.length > 0 && (
        <fieldset className="row" aria-label={t("library.tags")}>
          {tags.slice(0, 24).map((tag) => (
            <ChipButton
              key={tag}
              aria-pressed={view.tags.includes(tag)}
              onClick={() =>
                onView({
                  ...view,
                  tags: view.tags.includes(tag) ? view.tags.filter((x) => x !== tag) : [...view.tags, tag],
                })
              }
            >
              #{tag}
            </ChipButton>
          ))}
        </fieldset>
      )}
    </div>
  );
}
