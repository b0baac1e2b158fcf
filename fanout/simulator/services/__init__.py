"""Practice services: what the tools of the lessons ask over HTTP. They never make up an answer."""

from fanout.simulator.services.declined import Declined as Declined
from fanout.simulator.services.declined import NotKnown as NotKnown
from fanout.simulator.services.practice import PRACTICE as PRACTICE
from fanout.simulator.services.practice import State as State
from fanout.simulator.services.practice import practice as practice
from fanout.simulator.services.service import Service as Service
