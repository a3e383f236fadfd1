package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RequestState;
import io.awa.reactive.job.JobId;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Requests made in callers' transactions, applied by workers. */
class RequestLoopTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Two processes look; the request is applied once, after the commit, while the caller's transaction blocks nobody. */
    @Test
    void aRequestIsAppliedAfterTheCommit() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
        rig.awa.admin().pause("q", "test").block(Await.LONG);
        List<JobId> ids = List.of(rig.enqueue(Rig.NUMBER, 0), rig.enqueue(Rig.NUMBER, 1));
        Connection connection = Objects.requireNonNull(
                Mono.from(rig.postgres.connections().create()).block(Await.LONG));
        Mono.from(connection.beginTransaction()).block(Await.LONG);
        RequestId request = Objects.requireNonNull(
                rig.awa.admin().on(connection).cancel(ids.get(0), "withdrawn").block(Await.LONG));
        Await.staysTrue("not yet", Duration.ofMillis(600), () -> state(ids.get(0)) == JobState.AVAILABLE);
        Mono.from(connection.commitTransaction()).block(Await.LONG);
        Await.until(() -> "applied", SOON, () -> state(ids.get(0)) == JobState.CANCELLED);
        assertThat(rig.awa.admin().request(request).block(Await.LONG)).isEqualTo(new RequestState.Applied());
        rig.awa.admin().resume("q").block(Await.LONG);
        Await.until(() -> "the other goes on", SOON, () -> state(ids.get(1)) == JobState.COMPLETED);
        assertThat(state(ids.get(0))).isEqualTo(JobState.CANCELLED);
        Mono.from(connection.close()).block(Await.LONG);
    }

    private JobState state(JobId id) {
        return Objects.requireNonNull(rig.awa.admin().job(id).block(Await.LONG)).state();
    }
}
