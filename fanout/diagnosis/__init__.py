"""`fanout.diagnose`: what is wrong with the tool calls and results of a conversation, with no server."""

from fanout.diagnosis.diagnose import Diagnosis as Diagnosis
from fanout.diagnosis.diagnose import diagnose as diagnose
from fanout.diagnosis.finding import Finding as Finding
