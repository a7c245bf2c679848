"""The queue of frames, and the ids that were seen lately."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from inference_agent.jobs import Job, JobQueue
from inference_agent.recent import Recent
from okko.contracts import Frame

MakeFrame = Callable[..., Frame]


def job(frame: MakeFrame, camera: str = "top", deadline: int = 0, size_bytes: int = 10) -> Job:
    """A frame of some bytes that waits."""
    return Job(frame(bytes(size_bytes), 1, 1, camera=camera), 0, deadline, ("model",))


def taken(queue: JobQueue) -> list[Job]:
    """All jobs, in the order in which they are taken."""
    found = []
    while (next_job := queue.take()) is not None:
        found.append(next_job)
    return found


def test_the_oldest_deadline_comes_first(frame: MakeFrame) -> None:
    """Over all cameras, the frame that must be answered first is taken first."""
    queue = JobQueue(["top", "side"])
    jobs = [job(frame, "top", 30), job(frame, "side", 10), job(frame, "side", 20)]
    for one in jobs:
        queue.put(one)
    assert taken(queue) == [jobs[1], jobs[2], jobs[0]]


def test_cameras_with_the_same_deadline_take_turns(frame: MakeFrame) -> None:
    """No camera's frames wait behind all of another's."""
    queue = JobQueue(["top", "side"])
    for camera in ("top", "top", "top", "side", "side", "side"):
        queue.put(job(frame, camera, 5))
    cameras = [one.frame.camera for one in taken(queue)]
    assert cameras == ["top", "side"] * 3


def test_a_full_queue_refuses_the_newcomer(frame: MakeFrame) -> None:
    """What was admitted is finished; a camera that floods fills its own share only, and can send again at once."""
    queue = JobQueue(["top", "side"], max_bytes=25)
    assert [queue.put(job(frame)) for _ in range(3)] == [True, True, False]
    assert queue.put(job(frame, "side"))
    assert (len(queue), queue.size_bytes) == (3, 30)
    queue.take()
    queue.take()
    assert queue.put(job(frame))


def test_a_frame_larger_than_the_queue_is_admitted_alone(frame: MakeFrame) -> None:
    """A camera of huge pictures still works, one frame at a time."""
    queue = JobQueue(["top"], max_bytes=5)
    assert [queue.put(job(frame)) for _ in range(2)] == [True, False]


@given(steps=st.lists(st.one_of(st.none(), st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9)))))
def test_nothing_is_lost_and_nothing_counted_twice(frame: MakeFrame, steps: list[tuple[str, int, int] | None]) -> None:
    """Whatever is put and taken, each admitted frame comes out once and the bytes add up."""
    queue = JobQueue(["a", "b"], max_bytes=30)
    inside: list[Job] = []
    for step in steps:
        if step is None:
            out = queue.take()
            assert (out is None) == (not inside)
            if out is not None:
                inside.remove(out)
        else:
            one = job(frame, step[0], step[1], step[2])
            if queue.put(one):
                inside.append(one)
        assert queue.size_bytes == sum(len(one.frame.data) for one in inside)
        assert len(queue) == len(inside)


def test_a_frame_is_new_once() -> None:
    """A second delivery of the same frame is known, until hundreds of others came between."""
    recent = Recent(remembered=3)
    assert [recent.is_new(i) for i in "abab"] == [True, True, False, False]
    assert [recent.is_new(i) for i in "cda"] == [True, True, True]
