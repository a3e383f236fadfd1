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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Actions inside a caller's transaction. */
class RequestsTest extends StorageTest {

    private static final RequestState PENDING = new RequestState.Pending();

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
            assertThat(get(awa.admin().request(request))).isEqualTo(PENDING);
            assertThat(get(requests.pass())).isEqualTo(1);
            assertThat(get(awa.admin().request(request))).isEqualTo(new RequestState.Applied());
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
        assertThat(get(awa.admin().request(request))).isEqualTo(new RequestState.Applied());
        assertThat(Life.state(a, late)).isEqualTo("available");
    }

    @Test
    void byFilterGoesOnPageByPage() {
        a.put(1, 1_100);
        RequestId request = get(awa.admin().on(b.connection()).moveAll(JobFilter.all(), Destination.priority(2)));
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(get(awa.admin().request(request))).isEqualTo(PENDING);
        while (get(awa.admin().request(request)).equals(PENDING)) {
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
    void whatCanNeverBeAppliedIsPutAside() {
        long wrong = a.number("select request('{\"op\":\"dance\",\"ids\":[\"5\"]}')");
        long id = Life.in(a, "q").job("dead");
        get(awa.admin().on(b.connection()).delete(new JobId(id)));
        assertThat(get(requests.pass())).isEqualTo(2);
        assertThat(get(awa.admin().request(new RequestId(wrong))))
                .isEqualTo(new RequestState.Refused("no such action: dance"));
        assertThat(Life.state(a, id)).isEqualTo("unknown");
        assertThat(get(requests.pass())).isZero();
    }

    /** Nobody foresaw it: after 20 passes it is out of the way, and says why. The others go on meanwhile. */
    @Test
    void whatFailsInEveryPassIsPutAside() {
        Life life = Life.in(a, "q");
        a.run("create or replace function moved(p_targets target[]) returns void language plpgsql as $$"
                + " begin raise exception 'the disk is full' using errcode = '53100'; end $$");
        long id = life.job("scheduled");
        RequestId request = get(awa.admin().on(b.connection()).move(new JobId(id), Destination.priority(2)));
        for (int pass = 1; pass < 20; pass++) {
            long other = life.job("dead");
            get(awa.admin().on(b.connection()).delete(new JobId(other)));
            assertThat(get(requests.pass())).as("pass %d", pass).isEqualTo(1);
            assertThat(get(awa.admin().request(request))).isEqualTo(PENDING);
        }
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(get(awa.admin().request(request)))
                .isInstanceOfSatisfying(
                        RequestState.Refused.class,
                        refused -> assertThat(refused.problem()).contains("the disk is full"));
        assertThat(get(requests.pass())).isZero();
        assertThat(Life.state(a, id)).isEqualTo("scheduled");
        assertThat(a.number("select count(*) from entries_0 e where state = 'i'"
                        + " and not exists (select from endings_0 x where x.entry = e.entry)"))
                .isZero();
    }

    /** Of two that put a request aside, and of one of them and who applies it, one does. */
    @Test
    void putAsideAgainstApplied() {
        long id = Life.in(c, "q").job("dead");
        long request = get(awa.admin().on(c.connection()).delete(new JobId(id))).value();
        a.begin();
        a.run("select refuse_request(0, " + request + ", " + Session.nonce() + ", 'x')");
        var rival = b.send("select * from apply_request(0, " + request + ", " + Session.nonce() + ")");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("gone");
        assertThat(Life.state(c, id)).isEqualTo("dead");
        request = get(awa.admin().on(c.connection()).delete(new JobId(id))).value();
        a.begin();
        a.run("select * from apply_request(0, " + request + ", " + Session.nonce() + ")");
        rival = b.send("select refuse_request(0, " + request + ", " + Session.nonce() + ", 'x') as mine");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).flag("mine")).isFalse();
        assertThat(get(awa.admin().request(new RequestId(request)))).isEqualTo(new RequestState.Applied());
        assertThat(Life.state(c, id)).isEqualTo("unknown");
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
