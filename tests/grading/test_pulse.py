"""What is known of whether the machine let a process run: measured, and doubted where it is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from fanout.grading.process import Process
from fanout.grading.pulse import HARMLESS, Pulse, Watch

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"),  # noqa: PTH110
    reason="this kernel does not count how long a process waits for a processor",
)

BUSY = "while True: pass"
SLEEPY = "import time; time.sleep(60)"
SECONDS = 0.6


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    beating = Pulse()
    beating.start()
    yield beating
    beating.stop()


def started(code: str, processor: int, nice: int = 0) -> subprocess.Popen[bytes]:
    program = f"import os; os.sched_setaffinity(0, [{processor}]); os.nice({nice})\n{code}"
    return subprocess.Popen([sys.executable, "-c", program])


def test_a_process_that_gets_no_processor_was_disturbed(pulse: Pulse) -> None:
    """Of two that want the same processor the one that must give way is known to have waited."""
    processor = min(os.sched_getaffinity(0))
    with started(BUSY, processor) as greedy, started(BUSY, processor, nice=19) as modest:
        try:
            time.sleep(0.3)  # both are under way
            watch = Watch(Process(modest.pid), pulse)
            time.sleep(SECONDS)
            assert not watch.silent_by_itself()  # it may not have run at all so far
            greedy.kill()
            greedy.wait()
            time.sleep(0.2)  # what it waited is counted when it gets its turn
            assert not watch.undisturbed()
        finally:
            greedy.kill()
            modest.kill()


def test_a_process_that_only_waits_for_something_was_not_disturbed(pulse: Pulse) -> None:
    """Sleeping is no waiting for a processor."""
    with started(SLEEPY, min(os.sched_getaffinity(0))) as sleepy:
        try:
            time.sleep(0.3)
            watch = Watch(Process(sleepy.pid), pulse)
            time.sleep(0.1)
            assert watch._before is not None
            assert (watch._kept_waiting() or 99) - watch._before - pulse.lost < HARMLESS
            assert not Process(sleepy.pid).ready
        finally:
            sleepy.kill()


def test_what_is_not_known_is_doubted(pulse: Pulse) -> None:
    """No pulse, no process, or no word about a thread that has ended: then nothing is certain."""
    here = Process(os.getpid())
    assert not Watch(here, None).undisturbed()
    assert not Watch(here, pulse).undisturbed(None)
    assert not Watch(here, pulse).undisturbed("0")
    assert not Watch(here, pulse).undisturbed(HARMLESS)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
        assert not Watch(Process(ended.pid), pulse).undisturbed()


def test_a_pulse_notices_that_everything_stood_still() -> None:
    """A process that was stopped as a whole has lost that time, though it never waited for a processor."""
    program = (
        "import sys, time; from fanout.grading.pulse import Pulse\n"
        "pulse = Pulse(); pulse.start(); print('on', flush=True)\n"
        "sys.stdin.readline(); print(pulse.lost, flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as stopped:
        assert stopped.stdin
        assert stopped.stdout
        stopped.stdout.readline()
        stopped.send_signal(signal.SIGSTOP)
        time.sleep(SECONDS)
        stopped.send_signal(signal.SIGCONT)
        stopped.stdin.write("\n")
        stopped.stdin.flush()
        assert float(stopped.stdout.readline()) > SECONDS - 0.1
