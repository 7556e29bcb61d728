// Small comforts. Everything works without this file.
(() => {
  "use strict";
  const words = document.getElementById("script-words")?.dataset ?? {};
  const fill = (pattern, values) => (pattern ?? "").replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const region = document.getElementById("say");
  const say = (text) => { if (region) region.textContent = text; };

  // A form is sent once; its button says that it is busy.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    if (form.hasAttribute("data-forget")) forgetAll(); else remember(form);
  });
  const rest = (root) => {
    for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of root.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", () => rest(document));

  // Relative times: at most once a minute, in the very words the server uses. Said aloud only at 24 h, 1 h, 10 min.
  const span = (minutes) => {
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (!days) return hours ? fill(words.hours, { hours, minutes: rest }) : fill(words.minutes, { minutes });
    const said = fill(days === 1 ? words.day : words.days, { count: days });
    return hours ? fill(words.daysHours, { days: said, hours }) : said;
  };
  const left = (time) => {
    const minutes = (new Date(time.dateTime) - Date.now()) / 60000;
    return [minutes, fill(minutes > 0 ? words.ahead : words.ago, { span: span(Math.floor(Math.abs(minutes))) })];
  };
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-deadline]")) {
      const relative = time.parentElement.querySelector("[data-relative]");
      const [minutes, text] = left(time);
      if (relative && words.ahead) relative.textContent = text;
      if ([1440, 60, 10].some((mark) => minutes <= mark && minutes > mark - 1)) say(fill(words.deadline, { left: text }));
    }
  }, 60000);

  // How many characters are left: seen at once, said when the typing pauses.
  const count = (box) => {
    const counter = document.createElement("span");
    counter.className = "counter";
    counter.setAttribute("aria-hidden", "true");
    let pause;
    const tell = (event) => {
      const room = box.maxLength - box.value.length;
      counter.textContent = `${box.value.length} / ${box.maxLength}`;
      counter.classList.toggle("near", room < box.maxLength / 10);
      clearTimeout(pause);
      if (event) pause = setTimeout(() => say(fill(words.left, { count: room })), 1200);
    };
    box.insertAdjacentElement("afterend", counter);
    box.addEventListener("input", tell);
    tell();
  };

  // What was typed survives an error, an expired session and the back button: kept in this browser until a form that
  // held it has been taken. A sent form's text is let go on the next page, unless that page says that it was refused.
  const key = (box) => `draft:${location.pathname}:${box.name}`;
  const store = (act) => { try { return act(); } catch { return null; } };
  const forgetAll = () => store(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("draft:")) localStorage.removeItem(name);
  });
  function remember(form) {
    const names = [...form.querySelectorAll("textarea[name]")].map(key);
    if (names.length) store(() => sessionStorage.setItem("sent", JSON.stringify(names)));
  }
  const refused = () => (performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0) >= 400
    || document.querySelector(".error-summary, [aria-invalid=true], input[type=password]");
  store(() => {
    if (!refused()) for (const name of JSON.parse(sessionStorage.getItem("sent") ?? "[]")) localStorage.removeItem(name);
    sessionStorage.removeItem("sent");
  });
  const keep = (box) => store(() => {
    const kept = localStorage.getItem(key(box));
    if (kept && !box.value) {
      box.value = kept;
      const note = document.createElement("p");
      note.className = "hint";
      note.append(`${words.restored} `);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet small";
      button.textContent = words.discard;
      button.addEventListener("click", () => { box.value = ""; box.dispatchEvent(new Event("input")); note.remove(); box.focus(); });
      note.append(button);
      box.insertAdjacentElement("afterend", note);
    }
    box.addEventListener("input", () => store(() => {
      if (box.value) localStorage.setItem(key(box), box.value); else localStorage.removeItem(key(box));
    }));
  });

  // Files are shown before they are sent, with those that are too large named.
  const preview = (input) => input.addEventListener("change", () => {
    input.parentElement.querySelector(".picked")?.remove();
    const list = document.createElement("ul");
    list.className = "picked";
    list.setAttribute("role", "status");
    const most = Number(input.dataset.mostMb || Infinity);
    for (const file of input.files) {
      const row = document.createElement("li");
      if (file.type.startsWith("image/")) {
        const image = new Image(48, 48);
        image.alt = "";
        image.src = URL.createObjectURL(file);
        image.addEventListener("load", () => URL.revokeObjectURL(image.src));
        row.append(image);
      }
      const size = file.size / 1048576;
      const text = document.createElement("span");
      text.textContent = `${file.name} · ${size.toFixed(1)} MB`;
      row.append(text);
      if (size > most) {
        const warning = document.createElement("span");
        warning.className = "too-big";
        warning.textContent = fill(words.tooBig, { size: most });
        row.append(warning);
      }
      list.append(row);
    }
    if (input.files.length) input.insertAdjacentElement("afterend", list);
  });

  // Copy a case number.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.setAttribute("data-copied", "");
      say(words.copied);
    } catch { /* not allowed: the number can still be selected */ }
  });

  // A menu closes with Escape and when the focus or a click goes elsewhere.
  const menu = document.querySelector("details.menu");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  for (const leave of ["click", "focusin"]) {
    document.addEventListener(leave, (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
  }

  // A swap that failed keeps what is there and says so, with a way to try again.
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.elt.parentElement?.querySelector(".swap-failed")?.remove());
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      const source = event.detail.elt;
      rest(document);
      // What only refreshes in the background tries again by itself.
      if (source.matches("[hx-trigger*=every]")) return;
      const note = document.createElement("p");
      note.className = "notice error swap-failed";
      note.setAttribute("role", "alert");
      note.append(words.failed ?? "");
      source.insertAdjacentElement("afterend", note);
    });
  }

  const start = (root) => {
    for (const box of root.querySelectorAll("textarea[name]:not([data-ready])")) {
      box.dataset.ready = "";
      keep(box);
      if (box.maxLength > 0) count(box);
    }
    for (const input of root.querySelectorAll("input[type=file]:not([data-ready])")) { input.dataset.ready = ""; preview(input); }
  };
  start(document);
  document.addEventListener("htmx:load", (event) => { rest(document); start(event.detail.elt); });

  // The summary of errors takes the focus.
  document.querySelector(".error-summary")?.focus();
})();
