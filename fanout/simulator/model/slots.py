"""A slot: one value of the text that was given to one parameter.

Strategy: the small thing that `options`, `words` and `assign` make and that `fill` reads. It keeps
its place, because the order of the slots decides which values belong to one call.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fanout.simulator.model.schema import Param


class Slot(NamedTuple):
    """A value for a parameter and where in the text it stands."""

    param: Param
    value: Any
    start: int
    end: int
    group: int
    exact: bool = True
    """False for a schema's example, which the text may have meant otherwise."""

    @property
    def whole(self) -> bool:
        """Whether the value is a whole list already."""
        return isinstance(self.value, list)
