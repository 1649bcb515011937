import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { send } from "../../api/client";
import { queryClient, settingsQuery } from "../../api/queries";
import { type Key, useI18n } from "../../i18n";
import { en } from "../../i18n/en";
import { Chip, Icon, inOneLine, useExplain } from "../../ui";
import { choices, decidedBy, range, type Setting, wrong } from "./model";

/** Saves one setting. The service says what is wrong and names it. */
export async function save(name: string, value: string): Promise<string> {
  const answer = await send("PUT", "/api/v1/settings", {
    body: JSON.stringify({ [name]: value }),
    headers: { "Content-Type": "application/json" },
  });
  await queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
  return ((await answer.json()) as { message: string }).message;
}

/** The words for a setting; for one that is not known here, its name and the service's words. */
export function useWords(): (s: Setting) => { label: string; hint: string } {
  const { t } = useI18n();
  const word = (key: string, otherwise: string) => (key in en ? t(key as Key) : otherwise);
  return (s) => ({
    label: word(`settings.v.${s.name}`, s.name),
    hint: word(`settings.h.${s.name}`, s.meaning),
  });
}

function Source({ setting }: { setting: Setting }) {
  const { t } = useI18n();
  const words: Record<string, string> = {
    default: t("settings.from.default"),
    saved: t("settings.from.saved"),
    ".env": t("settings.from.envFile"),
    environment: t("settings.from.environment"),
    option: t("settings.from.option"),
  };
  // Said quietly: most are.
  if (setting.source === "default") return <span>{words.default}</span>;
  return (
    <Chip tone={setting.source === "saved" ? "lamp" : "sky"}>{words[setting.source] ?? setting.source}</Chip>
  );
}

interface Given {
  id: string;
  disabled: boolean;
  "aria-describedby": string;
  "aria-invalid"?: true;
}

function Control({
  setting,
  value,
  given,
  onEdit,
  onSave,
}: {
  setting: Setting;
  value: string;
  given: Given;
  onEdit: (value: string) => void;
  onSave: (value: string) => void;
}) {
  const { t } = useI18n();
  const options = choices(setting);
  if (setting.type === "flag")
    return (
      <input
        type="checkbox"
        className="switch"
        checked={value === "on"}
        onChange={(e) => onSave(e.target.checked ? "on" : "off")}
        {...given}
      />
    );
  if (options.length)
    return (
      <select className="input" value={value} onChange={(e) => onSave(e.target.value)} {...given}>
        {options.map((o) => (
          <option key={o} value={o}>
            {o}
          </option>
        ))}
      </select>
    );
  const { min, max } = range(setting);
  return (
    <input
      className="input"
      type={setting.type === "secret" ? "password" : setting.type === "number" ? "number" : "text"}
      autoComplete={setting.type === "secret" ? "new-password" : "off"}
      spellCheck={false}
      min={min}
      max={max}
      value={value}
      placeholder={setting.default || t("settings.empty")}
      onFocus={(e) => setting.type === "secret" && e.target.select()}
      onChange={(e) => onEdit(e.target.value)}
      onBlur={() => onSave(value)}
      onKeyDown={(e: KeyboardEvent) => {
        if (e.key === "Enter") onSave(value);
        if (e.key === "Escape") onEdit(setting.value);
      }}
      {...given}
    />
  );
}

/** One setting: what it means, where it comes from; saved as soon as it is changed. */
export function SettingRow({ setting, children }: { setting: Setting; children?: ReactNode }) {
  const { t, said } = useI18n();
  const explain = useExplain();
  const words = useWords()(setting);
  const id = useId();
  const [value, setValue] = useState(setting.value);
  const [error, setError] = useState("");
  const [state, setState] = useState<"" | "saving" | "saved">("");
  const by = decidedBy(setting);
  useEffect(() => setValue(setting.value), [setting.value]);
  useEffect(() => {
    if (state !== "saved") return;
    const timer = setTimeout(() => setState(""), 2500);
    return () => clearTimeout(timer);
  }, [state]);

  const commit = async (next: string) => {
    setValue(next);
    setError("");
    if (next === setting.value) return;
    const bad = wrong(setting, next);
    if (bad) {
      const { min = 0, max = 0 } = range(setting);
      setError(t(`settings.wrong.${bad}`, { min, max }));
      return;
    }
    setState("saving");
    try {
      const message = await save(setting.name, next.trim());
      setState("saved");
      if (/could not be checked/.test(message)) setError(said(message));
    } catch (e) {
      setState("");
      setError(inOneLine(explain(e)));
    }
  };
  return (
    <div className="setting" data-setting={setting.name}>
      <div className="setting-words">
        <label className="setting-label" htmlFor={id}>
          {words.label}
        </label>
        <p className="setting-hint" id={`${id}-hint`}>
          {words.hint}
        </p>
      </div>
      <div className="setting-control">
        <Control
          setting={setting}
          value={value}
          onEdit={setValue}
          onSave={commit}
          given={{
            id,
            disabled: by !== null,
            "aria-describedby": `${id}-hint ${id}-note`,
            ...(error ? { "aria-invalid": true as const } : {}),
          }}
        />
        <div className="setting-note" id={`${id}-note`}>
          <Source setting={setting} />
          {by && (
            <span>{t(`settings.decided.${by === ".env" ? "envFile" : by}`, { name: setting.name })}</span>
          )}
          {!by && setting.source === "saved" && setting.type !== "secret" && (
            <button type="button" className="setting-reset" onClick={() => commit(setting.default)}>
              {setting.default ? t("settings.reset", { value: setting.default }) : t("settings.clear")}
            </button>
          )}
          <span className="setting-state" role="status">
            {state === "saving" && t("settings.saving")}
            {state === "saved" && (
              <>
                <Icon name="check" /> {t("settings.saved")}
              </>
            )}
          </span>
        </div>
        {error && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}
