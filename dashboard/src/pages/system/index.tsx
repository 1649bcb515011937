import { useT } from "../../i18n";

export default function System() {
  const t = useT();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("system.title")}</h1>
      </header>
    </div>
  );
}
