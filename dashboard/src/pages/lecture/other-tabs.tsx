// Summary, slides, flashcards, announcements.
import { Link } from "wouter";
import type { Lecture } from "../../api/model";
import { type Key, useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Chip, EmptyState, Icon } from "../../ui";
import { Cite } from "./cite";
import { MarkdownFile, Rich } from "./notes-tab";
import { usePlayer, usePlayerValue } from "./player-store";
import { indexAt } from "./time-lists";

interface Props {
  lecture: Lecture;
  base: string;
}

export function SummaryTab({ lecture, base }: Props) {
  const t = useT();
  const notes = lecture.notes;
  if (!notes && lecture.artifacts?.summary)
    return <MarkdownFile address={lecture.artifacts.summary} base={base} />;
  if (!notes || (notes.summary.length === 0 && notes.chapters.length === 0))
    return (
      <EmptyState icon="book" title={t("lecture.noSummary")}>
        {t("lecture.noNotesHint")}
      </EmptyState>
    );
  return (
    <div className="notes">
      <ul role="list" className="summary">
        {notes.summary.map((line) => (
          <li key={`${line.start}${line.text}`} className="note-line note-paragraph">
            <div className="note-text">
              <Rich
                source={
                  line.kind === "definition" ? line.text.replace(/^([^:*`]{2,60}):/, "**$1:**") : line.text
                }
              />
            </div>
            <span className="note-side">
              <Cite at={line.start} />
            </span>
          </li>
        ))}
      </ul>
      {notes.chapters.length > 0 && (
        <section className="note-section">
          <h3>{t("lecture.chapters")}</h3>
          <Chapters lecture={lecture} />
        </section>
      )}
      {notes.key_phrases.length > 0 && (
        <section className="note-section">
          <h3>{t("lecture.keyTerms")}</h3>
          <div className="row">
            {notes.key_phrases.map((phrase) => (
              <Link key={phrase} className="chip" href={`/search?q=${encodeURIComponent(phrase)}`}>
                {phrase}
              </Link>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

export function Chapters({ lecture }: { lecture: Lecture }) {
  const player = usePlayer();
  const chapters = lecture.notes?.chapters ?? [];
  const current = usePlayerValue((p) => indexAt(chapters, p.time));
  return (
    <ol className="chapters" role="list">
      {chapters.map((c, i) => (
        <li key={c.start}>
          <button
            type="button"
            className="chapter"
            aria-current={i === current || undefined}
            onClick={() => player.playFrom(c.start)}
          >
            <span className="num">{formatTime(c.start)}</span>
            <span>{c.title}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

export function SlidesTab({ lecture, base }: Props) {
  const t = useT();
  const player = usePlayer();
  const slides = lecture.slides ?? [];
  const current = usePlayerValue((p) =>
    indexAt(
      slides.map((s) => ({ start: s.timestamp })),
      p.time,
    ),
  );
  if (slides.length === 0)
    return (
      <EmptyState icon="info" title={t("lecture.noSlides")}>
        {t("lecture.noSlidesHint")}
      </EmptyState>
    );
  return (
    <ol className="slides-list" role="list">
      {slides.map((s, i) => {
        const words = (s.description ?? s.ocr_text ?? "").replace(/\s*\n\s*/g, "\n").trim();
        return (
          <li key={s.filename} aria-current={i === current || undefined}>
            <button
              type="button"
              className="slides-picture"
              onClick={() => player.playFrom(s.timestamp)}
              aria-label={t("lecture.slideAt", { n: i + 1, time: formatTime(s.timestamp) })}
            >
              <img
                src={`${base}slides/${encodeURIComponent(s.filename)}`}
                alt=""
                width={s.width ?? 640}
                height={s.height ?? 360}
                loading="lazy"
                decoding="async"
              />
            </button>
            <div className="slides-side">
              <Cite at={s.timestamp} end={s.end} />
              <a
                className="chip"
                href={`${base}slides/${encodeURIComponent(s.filename)}`}
                target="_blank"
                rel="noreferrer"
              >
                <Icon name="external" />
                {t("lecture.openPicture")}
              </a>
            </div>
            {words && (
              <details className="slides-words">
                <summary>{t("lecture.slideText")}</summary>
                <p>{words}</p>
              </details>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export function CardsTab({ lecture, base }: Props) {
  const t = useT();
  const cards = lecture.notes?.cards ?? [];
  if (cards.length === 0 && lecture.artifacts?.qa_cards && !lecture.notes)
    return <MarkdownFile address={lecture.artifacts.qa_cards} base={base} />;
  if (cards.length === 0)
    return (
      <EmptyState icon="cards" title={t("lecture.noCards")}>
        {t("lecture.noNotesHint")}
      </EmptyState>
    );
  return (
    <div className="notes">
      <div className="notes-head">
        <span className="muted">{t("lecture.cardCount", { n: cards.length })}</span>
        <Link className="btn btn-main btn-small" href={`/cards/${encodeURIComponent(lecture.id)}`}>
          <Icon name="cards" />
          {t("lecture.study")}
        </Link>
      </div>
      <ol className="card-list" role="list">
        {cards.map((c) => (
          <li key={c.id}>
            <details>
              <summary>
                <Rich source={c.front} />
              </summary>
              <div className="card-back">
                <Rich source={c.back} />
                <Cite at={c.start} end={c.end} />
              </div>
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}

const KINDS: Record<string, Key> = {
  deadline: "lecture.kindDeadline",
  assignment: "lecture.kindAssignment",
  link: "lecture.kindLink",
  schedule: "lecture.kindSchedule",
  other: "lecture.kindOther",
};

export function AnnouncementsTab({ lecture, base }: Props) {
  const t = useT();
  const list = lecture.notes?.announcements ?? [];
  if (!lecture.notes && lecture.artifacts?.announcements)
    return <MarkdownFile address={lecture.artifacts.announcements} base={base} />;
  if (list.length === 0)
    return (
      <EmptyState icon="info" title={t("lecture.noAnnouncements")}>
        {t("lecture.noAnnouncementsHint")}
      </EmptyState>
    );
  return (
    <ul className="announcements" role="list">
      {list.map((a) => (
        <li key={`${a.start}${a.text}`}>
          <div className="row">
            <Chip tone={a.kind === "deadline" ? "brick" : "sky"}>
              {t(KINDS[a.kind] ?? "lecture.kindOther")}
            </Chip>
            {a.date && <strong>{a.date}</strong>}
            <Cite at={a.start} />
          </div>
          <Rich source={a.text} />
          {a.link && /^https?:/.test(a.link) && (
            <a href={a.link} target="_blank" rel="noreferrer noopener">
              {a.link}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
