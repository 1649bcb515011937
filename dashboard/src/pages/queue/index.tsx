import { useT } from "../../i18n";

export default function Queue() {
  const t = useT();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("queue.title")}</h1>
      </header>
    </div>
  );
}
