package io.awa.reactive.internal.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A connection that breaks, in every way it can, leaves the lane usable and nothing undecided behind. */
class LaneTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final AwaPostgres postgres = AwaPostgres.shared();
    private final String table = '"' + postgres.freshSchema("lane") + '"';
    private final Lane lane = lane("lane under test", Duration.ofSeconds(20));

    @BeforeEach
    void create() {
        postgres.query("create table " + table + " (n int)").then().block(PATIENCE);
    }

    @AfterEach
    void drop() {
        lane.close().block(PATIENCE);
        postgres.query("drop table " + table).then().block(PATIENCE);
    }

    @Test
    void theServerKnowsItByItsNameAndSettings() {
        assertThat(text("select current_setting('application_name')")).isEqualTo("lane under test");
        assertThat(text("select current_setting('synchronous_commit')")).isEqualTo("on");
        assertThat(text("select current_setting('statement_timeout')")).isEqualTo("20s");
        assertThat(text("select current_setting('tcp_user_timeout')"))
                .as("what the socket says: who takes no answer is given up")
                .isEqualTo("30000");
    }

    @Test
    void aConnectionClosedWhileIdleIsReplacedUnnoticed() {
        int pid = pid();
        long before = lane.generation();
        kill(pid);
        assertThat(pid()).isNotEqualTo(pid);
        assertThat(lane.generation()).isGreaterThan(before);
    }

    @Test
    void aConnectionKilledAtWorkFailsThatCallOnly() {
        int pid = pid();
        Mono<String> slow = call("select pg_sleep(15)::text");
        var answer = slow.toFuture();
        awaits(
                "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid = "
                        + pid,
                "1");
        postgres.query("select pg_terminate_backend(" + pid + ")").then().block(PATIENCE);
        assertThat(Exceptions.unwrap(
                        catchThrowable(() -> Mono.fromFuture(answer).block(PATIENCE))))
                .matches(Lane::isLost);
        assertThat(pid()).isNotEqualTo(pid);
    }

    @Test
    void aStatementThatTakesTooLongEndsAtTheServer() {
        Lane brief = lane("brief", Duration.ofSeconds(6));
        int pid = Integer.parseInt(text(brief, "select pg_backend_pid()::text"));
        Throwable error = catchThrowable(() -> text(brief, "select pg_sleep(30)::text"));
        assertThat(SqlState.of(error)).isEqualTo(SqlState.TIMEOUT);
        assertThat(text(brief, "select pg_backend_pid()::text")).isEqualTo(Integer.toString(pid));
        brief.close().block(PATIENCE);
    }

    @Test
    void aCancelledSubscriberDoesNotCancelTheWork() {
        var unused = pid();
        call("insert into " + table + " select 1 from pg_sleep(0.2) returning n::text")
                .subscribe()
                .dispose();
        assertThat(text("select count(*)::text from " + table)).isEqualTo("1");
    }

    /** The driver's own queue holds 256, and takes the connection down with the call that finds it full. */
    @Test
    void aThousandCallsAtOnceWaitTheirTurn() {
        long before = lane.generation();
        List<Integer> answers = Flux.range(0, 1_000)
                .flatMap(
                        i -> lane.call(c -> Sql.row(c, "select $1::int as n", Sql.args(i), r -> r.integer("n")))
                                .subscribeOn(Schedulers.parallel()),
                        1_000,
                        1)
                .collectList()
                .block(PATIENCE);
        assertThat(answers)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 1_000).boxed().toList());
        assertThat(lane.generation()).isEqualTo(before + 1);
    }

    @Test
    void aConnectThatFailedIsNotRemembered() {
        AtomicInteger tries = new AtomicInteger();
        ConnectionFactory flaky = new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return tries.getAndIncrement() == 0
                        ? Mono.error(new IllegalStateException("refused"))
                        : postgres.connections().create();
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return postgres.connections().getMetadata();
            }
        };
        Lane late = new Lane(flaky, LaneSettings.named("late"));
        Mono<Integer> one = late.call(c -> Sql.row(c, "select 1 as n", Sql.args(), r -> r.integer("n")));
        assertThat(catchThrowable(() -> one.block(PATIENCE))).hasMessage("refused");
        assertThat(one.block(PATIENCE)).isEqualTo(1);
        assertThat(tries).hasValue(2);
        late.close().block(PATIENCE);
    }

    /** The server's process stands still, so the client gives up; what it does later must be decided before we go on. */
    @Test
    void aLostSessionCannotCommitBehindItsSuccessorsBack() throws Exception {
        assumeTrue(postgres.isEmbedded(), "the server's processes must be ours to stop");
        Lane brief = lane("brief", Duration.ofSeconds(3));
        int pid = Integer.parseInt(text(brief, "select pg_backend_pid()::text"));
        signal("-STOP", pid);
        try {
            Throwable error =
                    catchThrowable(() -> text(brief, "insert into " + table + " values (1) returning n::text"));
            assertThat(Exceptions.unwrap(error)).matches(Lane::isLost);
            assertThat(catchThrowable(() -> text(brief, "select 'x'")))
                    .as("the old session still stands")
                    .isNotNull();
        } finally {
            signal("-CONT", pid);
        }
        String seen = Mono.defer(() -> call(brief, "select count(*)::text from " + table))
                .retry(5)
                .block(PATIENCE);
        assertThat(postgres.query("select count(*) from pg_stat_activity where pid = " + pid)
                        .blockLast(PATIENCE))
                .isEqualTo("0");
        assertThat(text("select count(*)::text from " + table)).isEqualTo(seen);
        brief.close().block(PATIENCE);
    }

    /** Whoever closes while statements are queued would lose their answers, and have the driver warn of it. */
    @Test
    void whatIsInFlightIsAnsweredBeforeItCloses() {
        int pid = pid();
        var first = call("select 'first' from pg_sleep(0.3)").toFuture();
        var second = call("select 'second'").toFuture();
        var closing = lane.close().toFuture();
        assertThat(catchThrowable(this::pid)).hasMessageContaining("closed");
        assertThat(Mono.fromFuture(first).block(PATIENCE)).isEqualTo("first");
        assertThat(Mono.fromFuture(second).block(PATIENCE)).isEqualTo("second");
        Mono.fromFuture(closing).block(PATIENCE);
        // The server hears of it when it comes to it.
        awaits("select count(*) from pg_stat_activity where pid = " + pid, "0");
    }

    private void awaits(String query, String answer) {
        assertThat(postgres.query(query)
                        .filter(answer::equals)
                        .next()
                        .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(10)))
                        .block(PATIENCE))
                .isEqualTo(answer);
    }

    private int pid() {
        return Integer.parseInt(text("select pg_backend_pid()::text"));
    }

    private String text(String sql) {
        return text(lane, sql);
    }

    private static String text(Lane through, String sql) {
        String answer = call(through, sql).block(PATIENCE);
        assertThat(answer).isNotNull();
        return answer;
    }

    private Mono<String> call(String sql) {
        return call(lane, sql);
    }

    private static Mono<String> call(Lane through, String sql) {
        String named = "with a(x) as (" + sql + ") select x from a";
        return through.call(c -> Sql.row(c, named, Sql.args(), r -> r.text("x")));
    }

    private void kill(int pid) {
        postgres.query("select pg_terminate_backend(" + pid + ", 5000)").then().block(PATIENCE);
    }

    private Lane lane(String name, Duration statement) {
        return new Lane(postgres.connections(), new LaneSettings(name, statement, Duration.ofMillis(500), true));
    }

    private static void signal(String name, int pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", name, Integer.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }
}
