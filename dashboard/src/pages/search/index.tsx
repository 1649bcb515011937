import "./search.css";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { onEvent } from "../../api/events";
import { recordingsQuery } from "../../api/queries";
import { useI18n } from "../../i18n";
import { formatDate } from "../../lib/format";
import { useStored } from "../../lib/store";
import { Button, ChipButton, EmptyState, ErrorNote, Icon, IconButton, Select, Skeleton } from "../../ui";
import { Hit } from "./hit";
import { type Ask, daysAgo, type Group, group, KINDS, readAsk, searchQuery, writeAsk } from "./model";

const TYPING_MS = 140;
const SPANS = { week: 7, month: 31, term: 183 } as const;

/** What is typed is shown at once and asked for a moment later; the address follows. */
function useAsk(): [Ask, Ask, (change: Partial<Ask>) => void] {
  const [, go] = useLocation();
  const search = useSearch();
  const [ask, setAsk] = useState(() => readAsk(search));
  const [settled, setSettled] = useState(ask);
  const written = useRef(search);
  useEffect(() => {
    // Back, forward, or a link to another search: not our own writing.
    if (search === written.current) return;
    written.current = search;
    setAsk(readAsk(search));
    setSettled(readAsk(search));
  }, [search]);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(ask);
      const address = writeAsk(ask);
      written.current = address.split("?")[1] ?? "";
      go(address, { replace: true });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [ask, go]);
  return [ask, settled, (change) => setAsk((old) => ({ ...old, ...change }))];
}

function Filters({ ask, change }: { ask: Ask; change: (c: Partial<Ask>) => void }) {
  const { t } = useI18n();
  const lectures = useQuery(recordingsQuery).data ?? [];
  const span = Object.entries(SPANS).find(([, days]) => !ask.to && ask.from === daysAgo(days))?.[0];
  const [own, setOwn] = useState(false);
  const chosen = own ? "own" : (span ?? (ask.from || ask.to ? "own" : ""));
  const chooseSpan = (name: string) => {
    setOwn(name === "own");
    if (name !== "own") change({ from: name ? daysAgo(SPANS[name as keyof typeof SPANS]) : "", to: "" });
  };
  return (
    <div className="search-filters">
      <fieldset className="row" aria-label={t("search.kinds")}>
        <ChipButton aria-pressed={!ask.kind} onClick={() => change({ kind: "" })}>
          {t("search.everything")}
        </ChipButton>
        {KINDS.map((kind) => (
          <ChipButton
            key={kind}
            aria-pressed={ask.kind === kind}
            onClick={() => change({ kind: ask.kind === kind ? "" : kind })}
          >
            {t(`search.kind.${kind}`)}
          </ChipButton>
        ))}
      </fieldset>
      <div className="search-selects">
        <Select
          bare
          label={t("search.lecture")}
          value={ask.lecture}
          onChange={(e) => change({ lecture: e.target.value })}
          options={[
            { value: "", label: t("search.allLectures") },
            ...lectures.map((r) => ({ value: r.id, label: r.title })),
          ]}
        />
        <Select
          bare
          label={t("search.when")}
          value={chosen}
          onChange={(e) => chooseSpan(e.target.value)}
          options={[
            { value: "", label: t("search.anyTime") },
            { value: "week", label: t("search.week") },
            { value: "month", label: t("search.month") },
            { value: "term", label: t("search.term") },
            { value: "own", label: t("search.ownDates") },
          ]}
        />
        {chosen === "own" && (
          <span className="row">
            <input
              type="date"
              className="input"
              aria-label={t("search.from")}
              value={ask.from}
              onChange={(e) => change({ from: e.target.value })}
            />
            <input
              type="date"
              className="input"
              aria-label={t("search.to")}
              value={ask.to}
              onChange={(e) => change({ to: e.target.value })}
            />
          </span>
        )}
      </div>
    </div>
  );
}

function Waiting() {
  const { t } = useI18n();
  return (
    <div className="stack" role="status" aria-label={t("common.loading")}>
      {["a", "b", "c", "d"].map((k) => (
        <div key={k} className="hit" aria-hidden="true">
          <Skeleton height="72px" width="128px" />
          <span className="hit-words">
            <Skeleton width="85%" />
            <Skeleton width="55%" />
          </span>
        </div>
      ))}
    </div>
  );
}

function Teach({ onPick }: { onPick: (q: string) => void }) {
  const { t } = useI18n();
  const [recent, setRecent] = useStored<string[]>("search.recent", []);
  const any = useQuery({ ...recordingsQuery, select: (list) => list.length > 0 }).data;
  if (any === false)
    return (
      <EmptyState
        icon="search"
        title={t("search.noLectures")}
        action={
          <Link href="/" className="btn btn-main">
            {t("common.toLibrary")}
          </Link>
        }
      >
        <p>{t("search.noLecturesHint")}</p>
      </EmptyState>
    );
  return (
    <div className="search-teach">
      {recent.length > 0 && (
        <section>
          <div className="search-recent-head">
            <h2>{t("search.recent")}</h2>
            <Button small kind="quiet" onClick={() => setRecent([])}>
              {t("search.forget")}
            </Button>
          </div>
          <div className="row">
            {recent.map((q) => (
              <ChipButton key={q} onClick={() => onPick(q)}>
                <Icon name="clock" />
                {q}
              </ChipButton>
            ))}
          </div>
        </section>
      )}
      <section>
        <h2>{t("search.how")}</h2>
        <dl className="search-tips">
          <dt>
            <code>"binary search"</code>
          </dt>
          <dd>{t("search.tipPhrase")}</dd>
          <dt>
            <code>recur</code>
          </dt>
          <dd>{t("search.tipPrefix")}</dd>
          <dt>
            <code>C++ O(n)</code>
          </dt>
          <dd>{t("search.tipSigns")}</dd>
          <dt>
            <kbd className="kbd">↓</kbd> <kbd className="kbd">↵</kbd>
          </dt>
          <dd>{t("search.tipKeys")}</dd>
        </dl>
      </section>
    </div>
  );
}

function Results({ groups, onKeyDown }: { groups: Group[]; onKeyDown: (e: KeyboardEvent) => void }) {
  const { t, locale } = useI18n();
  return groups.map((g) => (
    <section key={g.id} className="hits" aria-label={g.title}>
      <div className="hits-head">
        <h2>
          <Link href={`/lecture/${encodeURIComponent(g.id)}`}>{g.title}</Link>
        </h2>
        <span className="muted num">
          {formatDate(g.date, locale)} · {t("search.hits", { n: g.hits.length })}
        </span>
      </div>
      <ul className="hits-list">
        {g.hits.map((hit) => (
          <li key={`${hit.type}${hit.time}${hit.html}`}>
            <Hit hit={hit} onKeyDown={onKeyDown} />
          </li>
        ))}
      </ul>
    </section>
  ));
}

export default function Search() {
  const { t } = useI18n();
  const client = useQueryClient();
  const [ask, settled, change] = useAsk();
  const [recent, setRecent] = useStored<string[]>("search.recent", []);
  const page = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLInputElement>(null);
  const found = useInfiniteQuery(searchQuery(settled));
  const groups = useMemo(() => group(found.data?.pages.flatMap((p) => p.results) ?? []), [found.data]);
  const total = found.data?.pages[0]?.total ?? 0;
  const asked = settled.q.trim().length > 0;

  useEffect(() => box.current?.focus(), []);
  // A lecture that is new or gone changes what is found.
  useEffect(() => onEvent("library", () => client.invalidateQueries({ queryKey: ["search"] })), [client]);

  const move = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const links = [...(page.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [])];
    const to = links.indexOf(document.activeElement as HTMLElement) + step;
    e.preventDefault();
    if (to < 0) box.current?.focus();
    else links[to]?.focus();
  };
  const remember = () => {
    const q = ask.q.trim();
    if (q) setRecent([q, ...recent.filter((r) => r !== q)].slice(0, 8));
  };

  return (
    <div className="page search" ref={page}>
      <h1 className="sr-only">{t("search.title")}</h1>
      <search>
        <div className="search-box">
          <Icon name="search" />
          <input
            ref={box}
            type="search"
            aria-label={t("search.title")}
            placeholder={t("search.placeholder")}
            autoComplete="off"
            spellCheck={false}
            value={ask.q}
            onChange={(e) => change({ q: e.target.value })}
            onBlur={remember}
            onKeyDown={(e) => {
              if (e.key === "Enter") page.current?.querySelector<HTMLElement>("[data-hit]")?.click();
              else if (e.key === "Escape" && ask.q) change({ q: "" });
              else move(e);
            }}
          />
          {ask.q && (
            <IconButton
              icon="close"
              label={t("search.clear")}
              onClick={() => {
                change({ q: "" });
                box.current?.focus();
              }}
            />
          )}
        </div>
        <Filters ask={ask} change={change} />
      </search>
      <div className="search-count muted" role="status" aria-live="polite">
        {asked && found.isSuccess && !found.isPlaceholderData && total > 0
          ? t("search.found", { n: total, lectures: groups.length })
          : ""}
      </div>
      {!asked ? (
        <Teach onPick={(q) => change({ q })} />
      ) : found.isError ? (
        <ErrorNote error={found.error} onRetry={() => found.refetch()} />
      ) : found.isPending ? (
        <Waiting />
      ) : groups.length === 0 ? (
        <EmptyState
          icon="search"
          title={t("search.nothing", { q: settled.q.trim() })}
          action={
            settled.kind || settled.lecture || settled.from || settled.to ? (
              <Button kind="main" onClick={() => change({ kind: "", lecture: "", from: "", to: "" })}>
                {t("search.dropFilters")}
              </Button>
            ) : undefined
          }
        >
          <p>{t("search.nothingHint")}</p>
        </EmptyState>
      ) : (
        <div className={found.isPlaceholderData ? "search-old" : undefined}>
          <Results groups={groups} onKeyDown={move} />
          {found.hasNextPage && (
            <div className="search-more">
              <Button disabled={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
                {t("search.more")}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
