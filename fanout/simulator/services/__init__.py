"""Practice services: what the tools of the lessons ask over HTTP. They never make up an answer."""

from fanout.simulator.services.practice import PRACTICE as PRACTICE
from fanout.simulator.services.service import NotKnown as NotKnown
from fanout.simulator.services.service import Service as Service
