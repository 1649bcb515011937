// The service marks what was found: `<mark>` around it, "<" and "&" escaped. It is made
// into text and marks again here, never into HTML.
export interface Piece {
  text: string;
  found: boolean;
}

const plain = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&amp;", "&");

export function pieces(html: string): Piece[] {
  const list: Piece[] = [];
  let found = false;
  for (const part of html.split(/(<mark>|<\/mark>)/)) {
    if (part === "<mark>") found = true;
    else if (part === "</mark>") found = false;
    else if (part) list.push({ text: plain(part), found });
  }
  return list;
}
