package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RequestState;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.engine.Requests;
import io.awa.reactive.job.JobId;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Actions inside a caller's transaction. */
class RequestsTest extends StorageTest {

    private Awa awa;
    private Requests requests;

    @BeforeEach
    void start() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
        requests = awa.engine().requests();
    }

    @AfterEach
    void stop() {
        requests.close().then(awa.close()).block(Session.PATIENCE);
    }

    @Test
    void takesEffectAfterTheCommitAndBlocksNobody() {
        for (String isolation : new String[] {"read committed", "repeatable read", "serializable"}) {
            Life life = Life.in(a, "q");
            long id = life.available();
            b.begin(isolation);
            RequestId request = get(awa.admin().on(b.connection()).cancel(new JobId(id), "the order is gone"));
            assertThat(get(requests.pass())).isZero();
            assertThat(Life.state(a, id)).isEqualTo("available");
            assertThat(awa.admin().request(request).blockOptional(Session.PATIENCE))
                    .isEmpty();
            // nobody waits for the open transaction: the lane takes, claims and gives back
            life.available();
            Taken other = life.claim();
            a.release(other);
            b.commit();
            assertThat(get(awa.admin().request(request))).isEqualTo(RequestState.PENDING);
            assertThat(get(requests.pass())).isEqualTo(1);
            assertThat(get(awa.admin().request(request))).isEqualTo(RequestState.APPLIED);
            assertThat(a.row("select * from job(" + id + ")").text("reason")).isEqualTo("the order is gone");
            assertThat(get(requests.pass())).isZero();
            Life.endAll(a);
        }
    }

    @Test
    void nothingHappensAfterARollback() {
        long id = Life.in(a, "q").job("dead");
        b.begin();
        RequestId request = get(awa.admin().on(b.connection()).delete(new JobId(id)));
        b.rollback();
        assertThat(get(requests.pass())).isZero();
        assertThat(Life.state(a, id)).isEqualTo("dead");
        assertThat(awa.admin().request(request).blockOptional(Session.PATIENCE)).isEmpty();
    }

    /** The low-water does not pass a transaction that commits late. */
    @Test
    void aLateCommitIsApplied() {
        Life life = Life.in(a, "q");
        long late = life.job("failed");
        b.begin();
        RequestId request = get(awa.admin().on(b.connection()).retry(new JobId(late), RetryOptions.now()));
        for (int i = 0; i < 5; i++) {
            long id = life.job("dead");
            get(awa.admin().on(c.connection()).delete(new JobId(id)));
            assertThat(get(requests.pass())).isEqualTo(1);
        }
        b.commit();
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(get(awa.admin().request(request))).isEqualTo(RequestState.APPLIED);
        assertThat(Life.state(a, late)).isEqualTo("available");
    }

    @Test
    void byFilterGoesOnPageByPage() {
        a.put(1, 1_100);
        RequestId request = get(awa.admin().on(b.connection()).moveAll(JobFilter.all(), Destination.priority(2)));
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(get(awa.admin().request(request))).isEqualTo(RequestState.PENDING);
        while (get(awa.admin().request(request)) == RequestState.PENDING) {
            get(requests.pass());
        }
        assertThat(a.number("select count(*) from marks_0")).isEqualTo(1_100);
        assertThat(awa.admin()
                        .jobs(JobFilter.all())
                        .filter(job -> job.priority() == 2)
                        .count()
                        .block(Session.PATIENCE))
                .isEqualTo(1_100);
        Life.endAll(a);
    }

    @Test
    void byKey() {
        UUID key = UUID.randomUUID();
        long id = Life.in(a, "q").available();
        a.run("insert into keys_0 (key, version, job, at, states) values ('" + key + "', 1, " + id + ", now(), 31)");
        assertThat(get(awa.admin().keyed(key))).isEqualTo(new JobId(id));
        assertThat(awa.admin().keyed(UUID.randomUUID()).blockOptional(Session.PATIENCE))
                .isEmpty();
        get(awa.admin().on(b.connection()).cancel(key, "by key"));
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(Life.state(a, id)).isEqualTo("cancelled");
    }

    @Test
    void whatCanNeverBeAppliedIsPutAside() {
        long wrong = a.number("select request('{\"op\":\"dance\",\"ids\":[\"5\"]}')");
        long id = Life.in(a, "q").job("dead");
        get(awa.admin().on(b.connection()).delete(new JobId(id)));
        assertThat(get(requests.pass())).isEqualTo(2);
        assertThat(get(awa.admin().request(new RequestId(wrong)))).isEqualTo(RequestState.REFUSED);
        assertThat(Life.state(a, id)).isEqualTo("unknown");
        assertThat(get(requests.pass())).isZero();
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
