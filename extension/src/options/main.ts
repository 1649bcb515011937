/** The options page: backend, pairing, what follows a download, other sites, keys. */
import { el } from "../popup/dom";
import { ask } from "../shared/ask";
import { backend, Refused } from "../shared/backend";
import { text, translate } from "../shared/i18n";
import { backendAddress, readKey, readSettings, saveKey, saveSettings } from "../shared/settings";

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

function status(id: string, sentence: string, tone: "good" | "wrong" | "" = ""): void {
  const e = byId(id);
  e.textContent = sentence;
  e.dataset.tone = tone;
}

function onSubmit(id: string, does: () => Promise<void>): void {
  byId<HTMLFormElement>(id).addEventListener("submit", (e) => {
    e.preventDefault();
    void does();
  });
}

// ---- backend ----

async function showBackend(): Promise<void> {
  const settings = await readSettings();
  byId<HTMLInputElement>("backend").value = settings.backend;
  byId<HTMLAnchorElement>("dashboard").href = `${settings.backend}/settings?extension=${chrome.runtime.id}`;
  try {
    const health = await backend.health();
    status("backend-status", text("connected", health.version), "good");
  } catch (e) {
    if (e instanceof Refused) status("backend-status", e.message, "wrong");
    else status("backend-status", text("notConnected"), "wrong");
  }
  await showPairing();
}

async function saveBackend(): Promise<void> {
  const address = backendAddress(byId<HTMLInputElement>("backend").value);
  if (!address) return status("backend-status", text("backendWrong"), "wrong");
  if (!address.startsWith("http://localhost")) {
    const granted = await chrome.permissions.request({ origins: [`${address}/*`] });
    if (!granted) return status("backend-status", text("notAllowed"), "wrong");
  }
  await saveSettings({ backend: address });
  await showBackend();
}

// ---- pairing ----

async function showPairing(): Promise<void> {
  const { backend: base } = await readSettings();
  const paired = (await readKey(base)) !== null;
  byId("unpair").hidden = !paired;
  status("pair-status", paired ? text("paired") : "", paired ? "good" : "");
}

async function pair(): Promise<void> {
  const input = byId<HTMLInputElement>("code");
  const code = input.value.replace(/\s/g, "");
  if (!/^\d{4,12}$/.test(code)) return status("pair-status", text("codeWrong"), "wrong");
  const answer = await ask({ type: "pair", code });
  if (answer.ok) {
    input.value = "";
    await showPairing();
  } else
    status(
      "pair-status",
      answer.offline ? text("notConnected") : (answer.error ?? text("errorUnknown")),
      "wrong",
    );
}

// ---- sites ----

async function showSites(): Promise<void> {
  const { origins } = await chrome.permissions.getAll();
  const fixed = chrome.runtime.getManifest().host_permissions ?? [];
  const added = (origins ?? []).filter((o) => !fixed.includes(o));
  byId("sites").replaceChildren(
    el("li", {}, "*.scaler.com"),
    ...added.map((origin) => {
      const a = el("a", { href: "#" }, text("remove"));
      a.addEventListener("click", (e) => {
        e.preventDefault();
        void chrome.permissions.remove({ origins: [origin] }).then(showSites);
      });
      return el("li", {}, origin.replace(/^https?:\/\//, "").replace(/\/\*$/, ""), a);
    }),
  );
}

async function addSite(): Promise<void> {
  const input = byId<HTMLInputElement>("site");
  const origin = siteOrigin(input.value);
  if (!origin) return status("site-status", text("siteWrong"), "wrong");
  const granted = await chrome.permissions.request({ origins: [origin] });
  status("site-status", granted ? "" : text("notAllowed"), granted ? "" : "wrong");
  if (granted) input.value = "";
  await showSites();
}

/** "video.example.com", "*.example.com" or a page's address as a pattern; never all sites. */
function siteOrigin(typed: string): string | null {
  const t = typed
    .trim()
    .replace(/^https:\/\//i, "")
    .replace(/\/.*$/, "")
    .toLowerCase();
  return /^(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]*(:\d+)?$/.test(t) ? `https://${t}/*` : null;
}

// ---- the rest ----

async function showKeys(): Promise<void> {
  const commands = await chrome.commands.getAll();
  byId("keys").replaceChildren(
    ...commands.flatMap((c) => [
      el("dt", {}, c.name === "_execute_action" ? text("keyOpen") : (c.description ?? "")),
      el("dd", {}, c.shortcut || text("keyNone")),
    ]),
  );
}

async function bindChecks(): Promise<void> {
  const settings = await readSettings();
  for (const name of ["process", "notify"] as const) {
    const box = byId<HTMLInputElement>(name);
    box.checked = settings[name];
    box.addEventListener("change", () => void saveSettings({ [name]: box.checked }));
  }
}

async function main(): Promise<void> {
  translate(document);
  byId("about").textContent = text("about_version", chrome.runtime.getManifest().version);
  onSubmit("backend-form", saveBackend);
  onSubmit("pair-form", pair);
  onSubmit("site-form", addSite);
  byId("unpair").addEventListener("click", (e) => {
    e.preventDefault();
    void readSettings()
      .then((s) => saveKey(s.backend, null))
      .then(showPairing);
  });
  byId("shortcuts").addEventListener("click", (e) => {
    e.preventDefault();
    void chrome.tabs.create({ url: "chrome://extensions/shortcuts" });
  });
  chrome.storage.onChanged.addListener((_, area) => {
    if (area === "local") void showPairing();
  });
  await Promise.all([bindChecks(), showSites(), showKeys(), showBackend()]);
  if (location.hash === "#pair") byId("code").focus();
}

void main();
