// A fake Scaler: pages on www. and player.scaler.com, a CDN on media.scaler.com.
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { Front } from "./front.mjs";
import { Signer } from "./signing.mjs";
import { media } from "./media.mjs";
import { SITE_WORKER, appPage, embedPage, lecturePage, workerSitePage } from "./pages.mjs";

const HLS_JS = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");
const TYPES = {
  ".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mp4": "video/mp4",
  ".bin": "application/octet-stream",
};

/**
 * A lecture:
 *   id, title, folder (of media.mjs, or an absolute one), playlist ("master.m3u8", "stream_1/index.m3u8")
 *   player    hls | native | fetch | worker | frame | none
 *   auth      "query" (default), "cookie" (of the lecture's path alone), "none"
 *   seconds   for how long its signatures are good
 *   referer   the CDN answers to the site's own pages only
 *   bare      the playlist's name has no extension: only its Content-Type tells
 *   type      the playlists' Content-Type; one that tells nothing needs `bare` to be hard
 *   redirect  the site gives an address of its own that redirects to the CDN
 *   live      {shown, ended}: how many segments the playlist has so far
 *   level     the rendition that hls.js shall play
 */
export class Site extends Front {
  async start(dir) {
    this.dir = dir;
    this.root = await media();
    this.signer = new Signer();
    this.lectures = new Map();
    this.hits = [];
    this.hold = null; // tells by a segment's path what the CDN waits for before it gives it
    await this.listen(dir);
    return this;
  }

  add(lecture) {
    const l = { playlist: "master.m3u8", folder: "lecture", player: "hls", auth: "query", domain: "scaler.com", ...lecture };
    l.root = l.folder.startsWith("/") ? l.folder : join(this.root, l.folder);
    this.lectures.set(l.id, l);
    return `https://www.${l.domain}${l.path ?? `/academy/mentee-dashboard/class/${l.id}/session`}`;
  }

  // ---- requests ----

  answer(req, res) {
    const url = new URL(req.url, `https://${req.headers.host}`);
    const host = url.hostname;
    this.hits.push({ host, path: url.pathname, query: url.searchParams, cookie: req.headers.cookie ?? "", referer: req.headers.referer ?? "" });
    if (host.startsWith("media.")) this.cdn(req, res, url);
    else this.pages(req, res, url);
  }

  pages(req, res, url) {
    const path = url.pathname;
    const id = /(?:class|stream|embed|go|sw)\/([^/.]+)/.exec(path)?.[1];
    const lecture = this.lectures.get(id);
    if (path === "/lib/hls.js") return this.send(res, "text/javascript", readFileSync(HLS_JS));
    if (path === "/sw/worker.js") return this.send(res, "text/javascript", SITE_WORKER);
    if (path.startsWith("/app")) return this.send(res, "text/html", appPage([...this.lectures.values()].filter((l) => l.app)));
    if (!lecture) return this.send(res, "text/html", "<!doctype html><title>Scaler</title><link rel=icon href=data:,><h1>Scaler</h1>");
    if (path.startsWith("/api/stream/")) return this.stream(res, lecture);
    if (path.startsWith("/go/")) {
      res.writeHead(302, { Location: this.address(lecture, true), "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*" });
      return res.end();
    }
    if (path.startsWith("/embed/")) return this.send(res, "text/html", embedPage(lecture));
    if (path.startsWith("/sw/")) return this.send(res, "text/html", workerSitePage(lecture));
    return this.send(res, "text/html", lecturePage(lecture));
  }

  playlistName(l) {
    return l.bare ? l.playlist.replace(/\.m3u8$/, "") : l.playlist;
  }

  address(l, withQuery) {
    const url = new URL(`https://media.${l.domain}/${l.id}/${this.playlistName(l)}`);
    if (withQuery && l.auth === "query") for (const [k, v] of Object.entries(this.signer.make())) url.searchParams.set(k, v);
    return url.href;
  }

  /** What the site's own API gives to its player. */
  stream(res, l) {
    const values = this.signer.make(undefined, l.seconds);
    const headers = {};
    if (l.auth === "cookie")
      headers["Set-Cookie"] = Object.entries(values).map(
        ([k, v]) => `CloudFront-${k}=${v}; Domain=${l.domain}; Path=/${l.id}/; Secure; HttpOnly; SameSite=None`,
      );
    const url = l.redirect ? `https://www.${l.domain}/go/${l.id}${l.redirect === "named" ? ".m3u8" : ""}` : this.address(l, false);
    const query = l.auth === "query" && !l.redirect ? new URLSearchParams(values).toString() : "";
    this.send(res, "application/json", JSON.stringify({ url, query, cookies: l.auth === "cookie", level: l.level, buffer: l.buffer }), headers);
  }

  allowed(req, url, l) {
    if (l.referer && !/^https:\/\/(www|player)\.scaler\.com\//.test(req.headers.referer ?? "")) return false;
    if (l.auth === "none") return true;
    if (l.auth === "query") return this.signer.good(Object.fromEntries(url.searchParams));
    const cookies = {};
    for (const part of (req.headers.cookie ?? "").split(/;\s*/)) {
      const at = part.indexOf("=");
      if (part.startsWith("CloudFront-")) cookies[part.slice(11, at)] = part.slice(at + 1);
    }
    return this.signer.good(cookies);
  }

  async cdn(req, res, url) {
    const [, id, ...rest] = url.pathname.split("/");
    const l = this.lectures.get(id);
    const cors = {
      "Access-Control-Allow-Origin": req.headers.origin ?? "*", "Access-Control-Allow-Credentials": "true", "Cache-Control": "no-store", Vary: "Origin",
    };
    const refuse = (status) => res.writeHead(status, cors).end();
    if (!l) return refuse(404);
    if (!this.allowed(req, url, l)) return refuse(403);
    let name = normalize(rest.join("/"));
    if (l.bare && !extname(name)) name += ".m3u8";
    const file = join(l.root, name);
    if (name.startsWith("..") || !existsSync(file)) return refuse(404);
    if (name.endsWith(".m3u8")) {
      const text = this.playlist(l, readFileSync(file, "utf8"), url.search);
      return this.send(res, l.type ?? TYPES[".m3u8"], text, cors);
    }
    await this.hold?.(url.pathname);
    // What was asked before the signature ended may come after it: judged when it is given.
    if (!this.allowed(req, url, l)) return refuse(403);
    return this.send(res, TYPES[extname(name)] ?? "application/octet-stream", readFileSync(file), cors);
  }

  playlist(l, text, search) {
    const master = text.includes("#EXT-X-STREAM-INF");
    let out = text;
    if (l.live && !master) {
      let left = l.live.shown;
      const kept = [];
      for (const line of out.split("\n")) {
        if (line.startsWith("#EXT-X-ENDLIST") || line.startsWith("#EXT-X-PLAYLIST-TYPE")) continue;
        if (line.startsWith("#EXTINF") && left-- <= 0) break;
        kept.push(line);
      }
      out = `${kept.join("\n").trimEnd()}\n${l.live.ended ? "#EXT-X-ENDLIST\n" : ""}`;
    }
    if (l.bare) out = out.replace(/^(stream_\d+\/index)\.m3u8$/gm, "$1");
    // The browser's own player adds no query to what a playlist names.
    if ((l.player === "native" || l.redirect) && l.auth === "query")
      out = out.replace(/^[^#\s].*$/gm, (uri) => uri + search).replace(/URI="([^"]+)"/g, (_, uri) => `URI="${uri}${search}"`);
    return out;
  }
}
