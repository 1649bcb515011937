/** Words in the browser's language: English and Hindi. */

export function text(name: string, ...values: (string | number)[]): string {
  return chrome.i18n.getMessage(name, values.map(String)) || name;
}

/** Fills what an HTML file marks with data-text, data-label, data-placeholder. */
export function translate(root: ParentNode): void {
  for (const e of root.querySelectorAll<HTMLElement>("[data-text]"))
    e.textContent = text(e.dataset.text ?? "");
  for (const e of root.querySelectorAll<HTMLElement>("[data-label]"))
    e.setAttribute("aria-label", text(e.dataset.label ?? ""));
  for (const e of root.querySelectorAll<HTMLInputElement>("[data-placeholder]"))
    e.placeholder = text(e.dataset.placeholder ?? "");
  document.documentElement.lang = chrome.i18n.getUILanguage().startsWith("hi") ? "hi" : "en";
}
