"""Operations and their stages, as they are published."""

import asyncio
import threading

import pytest
from google.protobuf.json_format import MessageToDict

from backends.emitter import OperationCancelled, Plan, Progress
from backends.emitter.cursor import Cursor
from backends.generated.gateway.progress.v1 import progress_pb2 as pb

PLANS = [Plan("scan", "Scan files", weight=1), Plan("hash", "Hash files", weight=3)]


@pytest.fixture
def progress(clock):
    """A registry whose time stands still."""
    return Progress(clock=clock, epoch="e")


def begin(progress, stages=PLANS, **details):
    """Return an operation not yet entered."""
    return progress.operation("Ingest", **{"type": "ingest", "owner_id": "u1", "stages": stages} | details)


def published(progress):
    """Return every state published so far."""
    return [entry.item for entry in progress.ring.since()[0]]


def last(progress):
    """Return the state published last."""
    return published(progress)[-1]


def states(progress):
    """Return where the operation stood, publication by publication."""
    return [pb.OperationState.Name(state.state).rpartition("_")[2].lower() for state in published(progress)]


def stage_states(state):
    """Return where the stages stand."""
    return [pb.StageState.Name(stage.state).removeprefix("STAGE_STATE_").lower() for stage in state.stages]


def percentages(progress):
    """Return the first stage's percentages, publication by publication."""
    return [state.stages[0].percentage for state in published(progress)]


def test_an_operation_is_published_with_all_that_was_said_of_it(progress):
    """The first state is the operation as it was planned."""
    details = {"owner_type": "team", "owner_name": "Ada", "resource_id": "r1", "metadata": {"files": 3}}
    with begin(progress, id="o1", **details):
        first = last(progress)
    assert MessageToDict(first, preserving_proto_field_name=True) == {
        "id": "o1",
        "operation_name": "Ingest",
        "operation_type": "ingest",
        "owner_id": "u1",
        "owner_type": "team",
        "owner_name": "Ada",
        "resource_id": "r1",
        "state": "OPERATION_STATE_STARTING",
        "stages": [
            {"id": "scan", "name": "Scan files", "state": "STAGE_STATE_PENDING"},
            {"id": "hash", "name": "Hash files", "state": "STAGE_STATE_PENDING"},
        ],
        "started_at": "2026-01-01T00:00:00Z",
        "last_update": "2026-01-01T00:00:00Z",
        "metadata": {"files": 3.0},
    }


def test_optional_details_not_given_are_absent(progress):
    """An empty text is something else than none."""
    with begin(progress):
        assert not any(last(progress).HasField(name) for name in ("owner_name", "resource_id", "metadata", "error"))


def test_an_operation_goes_through_its_states(progress, clock):
    """It runs from its first stage on, and ends when its block does, with its time."""
    with begin(progress) as operation:
        assert states(progress) == ["starting"]
        with operation.stage("scan"):
            assert (last(progress).current_stage, stage_states(last(progress))) == ("scan", ["in_progress", "pending"])
        assert stage_states(last(progress)) == ["completed", "pending"]
        clock.advance(5)
        with operation.stage("hash"):
            assert last(progress).current_stage == "hash"
    assert states(progress) == ["starting", "running", "running", "running", "running", "completed"]
    assert last(progress).completed_at.ToSeconds() - last(progress).started_at.ToSeconds() == 5
    assert [last(progress).overall_percentage, *percentages(progress)[-1:]] == [100, 100]


def test_the_overall_percentage_is_the_weighted_mean(progress):
    """A stage of weight 3 counts three times as much as one of weight 1."""
    with begin(progress) as operation:
        with operation.stage("scan"):
            pass
        assert last(progress).overall_percentage == 25
        with operation.stage("hash") as stage:
            stage.update(percentage=50)
            operation.skip()
            assert last(progress).overall_percentage == 62.5


@pytest.mark.parametrize(("told", "kept"), [(-5, 0), (150, 100), (float("nan"), 0), (33.5, 33.5)])
def test_percentages_stay_between_0_and_100(progress, clock, told, kept):
    """Whatever the work computes."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        clock.advance(1)
        stage.update(percentage=told)
        assert last(progress).stages[0].percentage == kept


def test_a_skipped_stage_does_not_count(progress):
    """The other stages are the whole then."""
    with begin(progress) as operation:
        operation.skip("hash")
        with operation.stage("scan") as stage:
            stage.update(percentage=40)
            operation.skip("hash")
            assert last(progress).overall_percentage == 40
    assert stage_states(last(progress)) == ["completed", "skipped"]


def test_stages_that_never_began_are_skipped_when_the_operation_completes(progress):
    """Nothing of a completed operation is pending for ever."""
    with begin(progress) as operation, operation.stage("scan"):
        pass
    assert stage_states(last(progress)) == ["completed", "skipped"]
    assert last(progress).overall_percentage == 100


@pytest.mark.parametrize(("error", "text"), [(OSError("disk full"), "disk full"), (KeyError(), "KeyError")])
def test_an_exception_fails_the_operation_and_goes_on(progress, error, text):
    """Its text is told, or its class where it has none; what was done stays."""

    def work():
        with begin(progress) as operation, operation.stage("scan") as stage:
            stage.update(percentage=40, step="reading x")
            raise error

    with pytest.raises(type(error)):
        work()
    assert (states(progress)[-1], last(progress).error) == ("error", text)
    assert stage_states(last(progress)) == ["error", "pending"]
    assert (last(progress).overall_percentage, last(progress).stages[0].stage_step) == (10, "reading x")


@pytest.mark.parametrize("step", ["update", "check", "stage", "track"])
def test_a_cancelled_operation_stops_at_its_next_step(progress, step):
    """Cancelled from another thread, it leaves its block without an exception, and its percentage stays."""
    reached = False
    with begin(progress) as operation, operation.stage("scan") as stage:
        stage.update(percentage=40)
        canceller = threading.Thread(target=operation.cancel, args=("enough",))
        canceller.start()
        canceller.join()
        match step:
            case "update":
                stage.update(percentage=80)
            case "check":
                operation.check_cancelled()
            case "stage":
                operation.stage("hash").__enter__()
            case "track":
                list(stage.track([1]))
        reached = True
    assert not reached
    assert states(progress)[-1] == "cancelled"
    assert stage_states(last(progress)) == ["skipped", "pending"]
    assert last(progress).overall_percentage == 10
    assert last(progress).metadata["cancel_reason"] == "enough"
    assert not last(progress).HasField("error")


def test_a_cancellation_cannot_be_lost(progress):
    """Work that swallows it once is told again, and the operation ends as cancelled all the same."""
    told = 0
    with begin(progress) as operation:
        operation.cancel()
        for _ in range(2):
            try:
                operation.check_cancelled()
            except OperationCancelled:
                told += 1
    assert (told, states(progress)[-1]) == (2, "cancelled")


def test_a_cancellation_that_comes_too_late_changes_nothing(progress):
    """Work that was finished before it looked is complete."""
    with begin(progress) as operation:
        operation.cancel()
    assert states(progress)[-1] == "completed"


def test_only_the_cancelled_operation_swallows_the_exception(progress):
    """One that happens to be within it ends as cancelled too, and lets it pass."""
    with begin(progress, id="outer") as outer:
        outer.cancel()
        with begin(progress, id="inner"):
            outer.check_cancelled()
        pytest.fail("the inner operation has swallowed what was meant for the outer one")
    assert [(state.id, state.state) for state in published(progress)[-2:]] == [
        ("inner", pb.OPERATION_STATE_CANCELLED),
        ("outer", pb.OPERATION_STATE_CANCELLED),
    ]


async def test_a_cancelled_task_cancels_its_operation(progress):
    """And the task is cancelled as asyncio wants it."""

    async def work():
        async with begin(progress) as operation, operation.stage("scan"):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (states(progress)[-1], stage_states(last(progress))) == ("cancelled", ["skipped", "pending"])


def test_frequent_updates_are_held_back_and_the_last_one_is_not_lost(progress, clock):
    """A hundred updates in an instant become one, and it is the last."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        before = len(published(progress))
        for percentage in range(1, 101):
            stage.update(percentage=percentage)
        assert (len(published(progress)), clock.pending) == (before, 1)
        clock.advance(0.0999)
        assert len(published(progress)) == before
        clock.advance(0.0002)
        assert percentages(progress)[before:] == [100]
        clock.advance(10)
        assert len(published(progress)) == before + 1


def test_an_update_after_a_quiet_time_is_published_at_once(progress, clock):
    """And then at most one in each interval."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        clock.advance(1)
        before = len(published(progress))
        for percentage in range(1, 31):
            stage.update(percentage=percentage)
            clock.advance(1 / 64)
        clock.advance(1)
    assert percentages(progress)[before:-2] == [1, 7, 13, 20, 26, 30]


def test_changes_of_state_are_never_held_back(progress):
    """Nor is anything that was held back before them published after them."""
    with begin(progress) as operation:
        for _ in range(20):
            with operation.stage("scan") as stage:
                stage.update(percentage=50)
        operation.skip("hash")
    assert len(published(progress)) == 1 + 40 + 1 + 1


def test_nothing_is_published_after_the_end(progress, clock):
    """Neither what was held back nor what a straggling thread still tells."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        stage.update(percentage=50)
        stage.update(percentage=60)
    clock.advance(1)
    stage.update(percentage=70)
    operation.annotate(late=True)
    clock.advance(1)
    assert states(progress).index("completed") == len(published(progress)) - 1


async def test_the_system_clock_publishes_the_last_update_too():
    """With a real timer, while the work is busy with something else."""
    progress = Progress(interval_seconds=0.02)
    cursor = Cursor(progress.ring)
    with begin(progress) as operation, operation.stage("scan") as stage:
        stage.update(percentage=10)
        stage.update(percentage=20)
        async with asyncio.timeout(10):
            while (await anext(cursor)).item.stages[0].percentage != 20:
                pass
        assert states(progress)[-1] == "running"


def test_tracking_tells_where_the_work_is(progress, clock):
    """The percentage is what was done before each item, the step its text."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        told = []
        for item in stage.track(["a", "b"], step=str.upper):
            clock.advance(1)
            told.append((item, last(progress).stages[0].percentage, last(progress).stages[0].stage_step))
            clock.advance(1)
    assert told == [("a", 0, "A"), ("b", 50, "B")]
    assert not last(progress).stages[0].HasField("stage_step")


def test_tracking_counts_sizes(progress, clock):
    """An item of three quarters of the size is three quarters of the work."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        done = []
        for _ in stage.track([3, 1], size=float):
            clock.advance(1)
            done.append(last(progress).stages[0].percentage)
            clock.advance(1)
    assert done == [0, 75]


def test_tracking_nothing_is_complete(progress):
    """An empty list is no division by zero, nor are items without size."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        assert list(stage.track([])) == []
        assert list(stage.track([1, 2], size=lambda _: 0)) == [1, 2]
        operation.skip()
        assert last(progress).stages[0].percentage == 100


def test_metadata_adds_up(progress, clock):
    """New keys are added, old ones replaced."""
    with begin(progress, metadata={"files": 1, "kept": True}) as operation:
        clock.advance(1)
        operation.annotate(files=2, names=["a"])
    assert MessageToDict(last(progress).metadata) == {"files": 2, "kept": True, "names": ["a"]}


def test_a_file_name_that_is_no_unicode_is_no_problem(progress):
    """Steps are often file names, and those may be anything."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        stage.update(step="bad \udcff name")
        operation.skip()
        assert last(progress).stages[0].stage_step == "bad \\udcff name"


def test_a_snapshot_holds_the_newest_state_of_each_running_operation(progress, clock):
    """In the order of their publication, each with its own token; ended ones have left."""
    with begin(progress, id="a") as first, begin(progress, id="b"):
        with begin(progress, id="c"):
            pass
        with first.stage("scan"):
            entries, head = progress.snapshot()
    assert [(entry.item.id, entry.item.state, entry.token) for entry in entries] == [
        ("b", pb.OPERATION_STATE_STARTING, "e-2"),
        ("a", pb.OPERATION_STATE_RUNNING, "e-5"),
    ]
    assert head == "e-5"
    assert progress.snapshot() == ([], "e-8")


def test_what_was_published_does_not_change_any_more(progress, clock):
    """Each publication is a copy."""
    with begin(progress) as operation, operation.stage("scan") as stage:
        before = last(progress)
        clock.advance(1)
        stage.update(percentage=50)
        assert (before.stages[0].percentage, last(progress).stages[0].percentage) == (0, 50)


@pytest.mark.usefixtures("restless")
def test_threads_may_share_an_operation():
    """Their updates are counted one by one, and each state published is whole."""
    progress = Progress(interval_seconds=0, capacity=100_000)
    with begin(progress, stages=[Plan(str(n), str(n)) for n in range(4)]) as operation:

        def work(stage_id):
            with operation.stage(stage_id) as stage:
                for _ in stage.track(range(500)):
                    pass

        threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for state in published(progress):
        mean = sum(stage.percentage for stage in state.stages) / 4
        assert state.overall_percentage == pytest.approx(mean)
    assert len(published(progress)) >= 1 + 8 + 1


async def test_async_blocks_are_the_same(progress):
    """`async with` publishes what `with` does."""
    async with begin(progress) as operation, operation.stage("scan") as stage:
        stage.update(percentage=50)
    assert states(progress) == ["starting", "running", "running", "completed"]


def test_mistakes_in_a_plan_are_told(progress):
    """Unknown stages, equal ids, weights that are none, and an operation begun twice."""
    with pytest.raises(LookupError, match="'hsah' is planned, only scan, hash"):
        begin(progress).stage("hsah")
    with pytest.raises(LookupError, match="'nope'"):
        begin(progress).skip("scan", "nope")
    with pytest.raises(ValueError, match="ids must differ: a, a"):
        begin(progress, stages=[Plan("a", "A"), Plan("a", "B")])
    for weight in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="must be above 0"):
            Plan("a", "A", weight)
    with begin(progress) as operation, pytest.raises(RuntimeError, match="has begun before"):
        operation.__enter__()
