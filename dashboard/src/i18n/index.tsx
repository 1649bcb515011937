// Strings by typed keys. English is in the first load, Hindi comes when it is chosen.
import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useState,
} from "react";
import { speakUnits } from "../lib/format";
import { en } from "./en";
import { plainly, type Speaker } from "./said";

/** A text, or one per number ("one", "other"). `{name}` is filled in. */
export type Message = string | { one: string; other: string };
export type Key = keyof typeof en;
export type Dictionary = Record<Key, Message>;
export type Language = "en" | "hi";
export type Values = Record<string, string | number>;
export type Translate = (key: Key, values?: Values) => string;

export const LANGUAGES: { id: Language; name: string }[] = [
  { id: "en", name: "English" },
  { id: "hi", name: "हिन्दी" },
];

const STORE = "scaler.language";
const FORMATS: Record<Language, string> = { en: "en-IN", hi: "hi-IN" };

export function translate(dictionary: Dictionary, language: Language, key: Key, values: Values = {}): string {
  const found = dictionary[key] ?? en[key];
  const text =
    typeof found === "string"
      ? found
      : new Intl.PluralRules(language).select(Number(values.n)) === "one"
        ? found.one
        : found.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

interface I18n extends Speaker {
  language: Language;
  locale: string;
  setLanguage: (language: Language) => void;
  t: Translate;
}

const Context = createContext<I18n | null>(null);

function firstLanguage(): Language {
  const kept = localStorage.getItem(STORE);
  if (kept === "en" || kept === "hi") return kept;
  return navigator.language.toLowerCase().startsWith("hi") ? "hi" : "en";
}

interface Loaded {
  language: Language;
  dictionary: Dictionary;
  speaker: Speaker;
}
const ENGLISH: Loaded = { language: "en", dictionary: en, speaker: plainly };

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState<Language>(firstLanguage);
  const [loaded, setLoaded] = useState<Loaded>(ENGLISH);
  useEffect(() => {
    if (language === "en") {
      setLoaded(ENGLISH);
      return;
    }
    let alive = true;
    import("./hi").then((m) => alive && setLoaded({ language, dictionary: m.hi, speaker: m.speaker }));
    return () => {
      alive = false;
    };
  }, [language]);
  // In the same frame as the words: a screen reader must not read them in another language.
  useLayoutEffect(() => {
    document.documentElement.lang = loaded.language;
  }, [loaded]);
  const setLanguage = useCallback((next: Language) => {
    localStorage.setItem(STORE, next);
    choose(next);
  }, []);
  const value = useMemo<I18n>(() => {
    speakUnits(loaded.language);
    return {
      language,
      locale: FORMATS[language],
      setLanguage,
      t: (key, values) => translate(loaded.dictionary, loaded.language, key, values),
      ...loaded.speaker,
    };
  }, [language, loaded, setLanguage]);
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = use(Context);
  if (!value) throw new Error("no I18nProvider above");
  return value;
}

export const useT = (): Translate => useI18n().t;
