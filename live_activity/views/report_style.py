"""The style sheet of a report's page; it follows that of the cards."""

from __future__ import annotations

REPORT_CSS = """
:root { color-scheme: light dark; --back: #f4f5f8; --panel: #fff; --text: #16181d; --soft: #5a606c; --line: #dfe2e9;
  --start: #137a4b; --update: #1f5fd0; --repeat: #7aa2e6; --settle: #9a6bd0; --end: #b3261e; --behind: #8a5600;
  --good: #0a7346; --warn: #805300; --bad: #b3261e; --banner: #e4edfc; --banner-ink: #133f8f; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1013; --panel: #1a1b20; --text: #eceef3; --soft: #a8aeba;
  --line: #31343c; --start: #58d09a; --update: #7eaeff; --repeat: #4d74b8; --settle: #c09cf0; --end: #ff8a80;
  --behind: #ffc65c; --good: #58d09a; --warn: #ffc65c; --bad: #ff9389; --banner: #182b4c; --banner-ink: #b9d2ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); line-height: 1.45; font-size: 15px;
  font-family: -apple-system, "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
main { max-width: 78rem; margin: 0 auto; padding: 1.75rem 1.25rem 4rem; display: grid; gap: 1.25rem; }
main > *, section > * { min-width: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; margin: 0 0 .75rem; }
p { margin: 0 0 .5rem; }
.soft { color: var(--soft); }
.banner { background: var(--banner); color: var(--banner-ink); border-radius: 1rem; padding: .25rem .875rem;
  font-weight: 650;
  justify-self: start; }
header { display: grid; gap: .5rem; }
.status-good { color: var(--good); } .status-bad { color: var(--bad); } .status-plain { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.25rem, 1fr)); gap: .75rem; margin: 0; }
.tiles div { background: var(--panel); border: 1px solid var(--line); border-radius: 1rem; padding: .75rem 1rem; }
.tiles dt { color: var(--soft); font-size: .8125rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 700; font-variant-numeric: tabular-nums; line-height: 1.25; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 1.25rem;
  padding: 1.125rem 1.25rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .25rem 1.25rem; margin: 0;
  align-content: start; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.plan { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1.5rem; }
.plan-cards { display: flex; flex-wrap: wrap; gap: 1rem; max-width: 24rem; }
.plan-cards > div { width: 21rem; max-width: 100%; }
.plan-cards > div > p { margin-bottom: .375rem; color: var(--soft); font-size: .8125rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: start; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: .8125rem; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: end; padding-inline-end: 1.25rem; white-space: nowrap; }
td:first-child { white-space: nowrap; }
.chart { margin: 0; overflow-x: auto; }
.chart svg { display: block; width: 100%; min-width: 38rem; height: auto; }
.grid { stroke: var(--line); stroke-width: 1; } .tick { fill: var(--soft); font-size: 11.5px; }
.stem { stroke: currentColor; stroke-width: 2; opacity: .75; } .dot { fill: currentColor; stroke: var(--panel);
  stroke-width: 1.5; }
.push-start { color: var(--start); } .push-update { color: var(--update); } .push-repeat { color: var(--repeat); }
.push-settle { color: var(--settle); } .push-end { color: var(--end); }
.behind { fill: var(--panel); stroke: var(--behind); stroke-width: 2; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0 0;
  color: var(--soft);
  font-size: .8125rem; }
.key { display: inline-block; width: .625rem; height: .625rem; border-radius: 50%; background: currentColor;
  margin-inline-end: .375rem; }
.key-behind { background: none; border: 2px solid var(--behind); }
.minutes { display: grid; gap: .875rem 1rem; grid-template-columns: 6.5rem repeat(auto-fit, minmax(13rem, 1fr)); }
.minutes-3 { grid-template-columns: 6.5rem repeat(3, minmax(13rem, 1fr)); }
.minutes-2 { grid-template-columns: 6.5rem repeat(2, minmax(13rem, 22.5rem)); }
.minutes-1 { grid-template-columns: 6.5rem minmax(13rem, 22.5rem); }
.minutes-head { font-weight: 650; } .minutes-head span, .minute span { display: block; color: var(--soft);
  font-weight: 400;
  font-size: .8125rem; }
.minute { font-weight: 650; font-variant-numeric: tabular-nums; border-top: 1px solid var(--line);
  padding-top: .625rem; }
.cell { border-top: 1px solid var(--line); padding-top: .625rem; min-width: 0; }
.same { color: var(--soft); font-size: .875rem; margin: 0; overflow-wrap: anywhere; }
.same b { color: var(--behind); font-weight: 600; }
.between { grid-column: 1 / -1; color: var(--soft); }
.sent { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1.25rem; }
.sent h3 { font-size: .9375rem; margin: 0 0 .375rem; font-variant-numeric: tabular-nums; }
.sent h3 span { display: block; color: var(--soft); font-weight: 400; font-size: .8125rem; }
.findings { list-style: none; padding: 0; margin: 0; display: grid; gap: .75rem; }
.findings li { border-inline-start: .25rem solid var(--line); padding-inline-start: .875rem;
  overflow-wrap: anywhere; }
.findings .error { border-color: var(--bad); } .findings .warning { border-color: var(--warn); }
.findings p { margin: 0; } .place { color: var(--soft); font-size: .8125rem; }
.severity { font-weight: 650; } .error .severity { color: var(--bad); } .warning .severity { color: var(--warn); }
footer { color: var(--soft); font-size: .8125rem; }
@media (max-width: 52rem) { .plan { grid-template-columns: minmax(0, 1fr); }
  .minutes, .minutes-3, .minutes-2 { overflow-x: auto; } }
@media print { section { break-inside: avoid; } }
"""
