import { LANGUAGES, useI18n } from "../../i18n";
import { type Theme, useTheme } from "../../lib/theme";
import { Icon } from "../../ui";

const THEMES = [
  { id: "auto", icon: "auto", label: "common.themeAuto" },
  { id: "light", icon: "sun", label: "common.themeLight" },
  { id: "dark", icon: "moon", label: "common.themeDark" },
] as const;

function Choice({
  legend,
  name,
  options,
  value,
  onChange,
}: {
  legend: string;
  name: string;
  options: { id: string; label: string; icon?: (typeof THEMES)[number]["icon"]; lang?: string }[];
  value: string;
  onChange: (id: string) => void;
}) {
  return (
    <fieldset className="choice">
      <legend className="setting-label">{legend}</legend>
      <div className="choice-row">
        {options.map((o) => (
          <label key={o.id} className="choice-one">
            <input type="radio" name={name} checked={o.id === value} onChange={() => onChange(o.id)} />
            {o.icon && <Icon name={o.icon} />}
            <span lang={o.lang}>{o.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** What this browser remembers by itself. */
export function Appearance() {
  const { t, language, setLanguage } = useI18n();
  const [theme, setTheme] = useTheme();
  return (
    <div className="stack">
      <Choice
        legend={t("common.theme")}
        name="theme"
        value={theme}
        onChange={(id) => setTheme(id as Theme)}
        options={THEMES.map((o) => ({ id: o.id, icon: o.icon, label: t(o.label) }))}
      />
      <Choice
        legend={t("common.language")}
        name="language"
        value={language}
        onChange={(id) => setLanguage(id as typeof language)}
        options={LANGUAGES.map((l) => ({ id: l.id, label: l.name, lang: l.id }))}
      />
    </div>
  );
}
