// A service that other machines can reach wants a key. The key becomes a cookie that
// scripts cannot read; media and the event stream carry it.
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { api, onUnauthorized, signedIn } from "../api/client";
import { connect } from "../api/events";
import { queryClient } from "../api/queries";
import { useT } from "../i18n";
import { Button, ErrorNote, TextField } from "../ui";

export function SignInGate({ children }: { children: ReactNode }) {
  const [locked, setLocked] = useState(false);
  // An answer from before the key was given says nothing any more.
  const opened = useRef(false);
  useEffect(() => {
    onUnauthorized(() => setLocked(true));
    // Asked beside the first requests, not before them: on this machine no key is needed.
    api.get("/api/v1/session").then(
      (s) => s.needsKey && !s.signedIn && !opened.current && setLocked(true),
      () => {},
    );
  }, []);
  useEffect(() => (locked ? undefined : connect()), [locked]);
  if (!locked) return children;
  return (
    <SignIn
      onDone={() => {
        signedIn();
        opened.current = true;
        queryClient.clear();
        setLocked(false);
      }}
    />
  );
}

function SignIn({ onDone }: { onDone: () => void }) {
  const t = useT();
  const [key, setKey] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    api.post("/api/v1/session", { body: { key: key.trim() } }).then(onDone, setError);
  };
  return (
    <main className="signin">
      <form onSubmit={submit}>
        <img src="/favicon.svg" alt="" width={48} height={48} />
        <div>
          <p className="muted">Scaler Companion</p>
          <h1>{t("common.signIn")}</h1>
        </div>
        <p className="muted">{t("common.signInHint")}</p>
        <pre className="signin-how">scaler keys add NAME --scopes read,submit</pre>
        <TextField
          label={t("common.key")}
          type="password"
          autoComplete="current-password"
          required
          value={key}
          onChange={(e) => setKey(e.target.value)}
        />
        {error !== null && <ErrorNote error={error} />}
        <Button kind="main" type="submit" disabled={!key.trim()}>
          {t("common.signIn")}
        </Button>
      </form>
    </main>
  );
}
