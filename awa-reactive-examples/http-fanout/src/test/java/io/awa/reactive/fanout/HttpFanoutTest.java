package io.awa.reactive.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class HttpFanoutTest {

    private static final int CALLS = 10_000;

    // Answers take long enough for all calls to be under way at once, and for each attempt to leave its segment.
    @Test
    void tenThousandCallsWithEightThreadsAndEightConnections() {
        AwaPostgres postgres = AwaPostgres.shared();
        String schema = postgres.freshSchema("fanout");
        FanoutOptions options = FanoutOptions.defaults()
                .jobs(CALLS + 200)
                .inFlight(CALLS)
                .answerMillis(15_000)
                .worker(WatchedWorker.class.getName(), "-XX:+AllowRedefinitionToAddDeleteMethods");

        FanoutReport report = HttpFanout.run(options, postgres.url(), schema, System.err::println);

        System.err.println(report);
        assertThat(report.inFlightMax()).isEqualTo(CALLS);
        assertThat(report.completed()).isEqualTo(CALLS + 200);
        assertThat(report.answered()).isEqualTo(CALLS + 200);
        assertThat(report.unsettled()).isZero();
        assertThat(report.heldMax()).as("attempts that ran long").isBetween(1_000L, CALLS + 200L);
        assertThat(report.connectionsMax()).isBetween(4, 8);
        assertThat(report.heapMbMax()).isBetween(20L, 512L);
        assertThat(report.blocked()).as("blocking calls").isZero();
        assertThat(report.threadsMax()).isLessThanOrEqualTo(8);
        assertThat(report.threads())
                .as("two loops, one that claims, two for handlers, two timers, one of the driver's scheduler")
                .allMatch(name -> name.matches(
                        "fanout-loop-.*|awa-claim-.*|awa-handler-.*|parallel-.*|boundedElastic-evictor-.*"));
        postgres.drop(schema).block(Duration.ofMinutes(1));
    }
}
