// The pages of the fake Scaler site. Each plays a lecture as one kind of player would.

const escape = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** What every page has; `script` runs in it. */
function page(title, script, body = "") {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<link rel="icon" href="data:,"></head><body><h1>${escape(title.split(" | ")[0])}</h1>${body}
<video id="video" muted playsinline width="320"></video><button id="play">Play</button>
<script src="/lib/hls.js"></script><script>${script}</script></body></html>`;
}

// Shared by the players. `signed` adds the query that the site gave to every address of the CDN.
const COMMON = `
const video = document.getElementById("video");
const stream = async (id) => (await fetch("/api/stream/" + id)).json();
const signed = (url, query) => {
  const u = new URL(url);
  if (query && u.hostname.startsWith("media.")) for (const [k, v] of new URLSearchParams(query)) u.searchParams.set(k, v);
  return u.href;
};
let hls;
async function start(id) {
  const s = await stream(id);
  stop();
  hls = new Hls({
    startLevel: s.level ?? -1, enableWorker: false, maxBufferLength: s.buffer ?? 6, maxMaxBufferLength: s.buffer ?? 6,
    xhrSetup: (xhr, url) => { xhr.withCredentials = s.cookies; xhr.open("GET", signed(url, s.query), true); },
  });
  hls.loadSource(s.url);
  hls.attachMedia(video);
  video.play().catch(() => {});
}
function stop() { hls?.destroy(); hls = null; video.removeAttribute("src"); video.load(); }
`;

const PLAYERS = {
  hls: (id) => `${COMMON} document.getElementById("play").onclick = () => start(${JSON.stringify(id)});`,
  native: (id) => `${COMMON} document.getElementById("play").onclick = async () => {
    const s = await stream(${JSON.stringify(id)});
    if (s.cookies) video.crossOrigin = "use-credentials";
    video.src = signed(s.url, s.query); video.play().catch(() => {}); };`,
  // hls.js's place taken by a player of the site's own, which uses fetch().
  fetch: (id) => `${COMMON} document.getElementById("play").onclick = async () => {
    const s = await stream(${JSON.stringify(id)});
    const get = async (u) => fetch(signed(u, s.query), { credentials: s.cookies ? "include" : "omit" });
    const text = await (await get(s.url)).text();
    const uris = text.split("\\n").filter((l) => l && !l.startsWith("#"));
    for (const uri of uris.slice(0, 3)) await get(new URL(uri, s.url)); };`,
  // The same inside a worker made from a blob.
  worker: (id) => `${COMMON} document.getElementById("play").onclick = async () => {
    const s = await stream(${JSON.stringify(id)});
    const code = \`onmessage = async (e) => { const s = e.data;
      const sign = (u) => { u = new URL(u); for (const [k, v] of new URLSearchParams(s.query ?? "")) u.searchParams.set(k, v); return u; };
      const get = (u) => fetch(sign(u), { credentials: s.cookies ? "include" : "omit" });
      const text = await (await get(s.url)).text();
      for (const uri of text.split("\\\\n").filter((l) => l && !l.startsWith("#")).slice(0, 3)) await get(new URL(uri, s.url)); };\`;
    new Worker(URL.createObjectURL(new Blob([code]))).postMessage(s); };`,
  none: () => "",
};

export function lecturePage(lecture) {
  if (lecture.player === "frame")
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(lecture.title)} | Scaler</title>
<link rel="icon" href="data:,"></head><body><h1>${escape(lecture.title)}</h1>
<iframe src="https://player.scaler.com/embed/${lecture.id}" width="400" height="300" allow="autoplay"></iframe></body></html>`;
  return page(`${lecture.title} | Scaler`, (PLAYERS[lecture.player] ?? PLAYERS.hls)(lecture.id));
}

export function embedPage(lecture) {
  return page("player", PLAYERS.hls(lecture.id));
}

/** One page for many lectures: links change the address without loading anything. */
export function appPage(lectures) {
  const list = lectures.map((l) => `<a id="to-${l.id}" href="/app/class/${l.id}/session">${escape(l.title)}</a>`).join(" ");
  return page(
    "Home | Scaler",
    `${COMMON}
const titles = ${JSON.stringify(Object.fromEntries(lectures.map((l) => [l.id, l.title])))};
let at = null;
function show() {
  stop();
  at = /class\\/([^/]+)/.exec(location.pathname)?.[1] ?? null;
  document.title = at ? titles[at] + " | Scaler" : "Home | Scaler";
  document.querySelector("h1").textContent = at ? titles[at] : "Home";
}
document.addEventListener("click", (e) => {
  const a = e.target.closest("a");
  if (!a) return;
  e.preventDefault();
  history.pushState({}, "", a.href);
  if (!a.dataset.tab) show();
});
addEventListener("popstate", show);
document.getElementById("play").onclick = () => at && start(at);
show();`,
    `<nav><a id="home" href="/app/home">Home</a> <a id="notes" data-tab="1" href="?tab=notes">Notes</a> ${list}</nav>`,
  );
}

/** A site whose service worker makes every request of its pages itself. */
export function workerSitePage(lecture) {
  return page(
    `${lecture.title} | Scaler`,
    `${PLAYERS.hls(lecture.id)}
navigator.serviceWorker.register("/sw/worker.js", { scope: "/sw/" }).then(() => navigator.serviceWorker.ready)
  .then(() => { if (!navigator.serviceWorker.controller) location.reload(); else document.body.dataset.ready = "1"; });`,
  );
}

export const SITE_WORKER = `
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (e) => e.respondWith(fetch(e.request)));
`;
