"""A card as HTML. Everything from outside is escaped by `Markup`; there is no style and no script in it."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from live_activity.cards.count import MAIN_LENGTH
from live_activity.cards.icons import ICONS, STROKE, icon_of
from live_activity.cards.layout import TREND_MARKS
from live_activity.cards.model import (
    CAPTION,
    SCORE_LENGTHS,
    Card,
    Count,
    Fact,
    Island,
    Journey,
    Measure,
    Rows,
    Score,
    Side,
    Stop,
    Theme,
)

_FIGURE = Markup(
    '<figure class="la-figure la-is-{layout}{tone}{theme}" dir="{direction}">'
    '<div class="la-card" role="group" aria-label="{summary}">{inside}</div>{island}{caption}</figure>'
)
_HEAD = Markup(
    '<div class="la-head">{icon}<span class="la-heading la-cut" dir="auto">{heading}</span>{chip}</div>'
)


def card_html(card: Card, *, theme: Theme = "auto", island: bool = True, caption: bool = True) -> str:
    """The Lock Screen card, with the compact Dynamic Island and the caption below; `card_css` styles it.

    `theme` is the reader's (`auto`), or one of the two.
    """
    chip = card.chip
    tone = (
        f" la-tone-{chip.tone}"
        if chip is not None and card.layout == "journey" and chip.tone in _TONES
        else ""
    )
    drawn = _FIGURE.format(
        layout=card.layout,
        tone=tone,
        theme="" if theme == "auto" else f" la-{theme}",
        direction=card.direction,
        summary=card.summary,
        inside=_inside(card),
        island=_island(card.island, card) if island else "",
        caption=Markup('<figcaption class="la-caption" dir="ltr">{}</figcaption>').format(CAPTION)
        if caption
        else "",
    )
    return str(drawn)


_TONES = ("good", "warn", "bad")


def _inside(card: Card) -> Markup:
    parts = [_head(card)]
    match card.body:
        case Score() as score:
            parts.append(_score(score))
        case Journey() as journey:
            parts += _journey(journey)
        case Count() as count:
            parts += _count(count)
        case Rows() as rows:
            parts += _rows(rows, card)
    if card.message and card.layout != "generic":
        parts.append(Markup('<p class="la-message la-two-lines" dir="auto">{}</p>').format(card.message))
    if card.context:
        parts.append(Markup('<p class="la-context la-cut" dir="auto">{}</p>').format(card.context))
    if card.facts:
        parts.append(_facts(card.facts, card.left_out))
    return Markup("").join(parts)


def _icon(card: Card, css: str) -> Markup:
    shape = Markup(f'<svg viewBox="0 0 24 24" {STROKE} aria-hidden="true">{ICONS[icon_of(card)]}</svg>')
    return Markup('<span class="{}">{}</span>').format(css, shape)


def _head(card: Card) -> Markup:
    chip = Markup("")
    if card.chip is not None and card.chip.text:
        tone = "" if card.chip.tone == "live" else f" la-{card.chip.tone}"
        chip = Markup('<span class="la-chip la-cut{}" dir="auto">{}</span>').format(tone, card.chip.text)
    return _HEAD.format(icon=_icon(card, "la-icon"), heading=card.heading, chip=chip)


def _score(score: Score) -> Markup:
    length = len(score.home.value) + len(score.away.value)
    long = (
        ""
        if length <= SCORE_LENGTHS[0]
        else " la-score-long"
        if length <= SCORE_LENGTHS[1]
        else " la-score-longest"
    )
    clock = Markup('<span class="la-clock" dir="auto">{}</span>').format(score.clock) if score.clock else ""
    return Markup(
        '<div class="la-sides">{home}<div class="la-middle"><div class="la-score{long}"><span>{first}</span>'
        '<span class="la-dash">&#8211;</span><span>{second}</span></div>{clock}</div>{away}</div>'
    ).format(
        home=_side(score.home),
        away=_side(score.away),
        first=score.home.value,
        second=score.away.value,
        clock=clock,
        long=long,
    )


def _side(side: Side) -> Markup:
    return Markup(
        '<div class="la-side"><span class="la-badge la-hue-{hue}" aria-hidden="true" dir="auto">{badge}</span>'
        '<span class="la-team la-two-lines" dir="auto">{name}</span></div>'
    ).format(hue=side.hue, badge=side.badge, name=side.name)


def _journey(journey: Journey) -> Iterable[Markup]:
    eta = Markup("")
    if journey.eta is not None:
        eta = Markup(
            '<div class="la-eta"><div class="la-eta-value" dir="auto">{value}</div>'
            '<div class="la-label" dir="auto">{label}</div></div>'
        ).format(value=journey.eta.text, label=journey.eta.label)
    yield Markup(
        '<div class="la-line"><p class="la-headline la-two-lines" dir="auto">{headline}</p>{eta}</div>'
    ).format(headline=journey.headline, eta=eta)
    bar = _steps(journey) if journey.progress is None and journey.steps > 1 else _bar(journey.progress)
    if journey.origin is not None or journey.destination is not None:
        if journey.origin is None and not bar and journey.destination is not None:
            yield Markup('<div class="la-way la-only">{}</div>').format(
                _stop(journey.destination, to=True, only=True)
            )
            return
        stops = [stop for stop in (journey.origin, journey.destination) if stop is not None]
        coded = " la-coded" if any(stop.is_code for stop in stops) else ""
        yield Markup('<div class="la-way{coded}{open}">{origin}{bar}{destination}</div>').format(
            coded=coded,
            open="" if journey.origin is not None else " la-open",
            origin=_stop(journey.origin, to=False) if journey.origin is not None else "",
            bar=bar or Markup('<span class="la-dotted"></span>'),
            destination=_stop(journey.destination, to=True),
        )
    elif bar:
        yield bar


def _stop(stop: Stop | None, *, to: bool, only: bool = False) -> Markup:
    side = " la-to" if to and not only else ""
    if stop is None:
        return Markup('<div class="la-end{}"></div>').format(side)
    time = Markup('<div class="la-label" dir="auto">{}</div>').format(stop.time) if stop.time else ""
    kind = "la-place-code" if stop.is_code else "la-place la-two-lines"
    arrow = Markup('<span class="la-arrow" aria-hidden="true">→</span>') if only else ""
    return Markup(
        '<div class="la-end{side}"><div class="{kind}" dir="auto">{arrow}{name}</div>{time}</div>'
    ).format(side=side, kind=kind, arrow=arrow, name=stop.name, time=time)


def _steps(journey: Journey) -> Markup:
    done = Markup('<i class="la-done"></i>') * journey.step + Markup("<i></i>") * (
        journey.steps - journey.step
    )
    label = f"step {journey.step} of {journey.steps}"
    return Markup('<div class="la-steps" role="img" aria-label="{}">{}</div>').format(label, done)


def _bar(progress: float | None) -> Markup:
    if progress is None:
        return Markup("")
    return Markup('<progress class="la-bar" max="100" value="{}" aria-label="progress"></progress>').format(
        round(100 * progress)
    )


def _count(count: Count) -> Iterable[Markup]:
    trend = Markup("")
    if count.trend is not None:
        trend = Markup('<span class="la-trend" role="img" aria-label="{}">{}</span>').format(
            count.trend, TREND_MARKS[count.trend]
        )
    long = len(count.main.text) > MAIN_LENGTH
    main = Markup(
        '<div class="la-number"><div class="la-value la-main{long} la-cut" dir="auto">{value}{unit}{trend}</div>'
        '<div class="la-label la-cut" dir="auto">{label}</div></div>'
    ).format(
        value=count.main.value,
        unit=_unit(count.main),
        trend=trend,
        label=count.main.label,
        long=" la-main-long" if long else "",
    )
    yield Markup('<div class="la-numbers">{}{}</div>').format(
        main, Markup("").join(map(_number, count.others))
    )
    if count.progress is not None:
        yield _bar(count.progress)


def _unit(measure: Measure) -> Markup:
    return Markup('<span class="la-unit">{}</span>').format(measure.unit) if measure.unit else Markup("")


def _number(measure: Measure) -> Markup:
    return Markup(
        '<div class="la-number"><div class="la-value la-cut" dir="auto">{value}</div>'
        '<div class="la-label la-cut" dir="auto">{label}</div></div>'
    ).format(value=measure.text, label=measure.label)


def _rows(rows: Rows, card: Card) -> Iterable[Markup]:
    message = Markup("")
    if card.message:
        message = Markup('<p class="la-message la-two-lines" dir="auto">{}</p>').format(card.message)
    if rows.title != card.heading or message:
        title = escape(rows.title) if rows.title != card.heading else Markup("")
        heading = (
            Markup('<p class="la-title la-two-lines" dir="auto">{}</p>').format(title)
            if title
            else Markup("")
        )
        yield Markup("<div>{}{}</div>").format(heading, message)
    if rows.progress is not None:
        yield _bar(rows.progress)


def _facts(facts: Iterable[Fact], left_out: int) -> Markup:
    rows = [
        Markup(
            '<dt class="la-cut" dir="auto">{}</dt><dd><span class="la-cut" dir="auto">{}</span></dd>{}'
        ).format(
            fact.label,
            fact.value,
            Markup('<dd class="la-fact-bar">{}</dd>').format(_bar(fact.share))
            if fact.share is not None
            else "",
        )
        for fact in facts
    ]
    if left_out:
        rows.append(Markup("<dt>and {} more</dt><dd></dd>").format(left_out))
    return Markup('<dl class="la-facts">{}</dl>').format(Markup("").join(rows))


def _island(island: Island, card: Card) -> Markup:
    return Markup(
        '<div class="la-island" role="img" aria-label="Dynamic Island: {leading}, {trailing}">'
        '<span class="la-island-leading">{icon}<span class="la-cut" dir="auto">{leading}</span></span><span></span>'
        '<span class="la-island-trailing"><span class="la-cut" dir="auto">{trailing}</span></span></div>'
    ).format(leading=island.leading, trailing=island.trailing, icon=_icon(card, "la-island-icon"))
