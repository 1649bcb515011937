"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const el = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const time = (s) => {
    s = Math.max(0, Math.floor(s));
    const two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? h + ":" + two(m) + ":" + two(s % 60) : m + ":" + two(s % 60);
  };
  /* The last item of a list ordered by start (key 0) that began by t. */
  const at = (list, t, key) => {
    let lo = 0, hi = list.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (list[mid][key] <= t) lo = mid + 1; else hi = mid;
    }
    return lo - 1;
  };
  const remember = (k, v) => { try { localStorage.setItem(k, v); } catch (e) { /* file pages may have no storage */ } };
  const recall = (k) => { try { return localStorage.getItem(k); } catch (e) { return null; } };

  /* ---- light and dark ---- */
  const root = document.documentElement;
  const dark = recall("scaler-theme");
  root.classList.toggle("dark", dark ? dark === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const flip = () => remember("scaler-theme", root.classList.toggle("dark") ? "dark" : "light");
  $("theme").onclick = flip;

  /* ---- the stage: the video, or the slides when it is not there ---- */
  const screen = $("screen");
  let video = null, clock = 0, still = null;
  const slideUrl = (s) => "slides/" + encodeURIComponent(s.f);
  const showStill = (why) => {
    screen.textContent = "";
    still = el("img");
    still.alt = "";
    screen.append(still, el("p", "none", why));
    video = null;
    if (!data.slides.length) still.hidden = true;
    tick();
  };
  const now = () => (video ? video.currentTime : clock);
  const seek = (t, play) => {
    clock = Math.max(0, t);
    if (video) {
      video.currentTime = clock;
      if (play && video.paused) video.play().catch(() => {});
    }
    following = true;
    tick();
  };

  /* ---- transcript ---- */
  const page = { transcript: $("transcript"), notes: $("notes"), summary: $("summary"), cards: $("cards"), news: $("news") };
  const rows = [];
  let following = true, active = -1, spans = null, wordOn = -1, touched = 0;
  const words = (i) => {
    const u = data.said[i];
    const parts = u[2].split(/(\s+)/);
    return { parts, times: u[4] || [] };
  };
  const buildTranscript = () => {
    const frag = document.createDocumentFragment();
    let chapter = -1;
    data.said.forEach((u, i) => {
      const c = at(data.chapters, u[0] + 0.5, 0);
      if (c !== chapter && c >= 0) {
        chapter = c;
        frag.append(el("h3", "chap", data.chapters[c][2]));
      }
      const row = el("div", "u" + (u[3] & 1 ? " para" : "") + (u[3] & 2 ? " bad" : ""));
      const t = el("button", "t", time(u[0]));
      t.type = "button";
      t.tabIndex = -1;
      const p = el("p", "", u[2]);
      if (u[3] & 2) row.title = "The recogniser was not sure here: listen again.";
      row.append(t, p);
      row.dataset.i = i;
      rows.push(row);
      frag.append(row);
    });
    if (!data.said.length) frag.append(el("p", "empty", "There is no transcript."));
    page.transcript.append(frag);
  };
  /* Which word of the row a click fell on: seek to it, not only to the sentence. */
  const wordUnder = (i, x, y, p) => {
    const w = words(i);
    if (!w.times.length) return data.said[i][0];
    let node, off;
    if (document.caretPositionFromPoint) {
      const c = document.caretPositionFromPoint(x, y);
      if (!c) return data.said[i][0];
      node = c.offsetNode; off = c.offset;
    } else if (document.caretRangeFromPoint) {
      const r = document.caretRangeFromPoint(x, y);
      if (!r) return data.said[i][0];
      node = r.startContainer; off = r.startOffset;
    }
    if (!node || !p.contains(node)) return data.said[i][0];
    const range = document.createRange();
    range.setStart(p, 0);
    range.setEnd(node, off);
    const n = range.toString().split(/\s+/).filter(Boolean).length;
    return w.times[Math.min(Math.max(n - 1, 0), w.times.length - 1)];
  };
  page.transcript.addEventListener("click", (e) => {
    const row = e.target.closest(".u");
    if (!row || String(getSelection()).length) return;
    const i = +row.dataset.i;
    seek(e.target.tagName === "BUTTON" ? data.said[i][0] : wordUnder(i, e.clientX, e.clientY, row.querySelector("p")), true);
  });
  const activate = (i) => {
    if (active >= 0) {
      rows[active].classList.remove("on");
      rows[active].querySelector("p").textContent = data.said[active][2];
    }
    active = i;
    spans = null;
    wordOn = -1;
    if (i < 0) return;
    rows[i].classList.add("on");
    const w = words(i);
    if (w.times.length) {
      const p = rows[i].querySelector("p");
      p.textContent = "";
      spans = [];
      w.parts.forEach((s) => {
        if (!s.trim()) { p.append(s); return; }
        const span = el("span", "w", s);
        spans.push(span);
        p.append(span);
      });
    }
    if (following && current === "transcript") center(rows[i]);
  };
  const scroller = () => (matchMedia("(max-width:900px)").matches ? document.scrollingElement : $("pages"));
  const center = (row) => {
    touched = Date.now();
    const box = scroller(), r = row.getBoundingClientRect();
    /* On a narrow screen the stage stays on top of the page. */
    const narrow = box === document.scrollingElement;
    const top = narrow ? document.querySelector(".stage").offsetHeight : box.getBoundingClientRect().top;
    const h = narrow ? innerHeight - top : box.clientHeight;
    if (r.top - top < h * 0.2 || r.bottom - top > h * 0.7)
      box.scrollTo({ top: box.scrollTop + r.top - top - h * 0.38, behavior: matchMedia("(prefers-reduced-motion:reduce)").matches ? "auto" : "smooth" });
  };
  const stopFollowing = () => {
    if (Date.now() - touched > 900 && video && !video.paused && current === "transcript") {
      following = false;
      $("follow").hidden = false;
    }
  };
  ["wheel", "touchmove"].forEach((n) => $("pages").addEventListener(n, stopFollowing, { passive: true }));
  $("follow").onclick = () => {
    following = true;
    $("follow").hidden = true;
    if (active >= 0) center(rows[active]);
  };

  /* ---- slides, chapters, bar ---- */
  const visits = [];
  data.slides.forEach((s, i) => s.r.forEach((r) => visits.push([r[0], r[1], i])));
  visits.sort((a, b) => a[0] - b[0]);
  const slideAt = (t) => {
    const v = at(visits, t + 0.05, 0);
    return v < 0 ? -1 : visits[v][2];
  };
  const thumbs = [], marks = [], entries = [];
  let slideOn = -1, chapterOn = -1;
  const buildStage = () => {
    data.slides.forEach((s) => {
      const b = el("button", "thumb");
      b.type = "button";
      b.title = s.x.split("\n")[0];
      const img = el("img");
      img.loading = "lazy";
      img.alt = "Slide at " + time(s.t);
      img.src = slideUrl(s);
      b.append(img, el("span", "", time(s.t)));
      b.onclick = () => seek(s.t, false);
      b.ondblclick = () => enlarge(s);
      thumbs.push(b);
      $("strip").append(b);
    });
    const all = data.chapters.length ? data.chapters : [[0, data.duration, ""]];
    all.forEach((c) => {
      const b = el("button");
      b.type = "button";
      b.tabIndex = -1;
      b.title = time(c[0]) + "  " + c[2];
      b.style.flexGrow = Math.max(c[1] - c[0], 1);
      const fill = el("i");
      b.append(fill);
      b.onclick = (e) => {
        const r = b.getBoundingClientRect();
        seek(c[0] + (c[1] - c[0]) * ((e.clientX - r.left) / r.width), false);
      };
      marks.push([b, fill, c]);
      $("bar").append(b);
    });
    data.chapters.forEach((c) => {
      const li = el("li"), b = el("button");
      b.type = "button";
      b.append(el("time", "", time(c[0])), el("span", "", c[2]));
      b.onclick = () => seek(c[0], false);
      li.append(b);
      entries.push(b);
      $("chapters").append(li);
    });
    $("chapter").onclick = () => chapterOn >= 0 && seek(data.chapters[chapterOn][0], false);
  };
  const enlarge = (s) => {
    $("bigimg").src = slideUrl(s);
    $("bigimg").alt = "Slide at " + time(s.t);
    $("bigtext").textContent = s.d || "";
    $("big").showModal();
  };
  ["big", "keys"].forEach((d) => $(d).addEventListener("click", () => $(d).close()));
  $("help").onclick = () => $("keys").showModal();

  /* ---- one step of the clock ---- */
  function tick() {
    const t = now();
    const i = at(data.said, t + 0.05, 0);
    if (i !== active) activate(i);
    if (spans) {
      const times = data.said[active][4];
      let w = -1;
      for (let k = 0; k < times.length && times[k] <= t + 0.05; k++) w = k;
      if (w !== wordOn) {
        if (spans[wordOn]) spans[wordOn].classList.remove("on");
        if (spans[w]) spans[w].classList.add("on");
        wordOn = w;
      }
    }
    const s = slideAt(t);
    if (s !== slideOn) {
      if (thumbs[slideOn]) thumbs[slideOn].classList.remove("on");
      slideOn = s;
      if (thumbs[s]) {
        thumbs[s].classList.add("on");
        const strip = $("strip");
        strip.scrollLeft = thumbs[s].offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + 73;
      }
      if (still && data.slides[s]) still.src = slideUrl(data.slides[s]);
    }
    const c = at(data.chapters, t + 0.05, 0);
    if (c !== chapterOn) {
      if (entries[chapterOn]) entries[chapterOn].classList.remove("on");
      if (entries[c]) entries[c].classList.add("on");
      chapterOn = c;
      $("chapter").textContent = c >= 0 ? data.chapters[c][2] : "";
    }
    marks.forEach((m) => {
      const f = Math.min(Math.max((t - m[2][0]) / Math.max(m[2][1] - m[2][0], 0.1), 0), 1);
      m[1].style.transform = "scaleX(" + f.toFixed(3) + ")";
    });
    $("clock").textContent = time(t) + " / " + time(data.duration) + (video && video.playbackRate !== 1 ? "  ×" + video.playbackRate : "");
  }
  const run = () => {
    tick();
    if (video && !video.paused) requestAnimationFrame(run);
  };

  /* ---- tabs ---- */
  let current = "transcript";
  const tabs = [...$("tabs").children];
  const open = (name) => {
    current = name;
    tabs.forEach((b) => b.setAttribute("aria-selected", b.dataset.tab === name));
    Object.entries(page).forEach(([k, p]) => { p.hidden = k !== name; });
    $("pages").scrollTop = 0;
    $("follow").hidden = true;
    if (name === "transcript" && active >= 0) { following = true; center(rows[active]); }
    remember("scaler-tab", name);
  };
  tabs.forEach((b) => { b.onclick = () => open(b.dataset.tab); });

  /* ---- notes: links with a time seek ---- */
  document.querySelectorAll(".prose a").forEach((a) => {
    const m = /#t=(\d+)$/.exec(a.getAttribute("href") || "");
    if (m) { a.className = "t"; a.dataset.t = m[1]; } else { a.target = "_blank"; a.rel = "noopener noreferrer"; }
  });
  document.addEventListener("click", (e) => {
    const a = e.target.closest && e.target.closest("a.t");
    if (a) { e.preventDefault(); seek(+a.dataset.t, true); return; }
    if (e.target.tagName === "IMG" && e.target.closest(".prose, .from")) {
      const name = decodeURIComponent(e.target.getAttribute("src").replace(/^slides\//, ""));
      const s = data.slides.find((x) => x.f === name);
      if (s) enlarge(s);
    }
  });

  /* ---- cards ---- */
  const buildCards = () => {
    if (!data.cards.length) { page.cards.append(el("p", "empty", "There are no cards for this lecture.")); return; }
    const tools = el("div", "cardtools"), all = el("button", "", "Show all answers");
    all.type = "button";
    tools.append(el("span", "", data.cards.length + (data.cards.length === 1 ? " card" : " cards")), all);
    page.cards.append(tools);
    const made = data.cards.map((c) => {
      const box = el("div", "card"), q = el("button", "q", c.f), a = el("div", "a", c.b.replace(/^- /gm, "• "));
      q.type = "button";
      const from = el("div", "from");
      const s = data.slides.find((x) => x.f === c.s);
      if (s) {
        const img = el("img");
        img.loading = "lazy";
        img.src = "slides/" + encodeURIComponent(c.s);
        img.alt = "The slide shown then";
        from.append(img);
      }
      const t = el("a", "t", time(c.t));
      t.href = "#t=" + Math.floor(c.t);
      t.dataset.t = c.t;
      from.append(t);
      a.append(from);
      q.onclick = () => box.classList.toggle("open");
      box.append(q, a);
      page.cards.append(box);
      return box;
    });
    let shown = false;
    all.onclick = () => {
      shown = !shown;
      made.forEach((b) => b.classList.toggle("open", shown));
      all.textContent = shown ? "Hide all answers" : "Show all answers";
    };
  };

  /* ---- search ---- */
  const fold = (s) => s.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  let index = null, hitOn = -1;
  const buildIndex = () => {
    index = [];
    data.said.forEach((u, i) => index.push({ t: u[0], kind: "said", text: u[2], row: i }));
    data.slides.forEach((s) => index.push({ t: s.t, kind: "slide", text: (s.x + " " + (s.d || "")).replace(/\s+/g, " "), slide: s }));
    ["notes", "summary", "news"].forEach((k) => page[k].querySelectorAll("li, blockquote, p, pre, h2").forEach((n) => {
      if (n.parentElement.closest("li, blockquote")) return;
      const a = n.querySelector("a.t") || (n.nextElementSibling && n.nextElementSibling.querySelector("a.t"));
      index.push({ t: a ? +a.dataset.t : -1, kind: k === "news" ? "announcement" : k, text: n.textContent, node: n, tab: k });
    }));
    index.forEach((x) => { x.low = fold(x.text); });
  };
  const snippet = (hit, terms) => {
    const span = el("span"), low = hit.text.toLowerCase();
    let from = Math.max(0, Math.min(...terms.map((q) => { const p = low.indexOf(q); return p < 0 ? 1e9 : p; })));
    if (from > 1e8) from = 0;
    const start = Math.max(0, from - 40);
    let text = (start ? "…" : "") + hit.text.slice(start, start + 150) + (start + 150 < hit.text.length ? "…" : "");
    while (text) {
      let best = -1, len = 0;
      const l = text.toLowerCase();
      terms.forEach((q) => { const p = l.indexOf(q); if (p >= 0 && (best < 0 || p < best)) { best = p; len = q.length; } });
      if (best < 0) { span.append(text); break; }
      span.append(text.slice(0, best), el("mark", "", text.slice(best, best + len)));
      text = text.slice(best + len);
    }
    return span;
  };
  const hits = $("hits"), box = $("q");
  const go = (h) => {
    if (h.t >= 0) seek(h.t, false);
    if (h.kind === "said") open("transcript");
    else if (h.tab) { open(h.tab); h.node.scrollIntoView({ block: "center" }); }
    hits.hidden = true;
  };
  const search = () => {
    const terms = fold(box.value).split(/\s+/).filter(Boolean);
    hits.textContent = "";
    hitOn = -1;
    if (!terms.length) { hits.hidden = true; return; }
    if (!index) buildIndex();
    const found = index.filter((x) => terms.every((q) => x.low.includes(q)));
    hits.hidden = false;
    hits.append(el("p", "", found.length ? found.length + (found.length === 1 ? " place" : " places") : "Nothing found."));
    found.slice(0, 150).forEach((h) => {
      const b = el("button", "hit"), body = el("div");
      b.type = "button";
      const s = h.slide || data.slides[slideAt(h.t)];
      if (s && h.t >= 0) { const img = el("img"); img.loading = "lazy"; img.src = slideUrl(s); img.alt = ""; b.append(img); }
      const head = el("div");
      head.append(el("b", "", h.t >= 0 ? time(h.t) : ""), el("i", "", h.kind));
      body.append(head, snippet(h, terms));
      b.append(body);
      b.onclick = () => go(h);
      hits.append(b);
    });
  };
  let wait = 0;
  box.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(search, 90); });
  box.addEventListener("focus", () => { if (box.value.trim()) search(); });
  box.addEventListener("keydown", (e) => {
    const list = [...hits.querySelectorAll(".hit")];
    if (e.key === "Escape") { box.blur(); hits.hidden = true; }
    else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list[hitOn]) list[hitOn].classList.remove("on");
      hitOn = Math.min(Math.max(hitOn + (e.key === "ArrowDown" ? 1 : -1), 0), list.length - 1);
      if (list[hitOn]) { list[hitOn].classList.add("on"); list[hitOn].scrollIntoView({ block: "nearest" }); }
    } else if (e.key === "Enter" && list.length) list[Math.max(hitOn, 0)].click();
  });
  document.addEventListener("click", (e) => { if (!e.target.closest(".find")) hits.hidden = true; });

  /* ---- keys ---- */
  document.addEventListener("keydown", (e) => {
    if (e.target.tagName === "INPUT" || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    const key = e.key;
    if (e.target.tagName === "BUTTON" && (key === " " || key === "Enter")) return;
    if (e.target.tagName === "VIDEO" && (key === " " || key.startsWith("Arrow"))) return;
    const step = (list, k, d) => { const i = at(list, now() + 0.05, k) + d; if (list[i]) seek(list[i][k], false); };
    const rate = (d) => { if (video) { video.playbackRate = Math.min(3, Math.max(0.5, Math.round((video.playbackRate + d) * 4) / 4)); tick(); } };
    const does = {
      " ": () => video && (video.paused ? video.play().catch(() => {}) : video.pause()),
      k: () => does[" "](),
      ArrowLeft: () => seek(now() - 5), ArrowRight: () => seek(now() + 5),
      j: () => seek(now() - 10), l: () => seek(now() + 10),
      ",": () => step(data.said, 0, -1), ".": () => step(data.said, 0, 1),
      p: () => step(visits, 0, -1), n: () => step(visits, 0, 1),
      "<": () => rate(-0.25), ">": () => rate(0.25),
      "/": () => { box.focus(); box.select(); },
      f: () => { if (document.fullscreenElement) document.exitFullscreen(); else if (screen.requestFullscreen) screen.requestFullscreen(); },
      t: flip, "?": () => $("keys").showModal(),
      z: () => data.slides[slideOn] && enlarge(data.slides[slideOn]),
    };
    const tab = tabs.filter((b) => !b.hidden)[+key - 1];
    if (tab) open(tab.dataset.tab);
    else if (does[key]) does[key]();
    else return;
    e.preventDefault();
  });

  /* ---- start ---- */
  buildStage();
  buildTranscript();
  buildCards();
  const count = (name, n) => { if (n) tabs.find((b) => b.dataset.tab === name).append(el("sup", "", String(n))); };
  count("cards", data.cards.length);
  count("news", data.news);
  if (!data.notes) tabs.forEach((b) => { if (b.dataset.tab !== "transcript") b.hidden = true; });
  if (data.video) {
    video = el("video");
    video.controls = true;
    video.preload = "metadata";
    video.src = data.video;
    video.addEventListener("play", run);
    ["timeupdate", "seeked", "ratechange", "loadedmetadata"].forEach((n) => video.addEventListener(n, tick));
    video.addEventListener("error", () => showStill("The video is not where it was (" + decodeURIComponent(data.video) + "). Slides, transcript and notes work without it."));
    screen.append(video);
  } else {
    showStill("There is no video with this lecture.");
  }
  const asked = /[#&]tab=(\w+)/.exec(location.hash);
  const wanted = asked ? asked[1] : recall("scaler-tab");
  open(page[wanted] && data.notes ? wanted : data.said.length ? "transcript" : data.notes ? "notes" : "transcript");
  const start = /[#&]t=([\d.]+)/.exec(location.hash);
  if (start) {
    if (video) video.addEventListener("loadedmetadata", () => seek(+start[1], false), { once: true });
    clock = +start[1];
  }
  tick();
  /* For tests: the same page driven from outside. */
  window.scalerViewer = { seek, open, now };
})();
