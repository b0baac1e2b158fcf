"""The two pictures as a notebook shows them: `timeline(run)` and `transcript(run)`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from fanout.pictures.finding import caption, finding
from fanout.pictures.spans import Spans, spans
from fanout.pictures.story import Story, story
from fanout.pictures.story_html import as_html
from fanout.pictures.story_text import as_text
from fanout.recording import Run
from fanout.terminal import fitted


def timeline(run: Run, seconds: float = 0.0) -> Timeline:
    """Show what happened when: the model's turns and the tool calls on one time axis.

    In a notebook it displays itself; `print` gives its text; `save("timeline.png")` writes a file.

    :param seconds: what the axis shows at least. `timeline(quick, seconds=slow.seconds)` draws a run
        to the scale of another, so that lengths can be compared.
    """
    return Timeline(replace(spans(_run(run, "timeline")), axis=seconds))


def transcript(run: Run) -> Transcript:
    """Show who said what: each message once, and beside each tool call the result it got."""
    return Transcript(story(_run(run, "transcript")))


def _run(run: Run, wanted_by: str) -> Run:
    """The run, or a `TypeError` that says where one comes from."""
    if isinstance(run, Run):
        return run
    raise TypeError(
        f"{wanted_by} draws a run, the one of `with fanout.record() as run:`; this is a value of "
        f"type `{type(run).__name__}`."
    )


class Timeline:
    """A timeline as it was when it was made: what is recorded afterwards does not change it."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans

    @property
    def alt(self) -> str:
        """What the picture shows, in sentences."""
        return finding(self.spans)

    def __str__(self) -> str:
        return fitted(self.alt)

    __repr__ = __str__

    def save(self, path: str | Path) -> None:
        """Write the picture to a PNG file. A run in which nothing happened has none: ValueError."""
        if not self.spans.lanes:
            raise ValueError(f"There is no picture to save to `{path}`: {self.alt}")
        Path(path).write_bytes(self.png)

    @cached_property
    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        from fanout.pictures.drawing import draw
        from fanout.pictures.figure import png_of

        figure = draw(self.spans).get_figure(root=True)
        assert figure is not None
        return png_of(figure)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": self.alt}

    def _html(self) -> str:
        if not self.spans.lanes:
            return f"<p>{escape(self.alt)}</p>"
        from fanout.pictures.figure import figure_html

        return figure_html(self.png, self.alt, caption(self.spans))


class Transcript:
    """A transcript as it was when it was made. It holds no times: a repeated run reads the same."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def __str__(self) -> str:
        return as_text(self.story)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": as_html(self.story), "text/plain": as_text(self.story)}
