import { useT } from "../../i18n";

export default function Settings() {
  const t = useT();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("settings.title")}</h1>
      </header>
    </div>
  );
}
