package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real runs did, their models allow; and none of them with one of its answers altered. */
@Tag("model")
class TraceReplayTest extends StorageTest {

    private static final int STEPS = 32;

    @TempDir
    private Path scratch;

    @Override
    int children() {
        return 2;
    }

    @Test
    void aLaneFromEnqueueToPrune() throws Exception {
        long seed = seed();
        LaneTrace lane = new LaneTrace(seed, a, List.of(b, c), List.of(session(), session()));
        Trace trace = lane.record(STEPS);

        replayed(
                trace,
                "LaneLedger",
                lane.children(children()),
                "  Child <- RunChild\n  Producers = " + LaneTrace.names("p", LaneTrace.PRODUCERS) + "\n  Claimers = "
                        + LaneTrace.names("c", 2) + "\n  JobsPerProducer = " + LaneTrace.JOBS
                        + "\n  RowByRow = FALSE\n  Limit = " + LaneTrace.LIMIT + "\n  ChildCount = " + children()
                        + "\n  LastGeneration = " + LaneTrace.GENERATIONS
                        + "\n  MaxReleases = 99\n  MaxCancels = 99\n  Fault = \"none\"\n");
    }

    @Test
    void closersThatMeet() throws Exception {
        Trace trace = new CloseTrace(seed(), a, List.of(b, c, session())).record(STEPS);

        replayed(
                trace,
                "Close",
                "",
                "  Closers = " + LaneTrace.names("c", CloseTrace.CLOSERS) + "\n  Releasers = {\"c3\", \"c6\"}"
                        + "\n  Claimers = {worker}\n  JobCount = " + CloseTrace.JOBS + "\n  GivenClaims <- NoClaims"
                        + "\n  Limit = " + CloseTrace.LIMIT + "\n  MaxClaims = 99\n  Tries = " + CloseTrace.TRIES
                        + "\n  MaxLost = 99\n  MaxAborts = 99\n  MaxCrashes = 0\n  Fault = \"none\"\n");
    }

    @Test
    void childrenThatAreUsedAgain() throws Exception {
        Trace trace = new PoolTrace(seed(), a, List.of(b, c), List.of(session(), session())).record(STEPS);

        replayed(
                trace,
                "Pool",
                "",
                "  Leaders = " + LaneTrace.names("l", 2) + "\n  Producers = "
                        + LaneTrace.names("p", PoolTrace.PRODUCERS) + "\n  Closers = "
                        + LaneTrace.names("w", PoolTrace.CLOSERS) + "\n  LaneCount = " + PoolTrace.LANES
                        + "\n  ChildCount = " + children() + "\n  LastSegment = " + PoolTrace.SEGMENTS
                        + "\n  Asleep = TRUE\n  MayAbort = TRUE\n  MaxReleases = 99\n  MaxStops = 99"
                        + "\n  MaxRollbacks = 99\n  MaxCrashes = 0\n  Fault = \"none\"\n");
    }

    private void replayed(Trace trace, String model, String definitions, String constants) throws Exception {
        assertThat(trace.replay(model, scratch.resolve("run"), definitions, constants))
                .as(trace.toString())
                .contains("Invariant NotReplayed is violated");
        assertThat(trace.replayAltered(model, scratch.resolve("altered"), definitions, constants))
                .as("one answer altered: %s", trace)
                .contains("Model checking completed. No error has been found.");
    }

    // -Dawa.trace.seed: the seed of a run to be looked at.
    private static long seed() {
        return Long.getLong("awa.trace.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    }
}
