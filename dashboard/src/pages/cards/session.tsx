import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { lectureQuery, queryClient } from "../../api/queries";
import { type Key, useI18n } from "../../i18n";
import { formatEta } from "../../lib/format";
import { showKeys, useShortcuts } from "../../lib/keys";
import { Button, Chip, ErrorNote, IconButton, Menu, SkeletonText, toast, useExplain } from "../../ui";
import { ankiText } from "./anki";
import { Clip } from "./clip";
import { count, type Deck, gradeMutation, type Place, plan } from "./decks";
import { type Grade, type Memory, offers, review, standing } from "./memory";
import { Standing } from "./standing";
import { CardText } from "./text";

const GRADES: Grade[] = [1, 2, 3, 4];
/** A forgotten card returns after this many others. */
const RETURN_AFTER = 4;

interface Props {
  decks: Deck[];
  /** Every card of the decks, not only those that are due or new. */
  whole: boolean;
  title: string;
  lecture?: string | undefined;
  onEnd: () => void;
}

function shortWait(seconds: number, days: (n: number) => string): string {
  return seconds < 86_400 ? formatEta(seconds) : days(Math.round(seconds / 86_400));
}

async function exportAnki(id: string): Promise<void> {
  const lecture = await queryClient.fetchQuery(lectureQuery(id));
  const text = ankiText(lecture.title, id, lecture.notes?.cards ?? [], location.origin);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = `${id}-anki.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Done({
  graded,
  decks,
  onEnd,
  onAll,
}: {
  graded: number;
  decks: Deck[];
  onEnd: () => void;
  onAll: (() => void) | undefined;
}) {
  const { t } = useI18n();
  const counts = count(decks, Date.now() / 1000);
  return (
    <div className="session-done">
      <h2>{graded ? t("cards.done") : t("cards.nothingDue")}</h2>
      <p className="muted">{graded ? t("cards.doneHint", { n: graded }) : t("cards.nothingDueHint")}</p>
      <Standing counts={counts} />
      <div className="row">
        <Button kind="main" onClick={onEnd}>
          {t("cards.toDecks")}
        </Button>
        {onAll && <Button onClick={onAll}>{t("cards.goThrough")}</Button>}
      </div>
    </div>
  );
}

export function Session({ decks, whole, title, lecture: only, onEnd }: Props) {
  const { t } = useI18n();
  const explain = useExplain();
  const [places, setPlaces] = useState<Place[]>(() => plan(decks, Date.now() / 1000, whole));
  const [at, setAt] = useState(0);
  const [flipped, setFlipped] = useState(false);
  const [playing, setPlaying] = useState(false);
  const [said, setSaid] = useState("");
  const [history, setHistory] = useState<
    { place: Place; old: Memory | undefined; places: Place[]; at: number }[]
  >([]);
  const place = places[at];
  const lecture = useQuery({ ...lectureQuery(place?.lecture ?? ""), enabled: !!place });
  const card = place && lecture.data?.notes?.cards.find((c) => c.id === place.card);
  const deck = decks.find((d) => d.id === place?.lecture);
  const memory = place && deck?.grades[place.card];
  const grade = useMutation({
    ...gradeMutation,
    onError: (e, sent) =>
      toast(t("cards.notKept", { why: explain(e).what }), {
        label: t("common.retry"),
        run: () => grade.mutate(sent),
      }),
  });

  const show = (next: number) => {
    setAt(next);
    setFlipped(false);
    setPlaying(false);
  };
  const give = (g: Grade) => {
    if (!place || !card || !flipped) return;
    const now = Date.now() / 1000;
    setHistory((h) => [...h, { place, old: memory, places, at }]);
    grade.mutate({ ...place, memory: review(memory, g, now) });
    if (g === 1) {
      const next = [...places];
      next.splice(Math.min(places.length, at + 1 + RETURN_AFTER), 0, place);
      setPlaces(next);
    }
    setSaid(t("cards.graded", { grade: t(`cards.grade.${g}`) }));
    show(at + 1);
  };
  const undo = () => {
    const last = history[history.length - 1];
    if (!last) return;
    grade.mutate({ ...last.place, memory: last.old ?? null });
    setHistory(history.slice(0, -1));
    setPlaces(last.places);
    show(last.at);
    setFlipped(true);
  };
  const group: Key = "cards.title";
  useShortcuts([
    { keys: [" ", "Enter"], label: "cards.flip", group, run: () => card && setFlipped(!flipped) },
    ...GRADES.map((g) => ({
      keys: [String(g)],
      label: `cards.grade.${g}` as const,
      group,
      run: () => give(g),
    })),
    { keys: ["ArrowRight"], label: "cards.next", group, run: () => at < places.length && show(at + 1) },
    { keys: ["ArrowLeft"], label: "cards.back", group, run: () => at > 0 && show(at - 1) },
    { keys: ["p"], label: "cards.playKey", group, run: () => card && setPlaying(!playing) },
    { keys: ["u"], label: "cards.undo", group, run: undo },
    { keys: ["Escape"], label: "cards.toDecks", group, run: onEnd },
  ]);

  const waits = offers(memory, Date.now() / 1000);
  const over = at >= places.length;
  return (
    <div className="page session">
      <header className="session-head">
        <IconButton icon="back" label={t("cards.toDecks")} keys="Esc" onClick={onEnd} />
        <h1>{title}</h1>
        {!over && (
          <span className="muted num" aria-live="off">
            {at + 1} / {places.length}
          </span>
        )}
        <IconButton icon="retry" label={t("cards.undo")} keys="U" disabled={!history.length} onClick={undo} />
        {only && (
          <Menu
            label={t("cards.more")}
            items={[
              {
                label: t("cards.anki"),
                icon: "download",
                run: () => exportAnki(only).catch(toast),
              },
              { label: t("cards.toLecture"), icon: "book", href: `/lecture/${encodeURIComponent(only)}` },
            ]}
          />
        )}
      </header>
      <div
        className="session-progress"
        role="progressbar"
        aria-label={t("cards.progress")}
        aria-valuemin={0}
        aria-valuemax={places.length}
        aria-valuenow={at}
      >
        <span style={{ transform: `scaleX(${places.length ? at / places.length : 1})` }} />
      </div>
      <p className="sr-only" role="status">
        {said}
      </p>
      {over ? (
        <Done
          graded={history.length}
          decks={decks}
          onEnd={onEnd}
          onAll={
            places.length === 0 && only
              ? () => {
                  setPlaces(plan(decks, Date.now() / 1000, true));
                  show(0);
                }
              : undefined
          }
        />
      ) : lecture.isError ? (
        <ErrorNote error={lecture.error} onRetry={() => lecture.refetch()}>
          <Button small onClick={() => show(at + 1)}>
            {t("cards.next")}
          </Button>
        </ErrorNote>
      ) : !card || !lecture.data ? (
        lecture.isSuccess ? (
          <Done graded={history.length} decks={decks} onEnd={onEnd} onAll={() => show(at + 1)} />
        ) : (
          <SkeletonText lines={5} />
        )
      ) : (
        <>
          <div className={`card-stage${flipped ? " card-flipped" : ""}`} key={`${card.id}-${at}`}>
            <article className="flashcard" aria-label={flipped ? t("cards.answer") : t("cards.question")}>
              <div className="flashcard-top">
                <Chip>{t(`cards.standing.${standing(memory, Date.now() / 1000)}`)}</Chip>
                {!only && <span className="muted">{deck?.title}</span>}
              </div>
              <div className="flashcard-front">
                <CardText text={card.front} />
              </div>
              {flipped && (
                <div className="flashcard-back" role="status">
                  <CardText text={card.back} />
                </div>
              )}
            </article>
            {flipped && <Clip lecture={lecture.data} card={card} playing={playing} onPlay={setPlaying} />}
          </div>
          <div className="session-foot">
            {flipped ? (
              <fieldset className="grades" aria-label={t("cards.howWell")}>
                {GRADES.map((g) => (
                  <button
                    key={g}
                    type="button"
                    className={`grade grade-${g}`}
                    aria-keyshortcuts={String(g)}
                    onClick={() => give(g)}
                  >
                    <span className="grade-name">
                      {t(`cards.grade.${g}`)} <kbd>{g}</kbd>
                    </span>
                    <span className="grade-wait num">
                      {shortWait(waits[g], (n) => t("cards.days", { n }))}
                    </span>
                  </button>
                ))}
              </fieldset>
            ) : (
              <Button kind="main" className="flip" aria-keyshortcuts="Space" onClick={() => setFlipped(true)}>
                {t("cards.flip")} <kbd>{showKeys(" ")}</kbd>
              </Button>
            )}
          </div>
        </>
      )}
    </div>
  );
}
