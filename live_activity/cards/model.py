"""The content of a card before it is drawn: plain text in places, without HTML or SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

LayoutName = Literal["score", "journey", "count", "generic"]
Theme = Literal["light", "dark", "auto"]
Direction = Literal["ltr", "rtl"]
Tone = Literal["live", "good", "warn", "bad", "calm"]
Trend = Literal["up", "rising", "flat", "falling", "down"]

SCORE_LENGTHS = (5, 10)
"""Two scores of more characters together are drawn smaller, and smaller still."""
CAPTION = "A sketch: on the phone, the app's own design decides."


@dataclass(frozen=True, slots=True)
class Chip:
    """The status in a word or two, such as `Second half` or `Delayed`."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with its unit and what it measures."""

    value: str
    unit: str = ""
    label: str = ""

    @property
    def text(self) -> str:
        """The value with its unit."""
        joined = "" if self.unit in ("%", "°", "°C", "°F") else " "
        return f"{self.value}{joined}{self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and a value; `share` (0 to 1) is drawn as a bar."""

    label: str
    value: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two who play against each other. `hue` chooses the colour of its badge."""

    name: str
    value: str
    badge: str
    hue: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a journey begins or ends, and when."""

    name: str
    time: str = ""

    @property
    def is_code(self) -> bool:
        """Whether the name is a short code, as of an airport."""
        return 2 <= len(self.name) <= 4 and self.name.isascii() and self.name.isupper()


@dataclass(frozen=True, slots=True)
class Score:
    """Two sides with their scores; `clock` is the minute, or the time that is left."""

    home: Side
    away: Side
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """Origin, destination, progress and times. `step` of `steps` are done where the journey has named steps."""

    headline: str
    origin: Stop | None = None
    destination: Stop | None = None
    eta: Measure | None = None
    progress: float | None = None
    step: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """One large number, up to two beside it, and its progress."""

    main: Measure
    others: tuple[Measure, ...] = ()
    progress: float | None = None
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A title, with the message and the facts below."""

    title: str
    progress: float | None = None


Body: TypeAlias = Score | Journey | Count | Rows


@dataclass(frozen=True, slots=True)
class Island:
    """The compact Dynamic Island: the texts to the left and to the right of the camera."""

    leading: str
    trailing: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card. All text is cleaned of what cannot be shown; `direction` is that of its text.

    `heading` names the card, `context` adds to it, `message` is shown below the body, `facts` are fields that
    have no place of their own, and `left_out` is how many more of those there are. `summary` is the card in one line.
    """

    activity_type: str
    layout: LayoutName
    heading: str
    body: Body
    island: Island
    summary: str
    context: str = ""
    chip: Chip | None = None
    message: str = ""
    facts: tuple[Fact, ...] = ()
    left_out: int = 0
    direction: Direction = "ltr"
