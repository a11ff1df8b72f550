"""The style sheet of cards in pages. Every class begins with `la-`; the markup itself holds no styles."""

from __future__ import annotations

from functools import cache

from live_activity.cards.colours import DARK, HUES, ISLAND_ACCENTS, ISLAND_INK, LIGHT, Palette

FONTS = (
    '-apple-system, "SF Pro Text", "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, "Liberation Sans", '
    '"Noto Sans", system-ui, sans-serif, "Apple Color Emoji", "Noto Color Emoji"'
)

_RULES = """
.la-figure { margin: 0; width: 100%; max-width: 22.5rem; font-family: FONTS; font-size: 16px; line-height: 1.3;
  text-align: left; -webkit-font-smoothing: antialiased; }
.la-figure[dir="rtl"] { text-align: right; }
.la-figure * { box-sizing: border-box; }
.la-figure p { margin: 0; }
.la-card { background: var(--la-surface); color: var(--la-ink); border: 1px solid var(--la-line);
  border-radius: 1.375rem; padding: .875rem 1rem; display: flex; flex-direction: column; gap: .75rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 6px 18px rgb(0 0 0 / .06); overflow: hidden; container-type: inline-size; }
.la-head { display: flex; align-items: center; gap: .5rem; min-width: 0; }
.la-icon { flex: none; width: 1.5rem; height: 1.5rem; border-radius: .4375rem; padding: .1875rem;
  background: var(--la-accent-tint); color: var(--la-accent); }
.la-icon svg, .la-island-icon svg { display: block; width: 100%; height: 100%; stroke: currentColor; }
.la-heading { flex: 0 1 auto; min-width: 4.5rem; font-size: .8125rem; font-weight: 600; }
.la-context { font-size: .75rem; color: var(--la-soft); }
.la-card > .la-message + .la-context { margin-top: -.5rem; }
.la-chip { flex: 0 0 auto; margin-left: auto; border-radius: 1rem; padding: .125rem .5625rem;
  font-size: .75rem; font-weight: 600; max-width: 60%; color: var(--la-accent); background: var(--la-accent-tint); }
.la-good { color: var(--la-good); background: var(--la-good-tint); }
.la-warn { color: var(--la-warn); background: var(--la-warn-tint); }
.la-bad { color: var(--la-bad); background: var(--la-bad-tint); }
.la-calm { color: var(--la-calm); background: var(--la-calm-tint); }
.la-cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.la-two-lines { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden;
  overflow-wrap: anywhere; }
.la-soft { color: var(--la-soft); }
.la-message { font-size: .875rem; color: var(--la-soft); }
.la-sides { display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr); align-items: center; gap: .5rem; }
.la-side { display: flex; flex-direction: column; align-items: center; gap: .375rem; min-width: 0; text-align: center; }
.la-badge { width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center; color: #fff;
  font-size: .75rem; font-weight: 700; letter-spacing: .02em; white-space: nowrap; overflow: hidden; }
.la-team { max-width: 100%; font-size: .8125rem; font-weight: 600; line-height: 1.2; }
.la-middle { display: flex; flex-direction: column; align-items: center; gap: .25rem; }
.la-score { display: flex; align-items: baseline; gap: .5rem; font-size: 2.375rem; font-weight: 700; line-height: 1;
  font-variant-numeric: tabular-nums; letter-spacing: -.02em; white-space: nowrap; }
.la-score-long { font-size: 1.5rem; }
.la-score-longest { font-size: 1.0625rem; gap: .25rem; letter-spacing: 0; }
.la-dash { color: var(--la-soft); font-weight: 400; font-size: .75em; }
.la-clock { color: var(--la-accent); font-size: .875rem; font-weight: 600; font-variant-numeric: tabular-nums; }
@container (max-width: 16.5rem) {
  .la-sides { gap: .25rem; }
  .la-score { font-size: 1.75rem; gap: .3125rem; }
  .la-score-long { font-size: 1.25rem; }
  .la-score-longest { font-size: .875rem; }
  .la-team { font-size: .75rem; }
  .la-main { font-size: 1.75rem; }
}
.la-line { display: flex; align-items: baseline; justify-content: space-between; gap: .75rem; }
.la-headline { font-size: 1.25rem; font-weight: 700; line-height: 1.2; letter-spacing: -.01em; min-width: 0; }
.la-eta { flex: none; display: flex; flex-direction: column; align-items: flex-end; }
.la-eta-value { font-size: 1.25rem; font-weight: 700; line-height: 1.2; color: var(--la-accent);
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.la-label { font-size: .75rem; color: var(--la-soft); }
.la-numbers .la-label:empty::before { content: "\\00a0"; }
.la-way { display: grid; grid-template-columns: minmax(0, auto) minmax(3rem, 1fr) minmax(0, auto); align-items: start;
  column-gap: .625rem; }
.la-open { grid-template-columns: minmax(3rem, 1fr) minmax(0, auto); }
.la-way > .la-bar, .la-way > .la-steps, .la-way > .la-dotted { margin-top: .4375rem; }
.la-coded > .la-bar, .la-coded > .la-steps, .la-coded > .la-dotted { margin-top: .625rem; }
.la-only { display: block; }
.la-figure[dir="rtl"] .la-chip { margin-left: 0; margin-right: auto; }
.la-figure[dir="rtl"] .la-arrow { display: inline-block; transform: scaleX(-1); }
.la-only .la-arrow { color: var(--la-soft); margin-inline-end: .375rem; }
.la-place { font-weight: 600; font-size: .9375rem; }
.la-place-code { font-weight: 700; font-size: 1.5rem; line-height: 1.1; letter-spacing: -.01em; }
.la-to { display: flex; flex-direction: column; align-items: flex-end; }
.la-bar { appearance: none; -webkit-appearance: none; display: block; width: 100%; height: .375rem; border: 0;
  border-radius: 1rem; overflow: hidden; background: var(--la-track); color: var(--la-accent); }
.la-bar::-webkit-progress-bar { background: var(--la-track); border-radius: 1rem; }
.la-bar::-webkit-progress-value { background: var(--la-accent); border-radius: 1rem; }
.la-bar::-moz-progress-bar { background: var(--la-accent); border-radius: 1rem; }
.la-steps { display: flex; gap: .25rem; }
.la-steps i { flex: 1; height: .375rem; border-radius: 1rem; background: var(--la-track); }
.la-steps i.la-done { background: var(--la-accent); }
.la-dotted { height: 0; border-top: 2px dotted var(--la-soft); opacity: .55; }
.la-numbers { display: flex; align-items: flex-end; justify-content: space-between; gap: 1rem; min-width: 0; }
.la-number { min-width: 0; }
.la-number:first-child { flex: 0 0 auto; max-width: 65%; }
.la-value { font-size: 1.0625rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25; }
.la-main { font-size: 2.375rem; font-weight: 700; line-height: 1.15; letter-spacing: -.02em; color: var(--la-ink); }
.la-main-long { font-size: 1.625rem; }
.la-unit { font-size: .5em; font-weight: 600; color: var(--la-soft); letter-spacing: 0; margin-inline-start: .25em; }
.la-trend { color: var(--la-accent); margin-inline-start: .25em; font-size: .75em; }
.la-title { font-size: 1.0625rem; font-weight: 700; line-height: 1.25; }
.la-facts { display: grid; grid-template-columns: fit-content(50%) minmax(0, 1fr); gap: .25rem 1rem; margin: 0;
  font-size: .875rem; }
.la-facts dt { color: var(--la-soft); }
.la-facts dd { margin: 0; font-weight: 600; display: flex; justify-content: flex-end;
  font-variant-numeric: tabular-nums; min-width: 0; }
.la-facts .la-fact-bar { grid-column: 1 / -1; margin-bottom: .25rem; }
.la-island { margin: .625rem auto 0; background: #000; color: ISLAND_INK; border: 1px solid var(--la-island-line);
  border-radius: 2rem; height: 2.3125rem; width: 15.5rem; max-width: 100%; display: grid; gap: .25rem;
  grid-template-columns: minmax(0, 1fr) 3.5rem minmax(0, 1fr); align-items: center; padding: 0 .75rem;
  font-size: .8125rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.la-island-leading { display: flex; align-items: center; gap: .3125rem; min-width: 0; }
.la-island-icon { flex: none; width: 1rem; height: 1rem; color: var(--la-island-accent); }
.la-island-trailing { display: flex; justify-content: flex-end; min-width: 0; color: var(--la-island-accent); }
.la-caption { margin-top: .5rem; text-align: center; font-size: .75rem; color: var(--la-soft); }
"""


@cache
def card_css() -> str:
    """All that `card_html` needs: it follows `prefers-color-scheme`, and `la-light` or `la-dark` on a card."""
    hues = "\n".join(f".la-hue-{number} {{ background: {hue}; }}" for number, hue in enumerate(HUES))
    accents = "\n".join(
        f".la-is-{name} {{ --la-accent: var(--la-{name}); --la-accent-tint: var(--la-{name}-tint); "
        f"--la-island-accent: {accent}; }}"
        for name, accent in ISLAND_ACCENTS.items()
    )
    tones = "\n".join(
        f".la-tone-{name} {{ --la-accent: var(--la-{name}); --la-accent-tint: var(--la-{name}-tint); }}"
        for name in ("good", "warn", "bad")
    )
    return "\n".join(
        (
            f".la-figure, .la-light {{ {_variables(LIGHT)} }}",
            f"@media (prefers-color-scheme: dark) {{ .la-figure:not(.la-light) {{ {_variables(DARK)} }} }}",
            f".la-dark {{ {_variables(DARK)} }}",
            accents,
            tones,
            hues,
            _RULES.replace("FONTS", FONTS).replace("ISLAND_INK", ISLAND_INK).strip(),
            "",
        )
    )


def _variables(palette: Palette) -> str:
    return " ".join(f"--la-{name}: {colour};" for name, colour in palette.items() if name != "island")
