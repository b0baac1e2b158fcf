"""Pictures of a run, drawn from the record: when things happened, and who said what."""

from fanout.pictures.bars import Bars as Bars
from fanout.pictures.bars import bars as bars
from fanout.pictures.views import Timeline as Timeline
from fanout.pictures.views import Transcript as Transcript
from fanout.pictures.views import timeline as timeline
from fanout.pictures.views import transcript as transcript

__all__ = ["Bars", "Timeline", "Transcript", "bars", "timeline", "transcript"]
