"use strict";
// The desk's page: loads its parts again when the server says that something changed, and posts commands.
(() => {
  const SILENT_MS = 5000;
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const dialog = document.getElementById("dialog");
  const main = document.getElementById("main");
  const said = document.getElementById("said");
  let heardAt = Date.now();
  let live = false;
  let opener = null;
  let openedBy = "";

  // The live connection -------------------------------------------------------------------------------------------

  function setLive(now) {
    if (live === now && document.body.classList.contains("is-offline") === !now) return;
    live = now;
    document.body.classList.toggle("is-offline", !now);
    document.getElementById("offline").hidden = now;
    document.getElementById("connection").textContent = now ? "live" : "not connected";
    main.inert = !now;
    for (const each of dialog.querySelectorAll("form")) each.inert = !now;
  }

  function listen() {
    const source = new EventSource("/events");
    const heard = () => {
      heardAt = Date.now();
      const was = live;
      setLive(true);
      return was;
    };
    source.addEventListener("open", () => { heard(); refreshAll(); });
    source.addEventListener("alive", () => { if (!heard()) refreshAll(); });
    source.addEventListener("changed", (event) => {
      heard();
      const editions = JSON.parse(event.data).editions;
      for (const region of document.querySelectorAll("[data-live]")) {
        if (!region.dataset.edition || editions.includes(region.dataset.edition)) refresh(region);
      }
    });
    source.addEventListener("unreadable", () => { heardAt = Date.now(); setLive(false); });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { source.close(); listen(); }, 2000);
    });
    return source;
  }

  setInterval(() => { if (Date.now() - heardAt >= SILENT_MS) setLive(false); }, 500);

  // Parts that change ----------------------------------------------------------------------------------------------

  const reading = new Map();

  function refreshAll() { document.querySelectorAll("[data-live]").forEach(refresh); }

  async function refresh(region) {
    // One load at a time; what changes meanwhile is loaded right after it.
    if (reading.has(region)) { reading.set(region, true); return; }
    reading.set(region, false);
    try {
      const answer = await fetch(region.dataset.live, { headers: { accept: "text/html" } });
      if (answer.redirected || answer.status === 401) { location.assign("/sign-in"); return; }
      if (answer.ok) replace(region, await answer.text());
    } catch { /* the event stream shows whether there is a connection */ } finally {
      const again = reading.get(region);
      reading.delete(region);
      if (again) refresh(region);
    }
  }

  function replace(region, html) {
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    const scrolled = [...region.querySelectorAll(".scroll")].map((each) => [each.scrollLeft, each.scrollTop]);
    region.innerHTML = html; // escaped by the server; the policy lets no inline script run
    region.querySelectorAll(".scroll").forEach((each, at) => {
      if (scrolled[at]) [each.scrollLeft, each.scrollTop] = scrolled[at];
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  function spelled(seconds) {
    if (seconds < 100) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  }

  setInterval(() => {
    for (const each of document.querySelectorAll("[data-age]")) {
      const text = spelled((Date.now() - Date.parse(each.dateTime)) / 1000);
      if (each.textContent !== text) each.textContent = text;
    }
    for (const each of document.querySelectorAll("[data-until]")) {
      const seconds = (Date.parse(each.dateTime) - Date.now()) / 1000;
      const text = seconds > 0 ? `in ${spelled(seconds)}` : "now";
      if (each.textContent !== text) each.textContent = text;
    }
  }, 1000);

  // Commands -------------------------------------------------------------------------------------------------------

  function say(text, bad) {
    said.textContent = text;
    said.classList.toggle("bad", Boolean(bad));
    said.classList.add("shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => said.classList.remove("shown"), 12000);
  }

  async function post(url, body) {
    if (!live) return { status: 0, body: { message: "not sent: there is no live connection" } };
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": csrf, accept: "application/json" },
        body: JSON.stringify(body),
      });
      let found;
      try { found = await answer.json(); } catch { found = { message: `not sent: the desk answered ${answer.status}` }; }
      return { status: answer.status, body: found };
    } catch {
      return { status: 0, body: { message: "whether it was sent is not known: the connection broke" } };
    }
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function askAgain(questions, yes) {
    const box = element("div", undefined, "questions");
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-label", "Asked once more");
    for (const each of questions) box.append(element("p", each));
    const row = element("div", undefined, "row end");
    const no = element("button", "No");
    const sure = element("button", "Yes, send it", "danger");
    no.type = sure.type = "button";
    row.append(no, sure);
    box.append(row);
    const place = dialog.open ? dialog.querySelector("[data-problems]") : null;
    if (place) { place.replaceChildren(box); } else {
      const form = element("form");
      const title = element("h2", "Are you sure?");
      title.id = "dialog-title";
      form.append(title, box);
      dialog.replaceChildren(form);
      dialog.showModal();
    }
    no.addEventListener("click", () => { if (place) place.replaceChildren(); else dialog.close(); });
    sure.addEventListener("click", () => { box.remove(); yes(); });
    sure.focus();
  }

  async function send(url, body, button) {
    if (button) button.disabled = true;
    const { status, body: found } = await post(url, body);
    if (button) button.disabled = false;
    if (status === 428) {
      askAgain(found.questions, () => send(url, { ...body, confirmed: true }, button));
      return;
    }
    const place = dialog.open ? dialog.querySelector("[data-problems]") : null;
    if (status === 200) {
      if (dialog.open) dialog.close();
      const lines = found.lines ? `. ${found.lines.join(". ")}` : "";
      say(`${found.message}${lines}`, found.done === false);
      if (found.go) location.assign(found.go);
      return;
    }
    if (place) {
      place.replaceChildren(element("p", found.message));
      if (found.conflicts) place.append(conflicts(found.conflicts));
    } else say(found.message || "not sent", true);
  }

  function conflicts(found) {
    const box = element("div", undefined, "conflicts");
    const table = element("table");
    const head = element("tr");
    for (const each of ["Field", "When you opened it", "Now", "Yours"]) head.append(element("th", each));
    table.append(head);
    for (const each of found) {
      const row = element("tr");
      for (const value of [each.path, each.drawn, each.now, each.yours]) {
        row.append(element("td", typeof value === "string" ? value : JSON.stringify(value)));
      }
      table.append(row);
    }
    const again = element("button", "Load the form again");
    again.type = "button";
    again.addEventListener("click", () => opener && openDialog(opener));
    box.append(table, again);
    return box;
  }

  // Forms ----------------------------------------------------------------------------------------------------------

  async function openDialog(url) {
    if (!live) { say("there is no live connection", true); return; }
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (answer.redirected) { location.assign("/sign-in"); return; }
    if (!answer.ok) { say("the form cannot be loaded", true); return; }
    opener = url;
    if (!dialog.open) openedBy = document.activeElement?.id ?? "";
    dialog.innerHTML = await answer.text(); // escaped by the server
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector(".stepper button, .field input, .field select, input, [data-send]");
    if (first) first.focus();
  }

  // The element that opened the dialog may have been replaced meanwhile, so it is found by its id.
  dialog.addEventListener("close", () => {
    if (openedBy) document.getElementById(openedBy)?.focus({ preventScroll: true });
  });

  function valueOf(input) { return input.type === "checkbox" ? String(input.checked) : input.value; }

  function bodyOf(form) {
    const edits = {};
    for (const field of form.querySelectorAll(".field")) {
      const input = field.querySelector("input, select, textarea");
      if (valueOf(input) !== input.dataset.drawn) edits[field.dataset.path] = valueOf(input);
    }
    return {
      action: "send_now",
      number: form.dataset.number === "" ? null : Number(form.dataset.number),
      edits,
      title: form.elements.title.value,
      message: form.elements.message.value,
      push: Number(form.dataset.push),
      command: Number(form.dataset.command),
    };
  }

  let asked = 0;

  async function preview(form) {
    const button = form.querySelector("[data-send]");
    const body = bodyOf(form);
    const mine = ++asked;
    button.disabled = true; // until its label says what it would send now
    for (const field of form.querySelectorAll(".field")) {
      field.classList.toggle("edited", field.dataset.path in body.edits);
    }
    const { status, body: found } = await post(`${form.dataset.correct}/preview`, body);
    if (mine !== asked || !form.isConnected) return;
    const place = form.querySelector("[data-problems]");
    if (status !== 200) { place.replaceChildren(element("p", found.message)); return; }
    button.textContent = found.label;
    button.disabled = found.empty || found.problems.length > 0;
    form.querySelector("[data-effect]").innerHTML = found.card; // escaped by the server
    place.replaceChildren(...found.problems.map((each) => element("p", each)));
    if (found.conflicts.length) {
      place.append(element("p", "What you edited changed since the form was drawn; nothing can be sent from it."));
      place.append(conflicts(found.conflicts));
      button.disabled = true;
    }
  }

  function step(button) {
    const input = button.parentElement.querySelector("input");
    const places = (input.value.split(".")[1] || "").length;
    let value = (Number(input.value) || 0) + Number(button.dataset.step);
    if (input.dataset.low !== undefined) value = Math.max(value, Number(input.dataset.low));
    if (input.dataset.high !== undefined) value = Math.min(value, Number(input.dataset.high));
    input.value = value.toFixed(places);
    preview(input.form);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target) return;
    if (target.dataset.dialog) { event.preventDefault(); openDialog(target.dataset.dialog); }
    else if (target.dataset.step) step(target);
    else if (target.hasAttribute("data-close")) dialog.close();
    else if (target.dataset.post) send(target.dataset.post, JSON.parse(target.dataset.body || "{}"), target);
    else if (target.dataset.rename !== undefined) {
      const name = prompt("Your name in the record of commands", target.dataset.rename);
      if (name) send("/name", { name });
    } else if (target.dataset.table) {
      event.preventDefault();
      const region = document.getElementById("table");
      region.dataset.live = target.dataset.table;
      refresh(region);
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.correct !== undefined) preview(form);
    else if (form?.dataset.filter !== undefined) filter(form);
  });

  function filter(form) {
    clearTimeout(filter.timer);
    filter.timer = setTimeout(() => {
      const region = document.getElementById("table");
      region.dataset.live = `${form.dataset.filter}?${new URLSearchParams(new FormData(form))}`;
      refresh(region);
    }, 150);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.correct !== undefined) {
      event.preventDefault();
      const button = form.querySelector("[data-send]");
      if (!button.disabled) send(`${form.dataset.correct}/commands`, bodyOf(form), button);
    } else if (form.dataset.command !== undefined && form.dataset.action) {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form));
      const number = form.dataset.number === "" ? null : Number(form.dataset.number);
      send(form.dataset.command, { action: form.dataset.action, number, ...given }, form.querySelector("[data-send]"));
    } else if (form.dataset.filter !== undefined) { event.preventDefault(); filter(form); }
  });

  listen();
})();
