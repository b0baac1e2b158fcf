"""JupyterLab on the lessons: this machine only, nothing fetched, the learner's own settings untouched."""

from fanout.lab.course import START, LabError, find_root
from fanout.lab.launch import Launch, plan
from fanout.lab.opening import open_lab
from fanout.lab.server import start, stop, wait_until_up
from fanout.lab.signatures import trust

__all__ = [
    "START",
    "LabError",
    "Launch",
    "find_root",
    "open_lab",
    "plan",
    "start",
    "stop",
    "trust",
    "wait_until_up",
]
