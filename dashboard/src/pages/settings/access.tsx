import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import { useI18n } from "../../i18n";
import { formatDate, formatTime } from "../../lib/format";
import { Button, Check, Chip, Dialog, ErrorNote, SkeletonText, TextField, toast } from "../../ui";

const KEYS = ["keys"];
const SCOPES = ["read", "submit", "admin", "worker"] as const;

function copy(text: string, done: string): void {
  navigator.clipboard.writeText(text).then(() => toast(done), toast);
}

interface ExtensionRuntime {
  sendMessage(id: string, message: unknown, answer: (a?: { ok?: boolean; error?: string }) => void): void;
  lastError?: unknown;
}

/** The id with which the extension opened this page, when it is one. */
function extensionId(): string | null {
  const id = new URLSearchParams(location.search).get("extension") ?? "";
  return /^[a-p]{32}$/.test(id) ? id : null;
}

/** Hands the code to the extension that asked for it; false when it has to be typed. */
function handOver(code: string): Promise<boolean> {
  const id = extensionId();
  const runtime = (globalThis as { chrome?: { runtime?: ExtensionRuntime } }).chrome?.runtime;
  if (!id || !runtime) return Promise.resolve(false);
  return new Promise((done) => {
    try {
      runtime.sendMessage(id, { type: "pair", code }, (a) => done(!runtime.lastError && a?.ok === true));
    } catch {
      done(false);
    }
  });
}

/** A code that is good once, for a few minutes: to type into the extension, or handed to it. */
export function Pairing() {
  const { t } = useI18n();
  const [code, setCode] = useState<{ code: string; until: number } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [left, setLeft] = useState(0);
  const [paired, setPaired] = useState(false);
  const ask = () => {
    setError(null);
    api.post("/api/v1/pair/code").then(
      async (a) => {
        if (await handOver(a.code)) {
          setPaired(true);
          return;
        }
        const until = new Date(a.expires).getTime();
        setCode({ code: a.code, until });
        setLeft((until - Date.now()) / 1000);
      },
      (e) => setError(e),
    );
  };
  useEffect(() => {
    if (!code) return;
    const timer = setInterval(() => setLeft((code.until - Date.now()) / 1000), 1000);
    return () => clearInterval(timer);
  }, [code]);
  return (
    <div className="pairing">
      <p className="settings-text">{t(paired ? "settings.paired" : "settings.pairHint")}</p>
      {error !== null && <ErrorNote error={error} onRetry={ask} />}
      {code && left > 0 ? (
        <div className="pairing-code">
          <output className="num" aria-label={t("settings.code")}>
            {code.code.slice(0, 4)} {code.code.slice(4)}
          </output>
          <div className="row">
            <Button small icon="copy" onClick={() => copy(code.code, t("settings.copied"))}>
              {t("settings.copy")}
            </Button>
            <span className="muted num">{t("settings.codeLeft", { time: formatTime(left) })}</span>
          </div>
        </div>
      ) : (
        <div className="row">
          <Button kind="main" icon="link" onClick={ask}>
            {t(code ? "settings.newCode" : extensionId() ? "settings.pairNow" : "settings.showCode")}
          </Button>
          {code && <span className="muted">{t("settings.codeOver")}</span>}
        </div>
      )}
    </div>
  );
}

function NewKey({ onDone }: { onDone: (made: { name: string; key: string }) => void }) {
  const { t } = useI18n();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["read", "submit"]);
  const [error, setError] = useState<unknown>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setError(null);
    api.post("/api/v1/keys", { body: { name: name.trim(), scopes: scopes.join(",") } }).then(
      (made) => {
        setName("");
        queryClient.invalidateQueries({ queryKey: KEYS });
        onDone(made);
      },
      (why) => setError(why),
    );
  };
  return (
    <form className="new-key" onSubmit={submit}>
      <TextField
        label={t("settings.keyName")}
        hint={t("settings.keyNameHint")}
        value={name}
        maxLength={60}
        autoComplete="off"
        onChange={(e) => setName(e.target.value)}
      />
      <fieldset className="new-key-scopes">
        <legend className="field-label">{t("settings.keyMay")}</legend>
        {SCOPES.map((scope) => (
          <Check
            key={scope}
            label={t(`settings.scope.${scope}`)}
            checked={scopes.includes(scope)}
            onChange={(e) =>
              setScopes(SCOPES.filter((s) => (s === scope ? e.target.checked : scopes.includes(s))))
            }
          />
        ))}
      </fieldset>
      {error !== null && <ErrorNote error={error} />}
      <div>
        <Button type="submit" icon="key" disabled={!name.trim() || scopes.length === 0}>
          {t("settings.makeKey")}
        </Button>
      </div>
    </form>
  );
}

/** Keys of other machines and programs: made, shown once, revoked. */
export function Keys() {
  const { t, locale } = useI18n();
  const keys = useQuery({
    queryKey: KEYS,
    queryFn: ({ signal }) => api.get("/api/v1/keys", { signal }).then((a) => a.keys),
    refetchOnMount: "always",
  });
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const revoke = (name: string) =>
    api
      .delete("/api/v1/keys/{name}", { path: { name } })
      .then(() => queryClient.invalidateQueries({ queryKey: KEYS }), toast);
  if (keys.isError) return <ErrorNote error={keys.error} onRetry={() => keys.refetch()} />;
  if (!keys.data) return <SkeletonText lines={3} />;
  return (
    <>
      <h3 className="settings-sub">{t("settings.keys")}</h3>
      <p className="muted settings-text">{t(keys.data.length ? "settings.keysHint" : "settings.noKeys")}</p>
      {keys.data.length > 0 && (
        <ul className="models">
          {keys.data.map((k) => (
            <li key={k.name} className="model">
              <div className="model-words">
                <h3>
                  {k.name}
                  {k.scopes.map((s) => (
                    <Chip key={s} tone={s === "admin" ? "brick" : "plain"}>
                      {s}
                    </Chip>
                  ))}
                </h3>
                <p className="muted num">{t("settings.keyMade", { date: formatDate(k.created, locale) })}</p>
              </div>
              <div className="model-actions">
                <Button
                  small
                  kind="danger"
                  aria-label={t("settings.revokeOf", { name: k.name })}
                  onClick={() => setDoomed(k.name)}
                >
                  {t("settings.revoke")}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      <NewKey onDone={setMade} />
      <Dialog
        title={t("settings.keyTitle", { name: made?.name ?? "" })}
        open={made !== null}
        onClose={() => setMade(null)}
        actions={
          <>
            <Button icon="copy" onClick={() => made && copy(made.key, t("settings.copied"))}>
              {t("settings.copy")}
            </Button>
            <Button kind="main" onClick={() => setMade(null)}>
              {t("settings.keyKept")}
            </Button>
          </>
        }
      >
        <p>{t("settings.keyOnce")}</p>
        <output className="secret">{made?.key}</output>
      </Dialog>
      <Dialog
        title={t("settings.revokeTitle", { name: doomed ?? "" })}
        open={doomed !== null}
        onClose={() => setDoomed(null)}
        actions={
          <>
            <Button onClick={() => setDoomed(null)}>{t("common.cancel")}</Button>
            <Button
              kind="danger"
              onClick={() => {
                if (doomed) revoke(doomed);
                setDoomed(null);
              }}
            >
              {t("settings.revoke")}
            </Button>
          </>
        }
      >
        <p>{t("settings.revokeHint")}</p>
      </Dialog>
    </>
  );
}
