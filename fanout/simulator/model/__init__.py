"""The offline model: it reads the tools and the text and says which calls come next.

    decide(conversation) -> Decision(text=…) or Decision(wanted=(Wanted(name=…, arguments={…}), …))

Strategy: it is no language model. It follows rules that read names, descriptions and JSON Schemas,
so it works on any tool, understands plain requests only, and gives the same answer to the same
conversation. The way of a request through the modules: `scan` finds values, `meant` leaves out what the
text takes back, `relevance` finds the tools, `assign` and `fill` bring them together, `plan` makes
requests of it, `chain` closes them with results, `mind` decides what comes now, `answer` and `talk` say
the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fanout.conversation import Conversation


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One call that the model wants; the caller makes the id and the JSON text."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The model's next turn: a text, or the calls it wants."""

    text: str | None = None
    wanted: tuple[Wanted, ...] = ()


def decide(conversation: Conversation) -> Decision:
    """Choose the model's next turn; a pure function of the conversation that never raises."""
    from fanout.simulator.model.mind import next_turn

    return next_turn(conversation)
