// Shortcuts for people who answer cases all day. Everything works without this file, by Tab and Enter as well.
(() => {
  "use strict";
  const help = document.getElementById("keys");
  if (!help) return;
  const store = (act) => { try { return act(); } catch { return null; } };
  const isOn = () => store(() => localStorage.getItem("keys")) !== "off";

  // Single keys can be switched off (WCAG 2.1.4); "?" still opens the list, where they are switched on again.
  const box = help.querySelector("[data-keys-on]");
  box.checked = isOn();
  box.addEventListener("change", () => store(() => localStorage.setItem("keys", box.checked ? "on" : "off")));
  for (const button of document.querySelectorAll("[data-opens=keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  help.addEventListener("click", (event) => { if (event.target === help) help.close(); });

  // Rows of a queue: the one with the focus is the one that keys are about.
  const links = () => [...document.querySelectorAll("[data-row] a.main")];
  const row = () => document.activeElement?.closest("[data-row]");
  const step = (by) => {
    const all = links();
    const at = all.indexOf(row()?.querySelector("a.main"));
    all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };
  const target = (key) => {
    if (document.querySelector("[data-row]")) return row()?.querySelector(`[data-key="${key}"]`);
    return document.querySelector(`[data-key="${key}"]`);
  };
  const press = (element) => {
    if (!element) return false;
    if (element.matches("input, textarea, select")) element.focus(); else element.click();
    return true;
  };
  const keys = {
    j: () => { step(1); return links().length > 0; },
    k: () => { step(-1); return links().length > 0; },
    o: () => press(row()?.querySelector("a.main")),
    r: () => press(document.getElementById("body")),
    "/": () => press(document.getElementById("q")),
  };
  const typing = (element) => element.isContentEditable
    || element.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open || typing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); help.showModal(); return; }
    if (!isOn()) return;
    const key = event.key.toLowerCase();
    const done = Object.hasOwn(keys, key) ? keys[key]() : /^[a-z]$/.test(key) && press(target(key));
    if (done) event.preventDefault();
  });
})();
