// Anki's text import: header lines, then a note per line (docs.ankiweb.net, "Text Files").
// The guid column makes a later import update the same notes instead of doubling them.
import type { Card } from "../../api/model";
import { formatTime } from "../../lib/format";

const html = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\n", "<br>")
    .replaceAll("\t", " ");
// A field that begins with a quotation mark would be read as a quoted one.
const field = (text: string) => (/["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const tag = (text: string) => text.trim().replace(/[\s"]+/g, "_");

export function ankiText(title: string, lecture: string, cards: Card[], address: string): string {
  const lines = cards.map((c) =>
    [
      field(`scaler-${lecture}-${c.id}`),
      field(html(c.front)),
      field(
        `${html(c.back)}<br><br><a href="${html(`${address}/lecture/${encodeURIComponent(lecture)}?t=${Math.floor(c.start)}`)}">${html(title)}, ${formatTime(c.start)}</a>`,
      ),
      field(`scaler ${tag(c.kind)}`),
    ].join("\t"),
  );
  return [
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#tags column:4",
    "#notetype:Basic",
    `#deck:Scaler::${title.replaceAll("::", ":").replaceAll("\n", " ")}`,
    ...lines,
    "",
  ].join("\n");
}
