import { useT } from "../../i18n";

/** All decks, or with `id` the cards of one lecture. */
export default function Cards({ id }: { id?: string }) {
  const t = useT();
  return (
    <div className="page" data-lecture={id}>
      <header className="page-head">
        <h1>{t("cards.title")}</h1>
      </header>
    </div>
  );
}
