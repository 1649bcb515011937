// What the palette can do besides opening lectures.
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { queueQuery } from "../api/queries";
import { LANGUAGES, useI18n } from "../i18n";
import { useTheme } from "../lib/theme";
import { type IconName, toast } from "../ui";

export interface Command {
  id: string;
  icon: IconName;
  label: string;
  /** An address to go to, or something to do. */
  href?: string;
  run?: () => void;
}

export function useCommands(onKeys: () => void): { pages: Command[]; actions: Command[] } {
  const { t, language, setLanguage } = useI18n();
  const [theme, setTheme] = useTheme();
  const jobs = useQuery(queueQuery).data?.jobs ?? [];
  const active = jobs.filter((j) => j.state === "running" || j.state === "waiting");
  const paused = jobs.filter((j) => j.state === "paused");
  const each = (list: typeof jobs, verb: "pause" | "resume") => () => {
    const sent = list.map(({ id }) =>
      verb === "pause"
        ? api.post("/api/v1/jobs/{id}/pause", { path: { id } })
        : api.post("/api/v1/jobs/{id}/resume", { path: { id } }),
    );
    Promise.all(sent).catch(toast);
  };
  const themes = [
    { id: "light", icon: "sun", label: t("palette.light") },
    { id: "dark", icon: "moon", label: t("palette.dark") },
    { id: "auto", icon: "auto", label: t("palette.auto") },
  ] as const;
  return {
    pages: [
      { id: "library", icon: "library", label: t("library.title"), href: "/" },
      { id: "search", icon: "search", label: t("search.title"), href: "/search" },
      { id: "cards", icon: "cards", label: t("cards.title"), href: "/cards" },
      { id: "queue", icon: "queue", label: t("queue.title"), href: "/queue" },
      { id: "settings", icon: "settings", label: t("settings.title"), href: "/settings" },
      { id: "system", icon: "system", label: t("system.title"), href: "/system" },
    ],
    actions: [
      { id: "study", icon: "cards", label: t("palette.study"), href: "/cards?study=due" },
      { id: "pair", icon: "link", label: t("palette.pair"), href: "/settings#access" },
      { id: "models", icon: "download", label: t("palette.models"), href: "/settings#models" },
      ...(active.length
        ? [{ id: "pause", icon: "pause" as const, label: t("palette.pauseAll"), run: each(active, "pause") }]
        : []),
      ...(paused.length
        ? [
            {
              id: "resume",
              icon: "play" as const,
              label: t("palette.resumeAll"),
              run: each(paused, "resume"),
            },
          ]
        : []),
      ...themes
        .filter((o) => o.id !== theme)
        .map((o) => ({ id: o.id, icon: o.icon, label: o.label, run: () => setTheme(o.id) })),
      ...LANGUAGES.filter((l) => l.id !== language).map((l) => ({
        id: l.id,
        icon: "edit" as const,
        label: `${t("common.language")}: ${l.name}`,
        run: () => setLanguage(l.id),
      })),
      { id: "keys", icon: "keyboard", label: t("palette.keys"), run: onKeys },
    ],
  };
}
