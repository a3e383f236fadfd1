package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Settlement;
import io.awa.reactive.job.JobType;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** What a job costs the server: WAL, records, statements, dead rows, tables, rights. */
class BudgetsTest extends StorageTest {

    private static final int JOBS = 20_480;
    private static final JobType<Payload> TYPE =
            JobType.of("budget", Payload.class).queue("q");

    @Override
    int children() {
        return 8;
    }

    /** 250 bytes beyond the payload and two records a job, through the library: COPY, claims, flushes. */
    @ParameterizedTest
    @ValueSource(ints = {128, 512})
    void walOfAJob(int batch) {
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        int queue = Objects.requireNonNull(awa.engine().queue("q").block(Session.PATIENCE));
        run(awa, queue, 2 * batch, batch);
        c.checkpoint();
        run(awa, queue, 8 * batch, batch);

        String before = c.text("select pg_current_wal_insert_lsn()");
        long records = records();
        run(awa, queue, JOBS, batch);
        long bytes = c.number("select (pg_current_wal_insert_lsn() - '" + before + "')::bigint");
        double payload = c.number("select sum(octet_length(args::text)) from jobs_0") / (double) (JOBS + 10 * batch);

        assertThat(bytes / (double) JOBS - payload)
                .as("bytes beyond the payload of %s", payload)
                .isLessThan(250);
        assertThat((records() - records) / (double) JOBS).as("records").isLessThan(2);
        awa.close().block(Session.PATIENCE);
    }

    /** Principle 3: nothing at job rate is updated or deleted, with failures, releases and cancels as well. */
    @Test
    void noDeadRows() {
        a.enqueue(300);
        for (int i = 0; i < 10; i++) {
            Taken claim = a.claim(20);
            a.close(new Item(claim, claim.bits(0, 5), "cf"));
            a.release(claim, 1);
            a.complete(claim);
        }
        a.cancel(290, 291);
        a.begin();
        a.enqueue(10);
        a.commit();
        a.claimAll();
        a.run("select pg_stat_force_next_flush()");
        a.run("select pg_stat_clear_snapshot()");
        assertThat(a.rows("select relname from pg_stat_user_tables where schemaname = '" + schema()
                        + "' and n_tup_upd + n_tup_del + n_dead_tup > 0"))
                .extracting(row -> row.text("relname"))
                .isSubsetOf("queues", "generations", "workers");
        assertThat(a.number("select sum(n_tup_ins) from pg_stat_user_tables where schemaname = '" + schema() + "'"))
                .isGreaterThan(300);
    }

    /** A claim is one statement and so is a flush, whatever they carry. */
    @Test
    void roundTrips() {
        PostgresqlConnectionFactory driver = postgres().connections();
        StatementCounter counter = new StatementCounter(driver);
        Awa awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        int queue = Objects.requireNonNull(awa.engine().queue("q").block(Session.PATIENCE));
        awa.enqueueAll(TYPE, Flux.range(0, 300).map(Payload::new)).block(Session.PATIENCE);
        Claims claims = awa.engine().claims("test");
        Closures closures = awa.engine().closures("test");
        claim(claims, queue, 1);
        closures.close(1, List.of()).block(Session.PATIENCE);

        counter.reset();
        Claim one = claim(claims, queue, 100);
        Claim two = claim(claims, queue, 100);
        assertThat(counter.texts()).hasSize(2).allMatch(sql -> sql.contains(".claim("));

        closures.close(2, settlements(one, 0, 1)).block(Session.PATIENCE);
        counter.reset();
        List<Settlement> flush = new ArrayList<>(settlements(one, 1, 100));
        flush.addAll(settlements(two, 0, 100));
        boolean[] accepted = Objects.requireNonNull(closures.close(3, flush).block(Session.PATIENCE));
        assertThat(IntStream.range(0, accepted.length).allMatch(i -> accepted[i]))
                .isTrue();
        assertThat(counter.texts()).hasSize(1).allMatch(sql -> sql.contains(".close("));

        counter.reset();
        awa.enqueue(TYPE.with(new Payload(1))).block(Session.PATIENCE);
        assertThat(counter.texts())
                .filteredOn(sql -> !sql.contains("pg_notify") && !sql.contains("set_config"))
                .singleElement()
                .asString()
                .contains(".enqueue(");
        claims.close().then(closures.close()).then(awa.close()).block(Session.PATIENCE);
    }

    @Test
    void fewerThanSixtyTables() {
        assertThat(a.number("select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = '" + schema()
                        + "'::regnamespace"))
                .isLessThan(60);
    }

    private static void run(Awa awa, int queue, int jobs, int batch) {
        Claims claims = awa.engine().claims("budget");
        Closures closures = awa.engine().closures("budget");
        for (int i = 0; i < jobs; i += batch) {
            awa.enqueueAll(TYPE, Flux.range(i, batch).map(Payload::new)).block(Session.PATIENCE);
            Claim claim = claim(claims, queue, batch);
            boolean[] accepted = Objects.requireNonNull(closures.close(Session.nonce(), settlements(claim, 0, batch))
                    .block(Session.PATIENCE));
            assertThat(accepted).doesNotContain(false);
        }
        claims.close().then(closures.close()).block(Session.PATIENCE);
    }

    private static Claim claim(Claims claims, int queue, int n) {
        ClaimResult result = claims.claim(queue, n, 1, Session.nonce()).block(Session.PATIENCE);
        assertThat(result).isInstanceOf(ClaimResult.Claimed.class);
        Claim claim = ((ClaimResult.Claimed) Objects.requireNonNull(result)).claim();
        assertThat(claim.size()).isEqualTo(n);
        return claim;
    }

    private static List<Settlement> settlements(Claim claim, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> Settlement.completed(claim, i))
                .toList();
    }

    private long records() {
        // Each backend reports its own at most a moment late: those of this class are idle or closed by now.
        c.run("select pg_stat_force_next_flush()");
        c.run("select pg_stat_clear_snapshot()");
        return c.number("select wal_records from pg_stat_wal");
    }

    record Payload(int n) {}
}
