// Small comforts. Everything works without this file.
(() => {
  "use strict";

  // A form is sent once; its button says that it is busy.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    forget(form);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // Relative times, refreshed once a minute, in the words of the page's language.
  const lang = document.documentElement.lang;
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "always", style: "long" });
  const say = (minutes) => {
    const size = Math.abs(minutes);
    if (size >= 2880) return format.format(Math.trunc(minutes / 1440), "day");
    if (size >= 60) return format.format(Math.trunc(minutes / 60), "hour");
    return format.format(Math.trunc(minutes), "minute");
  };
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-deadline]")) {
      const relative = time.parentElement.querySelector("[data-relative]");
      if (relative) relative.textContent = say((new Date(time.dateTime) - Date.now()) / 60000);
    }
  }, 60000);

  // How many characters are left.
  for (const box of document.querySelectorAll("textarea[maxlength]")) {
    const counter = document.createElement("span");
    counter.className = "counter";
    counter.setAttribute("aria-live", "polite");
    const tell = () => { counter.textContent = `${box.value.length} / ${box.maxLength}`; };
    box.insertAdjacentElement("afterend", counter);
    box.addEventListener("input", tell);
    tell();
  }

  // What was typed survives an error, an expired session and the back button.
  const key = (box) => `draft:${location.pathname}:${box.name}`;
  for (const box of document.querySelectorAll("textarea[name]")) {
    try {
      const kept = localStorage.getItem(key(box));
      if (kept && !box.value) { box.value = kept; box.dispatchEvent(new Event("input")); }
      box.addEventListener("input", () => localStorage.setItem(key(box), box.value));
    } catch { /* no storage: nothing is kept */ }
  }
  function forget(form) {
    for (const box of form.querySelectorAll("textarea[name]")) {
      try { localStorage.removeItem(key(box)); } catch { /* no storage */ }
    }
  }

  // Copy a case number.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.setAttribute("data-copied", "");
  });

  // The summary of errors takes the focus.
  document.querySelector(".error-summary")?.focus();
})();
