// Pages of the second fake site. None has its lecture's name in its first title.

/** Runs in each page: `load(video, id)` plays a lecture. */
const PLAYER = `
const api = "https://api.scaler.com";
const config = async (id) => (await fetch(api + "/config?id=" + id, { credentials: "include" })).json();
async function load(video, id) {
  video.hls?.destroy();
  const c = await config(id);
  const withQuery = (u) => { u = new URL(u); if (u.host.startsWith("video")) for (const [k, v] of new URLSearchParams(c.query)) u.searchParams.set(k, v); return u.href; };
  const hls = video.hls = new Hls({
    enableWorker: false, maxBufferLength: 4, maxMaxBufferLength: 4, manifestLoadingMaxRetry: 0,
    xhrSetup: (x, u) => { x.withCredentials = true; x.open(u.includes("/playlist") ? c.method : "GET", withQuery(u), true); if (u.includes("/playlist")) x.setRequestHeader("X-Player", "1"); },
  });
  // Refused: the site is asked for a fresh address.
  hls.on("hlsError", (_, e) => { if (e.details === "manifestLoadError") setTimeout(() => load(video, id), 300); });
  hls.loadSource(c.url);
  hls.attachMedia(video);
  video.play().catch(() => {});
}
`;

const plays = {
  hls: (l) => `document.getElementById("go").onclick = () => load(document.querySelector("video"), "${l.id}");`,
  // An advertisement before and one after a while, in the same player.
  advert: (l) => `const v = document.querySelector("video");
document.getElementById("go").onclick = async () => {
  await load(v, "${l.advert}");
  v.onended = async () => { v.onended = null; await load(v, "${l.id}"); document.body.dataset.lecture = "1"; };
};
document.getElementById("ad").onclick = () => load(document.getElementById("second"), "${l.advert}");`,
  two: (l) => `document.getElementById("go").onclick = async () => { const [a, b] = document.querySelectorAll("video"); await load(a, "${l.id}"); await load(b, "${l.other}"); };`,
  // Renditions by turns, each by its own playlist.
  turns: (l) => `document.getElementById("go").onclick = async () => {
  for (const q of [1, 2, 0]) { const c = await (await fetch(api + "/config?id=${l.id}", { credentials: "include" })).json(); await fetch(c.url.replace("quality=0", "quality=" + q)); } };`,
  shared: (l) => `const w = new SharedWorker("/shared.js"); w.port.onmessage = () => { document.body.dataset.done = "1"; };
document.getElementById("go").onclick = () => w.port.postMessage("${l.id}");`,
};

export const sharedWorker = `onconnect = (e) => { const port = e.ports[0]; port.onmessage = async (m) => {
  const get = (u) => fetch(u, { credentials: "include" });
  const c = await (await get("https://api.scaler.com/config?id=" + m.data)).json();
  let text = await (await get(c.url)).text();
  const lines = () => text.split("\\n").filter((l) => l.startsWith("https:"));
  if (text.includes("STREAM-INF")) text = await (await get(lines()[0])).text();
  for (const u of lines().slice(0, 2)) await get(u);
  port.postMessage("done");
}; };`;

const html = (title, body, script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,"><script src="/hls.js"></script></head><body>${body}<script>${PLAYER}${script}</script>`;

export function lecturePage(l) {
  const videos = l.page === "two" || l.page === "advert" ? '<video muted width="300"></video><video id="second" muted width="300"></video>' : '<video muted width="300"></video>';
  // The name comes late: once in the title, once in a heading alone.
  const name = JSON.stringify(l.title);
  const named = l.heading ? `document.querySelector("main h1").textContent = ${name}` : `document.title = ${name} + " | Scaler"`;
  return html(
    l.heading ? "Scaler Academy" : "Loading...",
    `<header><h1>Scaler</h1></header><main><h1>${l.heading ? "…" : ""}</h1>${videos}<button id="go">go</button><button id="ad">ad</button></main>`,
    `${plays[l.page](l)} setTimeout(() => { ${named}; }, ${l.late ?? 50});`,
  );
}

/** Many lectures behind one address: what stands after "#" tells which. */
export function appPage(lectures) {
  const names = JSON.stringify(Object.fromEntries(lectures.map((l) => [l.id, l.title])));
  return html(
    "Scaler",
    `<nav>${lectures.map((l) => `<a id="to-${l.id}" href="#/lesson/${l.id}">${l.id}</a>`).join(" ")}</nav><main><h2></h2><video muted width="300"></video><button id="go">go</button></main>`,
    `const names = ${names}, v = document.querySelector("video");
const at = () => location.hash.split("/")[2];
const show = () => { v.hls?.destroy(); v.hls = null; v.removeAttribute("src"); v.load(); document.querySelector("h2").textContent = names[at()] ?? ""; };
addEventListener("hashchange", show); show();
document.getElementById("go").onclick = () => load(v, at());`,
  );
}
