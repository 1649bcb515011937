// Runs before the first paint, so that a chosen theme or language never flashes in.
(() => {
  try {
    const root = document.documentElement;
    const theme = localStorage.getItem("scaler.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    const language = localStorage.getItem("scaler.language");
    if (language) root.lang = language;
  } catch {}
})();
