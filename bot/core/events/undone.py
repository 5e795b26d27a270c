"""Events that nobody did: what is denied, feared or only law counts where it names somebody, a sum or a day.

"No fine was imposed" and "the board can levy fines" tell of no fine; "the clinic was not fined over the leak" does.
"""

from bot.core.events.definitions import Definition
from bot.core.model import Event, Stance
from bot.core.text.cast import Cast
from bot.core.text.entities import PARTY_KINDS

PARTY = "party"  # stands in `undone` for anybody whom the sentence names
HAPPENED = "happened"
_UNDONE = (Stance.DENIED, Stance.HYPOTHETICAL, Stance.REQUIRED)
_CONCERNED = (*PARTY_KINDS, "union")


def is_told(event: Event, definition: Definition, cast: Cast) -> bool:
    """Tell whether the event was done, or its own sentence says enough of what was not."""
    if event.stance not in _UNDONE or not definition.undone:
        return True
    start, end = event.sentence_start, event.sentence_start + len(event.sentence)
    if PARTY in definition.undone and any(name.kind in _CONCERNED for name in cast.spoken_of(start, end)):
        return True
    told = {each.part.removeprefix("slot:") for each in event.evidence if start <= each.start < end}
    return not definition.undone.isdisjoint(told)
