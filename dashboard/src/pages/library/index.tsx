import { useT } from "../../i18n";

export default function Library() {
  const t = useT();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("library.title")}</h1>
      </header>
    </div>
  );
}
