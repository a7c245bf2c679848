import subprocess
import sys

FAULTS = """
import resource, sys, threading
from okko import heap
if sys.argv[1] == "kept":
    heap.keep_for_reuse()
def pictures():
    for _ in range(20):
        bytearray(900_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        picture = bytearray(900_000), bytearray(900_000)
        del picture
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
thread = threading.Thread(target=pictures)
thread.start()
thread.join()
"""


def faults(mode: str) -> int:
    """How many pages a process with a thread that makes pictures gets from the system."""
    done = subprocess.run([sys.executable, "-c", FAULTS, mode], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_the_memory_of_a_picture_is_used_again_for_the_next_one() -> None:
    """A thread that makes picture after picture does not ask the system for the same pages each time."""
    given_back, kept = faults("given back"), faults("kept")
    assert kept < 1000  # two pictures' pages once, and not a hundred times
    assert kept <= given_back
