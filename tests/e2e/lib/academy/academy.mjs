// A second fake site, built otherwise than the first on purpose: an app on learn., playlists that
// only a query names on api., segments without an extension on video-7.scaler.com.
//
//   https://api.scaler.com/playlist?id=ID[&quality=N][&sound=1]
//   https://video-7.scaler.com/s/ID/N/0007      or, `numbered`, /c/ID/stream_N/data000007.ts
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { media } from "../site/media.mjs";
import { Front } from "../site/front.mjs";
import { Signer } from "../site/signing.mjs";
import { appPage, lecturePage, sharedWorker } from "./pages.mjs";

const HLS_JS = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");
const API = "https://api.scaler.com", VIDEO = "https://video-7.scaler.com";
const TYPE = "application/x-mpegURL";

/**
 * A lecture:
 *   id, title   folder: of media.mjs ("lecture"), `single`: that rendition's playlist alone
 *   signed      "playlist": its query, segments are free; "each": every address for itself;
 *               "cookie": for all hosts; "segments": those alone; "no"
 *   method      POST: its playlist is given to no GET; token: ... only with a header of the page's
 *   refuse      how many requests for playlists are refused at first
 *   first       seconds of the lecture that it has: an advertisement
 *   page        how it is played (pages.mjs)
 */
export class Academy extends Front {
  async start(dir) {
    this.root = await media();
    this.signer = new Signer();
    this.lectures = new Map();
    this.hits = [];
    await this.listen(dir);
    return this;
  }

  add(lecture) {
    const l = { folder: "lecture", signed: "playlist", page: "hls", method: "GET", refuse: 0, ...lecture };
    this.lectures.set(l.id, l);
    return `https://learn.scaler.com/courses/dsa/${l.id}`;
  }

  /** Requests of the service for a lecture's segments: which renditions they were of. */
  fetched(id) {
    const own = this.hits.filter((h) => h.path.startsWith(`/s/${id}/`) && !h.browser);
    return new Set(own.map((h) => h.path.split("/")[3]));
  }

  answer(req, res) {
    const url = new URL(req.url, `https://${req.headers.host}`);
    this.hits.push({ host: url.hostname, path: url.pathname, browser: /Chrom/.test(req.headers["user-agent"] ?? "") });
    const cors = {
      "Access-Control-Allow-Origin": req.headers.origin ?? "*", "Access-Control-Allow-Credentials": "true",
      "Access-Control-Allow-Headers": "x-player", Vary: "Origin",
    };
    if (req.method === "OPTIONS") return res.writeHead(204, cors).end();
    if (url.hostname === "api.scaler.com") return this.api(req, res, url, cors);
    if (url.hostname === "video-7.scaler.com") return this.video(req, res, url, cors);
    return this.pages(res, url);
  }

  pages(res, url) {
    if (url.pathname === "/hls.js") return this.send(res, "text/javascript", readFileSync(HLS_JS));
    if (url.pathname === "/shared.js") return this.send(res, "text/javascript", sharedWorker);
    if (url.pathname === "/app") return this.send(res, "text/html", appPage([...this.lectures.values()].filter((l) => l.app)));
    const l = this.lectures.get(url.pathname.split("/").pop());
    if (!l) return this.send(res, "text/html", "<!doctype html><title>Learn</title><link rel=icon href=data:,>");
    // Some pages are kept by the browser for "back", and some never end.
    const headers = { "Content-Type": "text/html", ...(l.kept ? {} : { "Cache-Control": "no-store" }) };
    res.writeHead(200, headers);
    res.write(lecturePage(l, this.lectures));
    if (!l.endless) res.end();
    return undefined;
  }

  api(req, res, url, cors) {
    const l = this.lectures.get(url.searchParams.get("id"));
    if (!l) return res.writeHead(404, cors).end();
    if (url.pathname === "/config") {
      const headers = { ...cors };
      const values = this.signer.make("https://*.scaler.com/*");
      if (l.signed === "cookie")
        headers["Set-Cookie"] = Object.entries(values).map(([k, v]) => `CloudFront-${k}=${v}; Domain=scaler.com; Path=/; Secure; SameSite=None`);
      const address = new URL(`${API}/playlist?id=${l.id}${l.single === undefined ? "" : `&quality=${l.single}`}`);
      if (l.signed === "playlist" || l.signed === "each") this.sign(address, l.refuse > 0);
      const query = l.signed === "segments" ? new URLSearchParams(values).toString() : "";
      return this.send(res, "application/json", JSON.stringify({ url: address.href, method: l.method, query, title: l.title }), headers);
    }
    if (l.refuse-- > 0) return res.writeHead(403, cors).end();
    if (req.method !== l.method || (l.token && !req.headers["x-player"])) return res.writeHead(req.method === l.method ? 401 : 405, cors).end();
    if (["playlist", "each"].includes(l.signed) && !this.opens(url, Object.fromEntries(url.searchParams))) return res.writeHead(403, cors).end();
    if (l.signed === "cookie" && !this.cookies(req)) return res.writeHead(403, cors).end();
    return this.send(res, TYPE, this.playlist(l, url), cors);
  }

  /** Signed for this address alone. */
  sign(url, wrongly = false) {
    const values = this.signer.make(url.href);
    if (wrongly) values.Signature = `x${values.Signature.slice(1)}`;
    for (const [k, v] of Object.entries(values)) url.searchParams.set(k, v);
    return url;
  }

  opens(url, values) {
    const bare = new URL(url);
    for (const k of ["Policy", "Signature", "Key-Pair-Id"]) bare.searchParams.delete(k);
    return this.signer.good(values) && this.signer.resource(values.Policy) === bare.href;
  }

  cookies(req) {
    const found = [...(req.headers.cookie ?? "").matchAll(/CloudFront-([\w-]+)=([^;]*)/g)].map((m) => [m[1], m[2]]);
    return this.signer.good(Object.fromEntries(found));
  }

  files(l, quality) {
    const dir = l.folder === "fmp4" ? join(this.root, "fmp4", quality === "sound" ? "audio" : "video") : join(this.root, l.folder, `stream_${quality}`);
    const lines = readFileSync(join(dir, "index.m3u8"), "utf8").split("\n");
    return { dir, init: l.folder === "fmp4", names: lines.filter((t) => /\.(ts|m4s)$/.test(t)), lengths: lines.filter((t) => t.startsWith("#EXTINF")) };
  }

  playlist(l, url) {
    const signed = (address) => (l.signed === "each" || (l.signed === "playlist" && address.includes("/playlist")) ? this.sign(new URL(address)).href : address);
    const own = (more) => signed(`${API}/playlist?id=${l.id}&${more}`);
    const quality = url.searchParams.get("quality");
    if (url.searchParams.has("sound")) return this.media(l, "sound", signed);
    if (quality !== null) return this.media(l, quality, signed);
    if (l.folder === "fmp4")
      return `#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="en",DEFAULT=YES,URI="${own("sound=1")}"\n` +
        `#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x180,CODECS="avc1.42c015,mp4a.40.2",AUDIO="s"\n${own("quality=0")}\n`;
    // The best is in the middle, and says its size only.
    return `#EXTM3U\n${[0, 2, 1].map((n) => `#EXT-X-STREAM-INF:BANDWIDTH=${150000 * (n + 1)},RESOLUTION=${320 + 160 * n}x${180 + 90 * n}\n${own(`quality=${n}`)}\n`).join("")}`;
  }

  media(l, quality, signed) {
    const { init, lengths } = this.files(l, quality);
    const count = l.first ? l.first / 2 : lengths.length;
    const address = (n) => signed(l.numbered ? `${VIDEO}/c/${l.id}/stream_${quality}/data${String(n).padStart(6, "0")}.ts` : `${VIDEO}/s/${l.id}/${quality}/${String(n).padStart(4, "0")}`);
    const map = init ? `#EXT-X-MAP:URI="${signed(`${VIDEO}/s/${l.id}/${quality}/init`)}"\n` : "";
    return `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n${map}${lengths.slice(0, count).map((length, n) => `${length}\n${address(n)}\n`).join("")}#EXT-X-ENDLIST\n`;
  }

  video(req, res, url, cors) {
    const [, kind, id, rendition, name] = url.pathname.split("/");
    const l = this.lectures.get(id);
    const n = kind === "c" ? Number(/^data(\d{6})\.ts$/.exec(name)?.[1] ?? NaN) : name === "init" ? -1 : Number(name);
    const { dir, names } = l ? this.files(l, rendition.replace("stream_", "")) : { names: [] };
    const file = n === -1 ? "init.mp4" : names[n];
    if (!file) return res.writeHead(403, cors).end();
    if (l.signed === "each" && !this.opens(url, Object.fromEntries(url.searchParams))) return res.writeHead(403, cors).end();
    if (l.signed === "segments" && !this.signer.good(Object.fromEntries(url.searchParams))) return res.writeHead(403, cors).end();
    if (l.signed === "cookie" && !this.cookies(req)) return res.writeHead(403, cors).end();
    return this.send(res, "application/octet-stream", readFileSync(join(dir, file)), cors);
  }
}
