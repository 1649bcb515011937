import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, useLocation } from "wouter";
import { getConnection, watchConnection } from "../api/events";
import { queueQuery } from "../api/queries";
import { type Key, useT } from "../i18n";
import { useShortcuts } from "../lib/keys";
import { type Theme, useTheme } from "../lib/theme";
import { Icon, type IconName, Menu, Toasts } from "../ui";

const KeysDialog = lazy(() => import("./keys-dialog"));
const Palette = lazy(() => import("../palette"));

const PLACES: { href: string; icon: IconName; label: Key }[] = [
  { href: "/", icon: "library", label: "library.title" },
  { href: "/search", icon: "search", label: "search.title" },
  { href: "/cards", icon: "cards", label: "cards.title" },
  { href: "/queue", icon: "queue", label: "queue.title" },
  { href: "/settings", icon: "settings", label: "settings.title" },
  { href: "/system", icon: "system", label: "system.title" },
];

const THEMES: { id: Theme; icon: IconName; label: Key }[] = [
  { id: "auto", icon: "auto", label: "common.themeAuto" },
  { id: "light", icon: "sun", label: "common.themeLight" },
  { id: "dark", icon: "moon", label: "common.themeDark" },
];

function Offline() {
  const t = useT();
  const connection = useSyncExternalStore(watchConnection, getConnection);
  if (connection !== "offline") return null;
  return (
    <div className="offline" role="status">
      <span className="offline-dot" />
      {t("common.offline")}
    </div>
  );
}

function Navigation({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const [path] = useLocation();
  const [theme, setTheme] = useTheme();
  const active = useQuery({
    ...queueQuery,
    select: (q) => q.jobs.filter((j) => j.state === "running" || j.state === "waiting").length,
  }).data;
  const isHere = (href: string) =>
    href === "/" ? path === "/" || path.startsWith("/lecture") : path === href || path.startsWith(`${href}/`);
  return (
    <nav className="nav" aria-label={t("common.navigation")}>
      <Link href="/" className="nav-brand" aria-label="Scaler Companion">
        <img src="/favicon.svg" alt="" width={32} height={32} />
      </Link>
      {PLACES.map((place) => (
        <Link
          key={place.href}
          href={place.href}
          className="nav-link"
          aria-current={isHere(place.href) ? "page" : undefined}
        >
          <Icon name={place.icon} />
          <span>{t(place.label)}</span>
          {place.href === "/queue" && !!active && (
            <span className="nav-badge">
              {active}
              <span className="sr-only"> {t("common.jobsActive")}</span>
            </span>
          )}
        </Link>
      ))}
      <div className="nav-space" />
      <div className="nav-extra">
        <Menu
          label={t("common.theme")}
          icon={THEMES.find((o) => o.id === theme)?.icon ?? "auto"}
          items={[
            ...THEMES.map((o) => ({
              label: t(o.label),
              icon: o.icon,
              checked: theme === o.id,
              run: () => setTheme(o.id),
            })),
            "line",
            { label: t("common.keys"), icon: "keyboard", run: onHelp },
          ]}
        />
      </div>
    </nav>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const t = useT();
  const [path, go] = useLocation();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  useShortcuts([
    { keys: ["?"], label: "common.keys", group: "common.keysEverywhere", run: () => setHelp(true) },
    {
      keys: ["/"],
      label: "palette.open",
      group: "common.keysEverywhere",
      run: () => setPalette(true),
    },
    {
      keys: ["mod+k"],
      label: "palette.open",
      group: "common.keysEverywhere",
      inFields: true,
      run: () => setPalette((open) => !open),
    },
    { keys: ["g"], label: "library.title", group: "common.keysEverywhere", run: () => go("/") },
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its top
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className="shell">
      <a className="btn skip" href="#main">
        {t("common.skip")}
      </a>
      <Navigation onHelp={() => setHelp(true)} />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
      <Offline />
      <Toasts />
      <Suspense>
        {help && <KeysDialog onClose={() => setHelp(false)} />}
        {palette && (
          <Palette
            onClose={() => setPalette(false)}
            onKeys={() => {
              setPalette(false);
              setHelp(true);
            }}
          />
        )}
      </Suspense>
    </div>
  );
}
