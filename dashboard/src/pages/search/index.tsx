import { useT } from "../../i18n";

export default function Search() {
  const t = useT();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("search.title")}</h1>
      </header>
    </div>
  );
}
