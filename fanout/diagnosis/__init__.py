"""What is wrong with a conversation (`diagnose`), and what an API's error means (`explain`); no server."""

from fanout.diagnosis.diagnose import Diagnosis as Diagnosis
from fanout.diagnosis.diagnose import diagnose as diagnose
from fanout.diagnosis.explaining import Explanation as Explanation
from fanout.diagnosis.explaining import explain as explain
from fanout.diagnosis.finding import Finding as Finding
from fanout.diagnosis.index import ErrorIndex as ErrorIndex
from fanout.diagnosis.index import error_index as error_index
