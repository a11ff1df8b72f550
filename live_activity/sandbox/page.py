"""The page at /sandbox: its frame, styles and script. It needs nothing from outside the machine."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

_STYLE = """
:root { color-scheme: light dark; --back: #eef0f5; --panel: #fff; --text: #14161b; --soft: #5b6170;
        --line: #d8dce6; --accent: #0a5fd8; --good: #0b6b3f; --bad: #b3261e; --warn: #8a5300; --calm: #4a4f9e;
        --screen: linear-gradient(160deg, #38506f, #6d6a91 60%, #a1788c); --card: rgba(250, 250, 253, .92);
        --card-text: #14161b; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0e1014; --panel: #181b21; --text: #eceef3; --soft: #a0a6b4; --line: #2b303a; --accent: #7db3ff;
          --good: #5fd69c; --bad: #ff8f86; --warn: #f2b35c; --calm: #aab0ff;
          --screen: linear-gradient(160deg, #0f1726, #221f38 60%, #37222f); --card: rgba(52, 56, 68, .88);
          --card-text: #f1f2f6; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.25rem; background: var(--back); color: var(--text);
       font: 15px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 1.2rem; margin-bottom: 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
#status { color: var(--soft); margin: 0; flex: 1 1 16rem; }
form { display: flex; gap: .4rem; }
input[type="search"] { font: inherit; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: .6rem;
                       background: var(--panel); color: inherit; min-width: 12rem; }
button, .top a { font: inherit; padding: .35rem .8rem; border: 1px solid var(--line); border-radius: .6rem;
                 background: var(--panel); color: var(--accent); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.activity { background: var(--panel); border: 1px solid var(--line); border-radius: 1.1rem; padding: 1rem 1.1rem;
            margin: 0 0 1.1rem; }
h2 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
.facts, .alerts, .empty { color: var(--soft); margin: .15rem 0 0; overflow-wrap: anywhere; }
.alerts { font-size: .8rem; margin-top: .4rem; }
.id { color: var(--soft); font: .72rem ui-monospace, monospace; display: block; overflow-wrap: anywhere; }
.pill { border: 1px solid currentColor; border-radius: 1rem; font-size: .72rem; font-weight: 600;
        padding: .05rem .55rem;
        margin-inline-end: .25rem; vertical-align: middle; color: var(--soft); white-space: nowrap; }
.pill.live { color: var(--accent); } .pill.final { color: var(--good); } .pill.stuck { color: var(--bad); }
.pill.unsynced { color: var(--warn); } .pill.refused { color: var(--calm); }
.scrub { display: grid; gap: .1rem; margin-top: .7rem; }
.scrub input { width: 100%; accent-color: var(--accent); }
.scrub output { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
.now { color: var(--accent); }
.groups { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr));
          margin-top: .8rem; align-items: start; }
.group { border: 2px solid transparent; border-radius: 1.2rem; padding: .5rem; background: var(--back); }
.group.unsynced { border-color: var(--warn); } .group.refused { border-color: var(--calm); }
.group.final { border-color: var(--good); } .group.stuck { border-color: var(--bad); }
.count { margin: .1rem .3rem .4rem; } .count b { font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.count .pill { margin-inline-start: .25rem; }
progress { appearance: none; display: block; width: 100%; height: .3rem; border: 0; border-radius: 1rem;
           overflow: hidden; margin-bottom: .45rem; background: var(--line); }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.screen { background: var(--screen); border-radius: 1rem; padding: .7rem; min-height: 5.5rem; display: grid;
          gap: .5rem; align-content: center; }
.card { background: var(--card); color: var(--card-text); border-radius: 1rem; padding: .75rem .9rem; }
.words { background: var(--card); color: var(--card-text); border-radius: .8rem; font-size: .8rem; margin: 0;
         padding: .35rem .8rem; overflow-wrap: anywhere; }
.nothing { color: #fff; opacity: .85; margin: 0; text-align: center; }
.why { color: var(--bad); font-size: .82rem; margin: .45rem .3rem 0; overflow-wrap: anywhere; }
.alerts { margin-inline: .3rem; } .whose { margin: 0 .3rem .3rem; font-weight: 600; }
"""

_SCRIPT = """
const main = document.getElementById("main");
const status = document.getElementById("status");
const form = document.getElementById("find");
const places = new Map();
let finding = "";
let looking = 0;

const merge = (fresh) => {
  const sections = [...fresh.children];
  const names = new Set(sections.map((section) => section.id));
  for (const old of [...main.children]) if (!old.id || !names.has(old.id)) old.remove();
  sections.forEach((section, place) => {
    const old = section.id && document.getElementById(section.id);
    if (!old) main.insertBefore(section, main.children[place] || null);
    else {
      if (main.children[place] !== old) main.insertBefore(old, main.children[place] || null);
      for (const name of ["head", "cards"]) {
        const [was, is] = [old, section].map((part) => part.querySelector(`[data-part="${name}"]`));
        if (was && is && !was.isEqualNode(is)) was.replaceWith(is);
      }
      const [was, is] = [old, section].map((part) => part.querySelector('[data-part="scrub"]'));
      if (is && !was) old.insertBefore(is, old.querySelector('[data-part="cards"]'));
      else if (is) {
        const range = was.querySelector("input");
        range.max = is.dataset.pushes;
        if (!places.has(section.dataset.id)) range.value = is.dataset.at;
        was.querySelector("output").replaceWith(is.querySelector("output"));
      }
    }
  });
};

const look = async () => {
  const mine = ++looking;
  const query = new URLSearchParams();
  if (finding) query.set("insider_id", finding);
  else for (const [id, at] of places) query.append("at", `${id}:${at}`);
  try {
    const answer = await fetch("/sandbox/wall?" + query);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (mine !== looking) return;
    merge(fresh);
    status.textContent = finding ? "One person's phones. Empty the field to see all." :
      "The newest activities first, refreshed every second.";
  } catch {
    status.textContent = "The sandbox does not answer.";
  }
};

main.addEventListener("input", (event) => {
  const section = event.target.closest("section");
  if (event.target.type !== "range" || !section) return;
  if (event.target.value === event.target.max) places.delete(section.dataset.id);
  else places.set(section.dataset.id, event.target.value);
  look();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  finding = form.elements.insider_id.value.trim();
  look();
});
form.addEventListener("input", () => {
  if (!form.elements.insider_id.value.trim() && finding) { finding = ""; look(); }
});
setInterval(() => { if (!document.hidden) look(); }, 1000);
look();
"""


def security_headers(*, styles: Iterable[str] = (), scripts: Iterable[str] = ()) -> dict[str, str]:
    """The headers of a page that has these styles and scripts inline, and uses nothing else."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src {_sources(scripts)}; style-src {_sources(styles)}; "
            "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _sources(texts: Iterable[str]) -> str:
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts]
    return " ".join(hashes) or "'none'"


def wall_headers(css: str) -> dict[str, str]:
    """The headers of the page."""
    return security_headers(styles=[wall_styles(css)], scripts=[_SCRIPT])


def wall_styles(css: str) -> str:
    """The styles of the page with those of its cards."""
    return _STYLE + css


def wall_page(content: str, *, css: str) -> str:
    """The page, with its first content already in it."""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sandbox phones</title>
<style>{wall_styles(css)}</style>
<header class="top">
<h1>Sandbox phones</h1>
<p id="status" role="status">The newest activities first.</p>
<form id="find" role="search">
<input type="search" name="insider_id" aria-label="A person's id" placeholder="A person's id" autocomplete="off">
<button>Find phones</button>
</form>
</header>
<main id="main">{content}</main>
<script>{_SCRIPT}</script>
</html>
"""
