import "./cards.css";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { onEvent } from "../../api/events";
import { queryClient } from "../../api/queries";
import { useI18n } from "../../i18n";
import { formatDate } from "../../lib/format";
import { EmptyState, ErrorNote, SkeletonText } from "../../ui";
import { count, type Deck, decksQuery, forecast, plan, putGrade } from "./decks";
import type { Memory } from "./memory";
import { Session } from "./session";
import { Standing } from "./standing";

const DAYS = 14;
export const nowS = () => Date.now() / 1000;

/** Grades of another window, and decks that came or went. */
function useDeckEvents(): void {
  useEffect(() => {
    const offs = [
      onEvent<{ lectureId: string; grades: Record<string, Memory | null> }>("grades", (e) =>
        putGrade(e.lectureId, e.grades),
      ),
      onEvent("library", () => queryClient.invalidateQueries({ queryKey: decksQuery.queryKey })),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, []);
}

/** How many cards come on each of the next days. */
function Forecast({ decks, now }: { decks: Deck[]; now: number }) {
  const { t, locale } = useI18n();
  const days = forecast(decks, now, DAYS);
  const most = Math.max(1, ...days);
  const name = (i: number) =>
    i === 0
      ? t("cards.today")
      : new Intl.DateTimeFormat(locale, { weekday: "short" }).format(new Date((now + i * 86_400) * 1000));
  return (
    <figure className="forecast">
      <figcaption>{t("cards.forecast")}</figcaption>
      <ol>
        {days.map((n, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a day is its distance from today
          <li key={i} aria-label={`${name(i)}: ${t("cards.count", { n })}`}>
            <span className="forecast-n num" aria-hidden="true">
              {n || ""}
            </span>
            <span className="forecast-bar" style={{ height: `${(n / most) * 100}%` }} />
            <span className="forecast-day" aria-hidden="true">
              {name(i)}
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function DeckRow({ deck, now }: { deck: Deck; now: number }) {
  const { t, locale } = useI18n();
  const counts = count([deck], now);
  return (
    <li>
      <Link href={`/cards/${encodeURIComponent(deck.id)}`} className="deck">
        <span className="deck-title">{deck.title}</span>
        <span className="deck-sub muted num">
          {formatDate(deck.date, locale)} · {t("cards.count", { n: counts.total })}
        </span>
        <Standing counts={counts} />
        <span className={counts.due ? "deck-due deck-due-some num" : "deck-due num"}>
          {counts.due
            ? t("cards.due", { n: counts.due })
            : counts.new
              ? t("cards.new", { n: counts.new })
              : t("cards.rests")}
        </span>
      </Link>
    </li>
  );
}

function Overview({ decks, now }: { decks: Deck[]; now: number }) {
  const { t } = useI18n();
  const counts = count(decks, now);
  const todo = plan(decks, now, false).length;
  return (
    <>
      <header className="page-head">
        <h1>{t("cards.title")}</h1>
      </header>
      <section className="study" aria-label={t("cards.now")}>
        <div className="study-now">
          <p className="study-number num">{todo}</p>
          <p>
            {t("cards.forNow", { n: todo })}{" "}
            <span className="muted num">
              {t("cards.dueThere", { n: counts.due })}, {t("cards.newThere", { n: counts.new })}
            </span>
          </p>
          {todo > 0 ? (
            <Link href="/cards?study=due" className="btn btn-main study-go">
              {t("cards.study", { n: todo })}
            </Link>
          ) : (
            <p className="muted">{t("cards.allDone")}</p>
          )}
        </div>
        {counts.new < counts.total ? (
          <Forecast decks={decks} now={now} />
        ) : (
          <p className="study-how muted">{t("cards.how")}</p>
        )}
      </section>
      <h2 className="sr-only">{t("cards.decks")}</h2>
      <ul className="decks">
        {[...decks]
          .sort((a, b) => count([b], now).due - count([a], now).due || b.date.localeCompare(a.date))
          .map((deck) => (
            <DeckRow key={deck.id} deck={deck} now={now} />
          ))}
      </ul>
    </>
  );
}

/** All decks, or with `id` the cards of one lecture. */
export default function Cards({ id }: { id?: string }) {
  const { t } = useI18n();
  const [, go] = useLocation();
  const studying = new URLSearchParams(useSearch()).get("study");
  const decks = useQuery(decksQuery);
  const [now, setNow] = useState(nowS);
  useDeckEvents();
  // What is due is a matter of the clock, which goes on.
  useEffect(() => {
    const timer = setInterval(() => setNow(nowS()), 30_000);
    return () => clearInterval(timer);
  }, []);

  if (decks.isError)
    return (
      <div className="page cards-page">
        <ErrorNote error={decks.error} onRetry={() => decks.refetch()} />
      </div>
    );
  if (!decks.data)
    return (
      <div className="page cards-page">
        <h1 className="sr-only">{t("cards.title")}</h1>
        <SkeletonText lines={6} />
      </div>
    );
  const own = id ? decks.data.filter((d) => d.id === id) : decks.data;
  if (own.length === 0)
    return (
      <div className="page cards-page">
        <h1 className="sr-only">{t("cards.title")}</h1>
        <EmptyState
          icon="cards"
          title={id ? t("cards.noneHere") : t("cards.none")}
          action={
            <Link href={id ? `/lecture/${encodeURIComponent(id)}` : "/"} className="btn btn-main">
              {id ? t("cards.toLecture") : t("common.toLibrary")}
            </Link>
          }
        >
          <p>{t("cards.noneHint")}</p>
        </EmptyState>
      </div>
    );
  if (id || studying)
    return (
      <Session
        key={`${id ?? ""}${studying ?? ""}`}
        decks={own}
        whole={!!id && studying !== "due"}
        title={id ? (own[0]?.title ?? "") : t("cards.everything")}
        lecture={id}
        onEnd={() => go("/cards")}
      />
    );
  return (
    <div className="page cards-page">
      <Overview decks={decks.data} now={now} />
    </div>
  );
}
