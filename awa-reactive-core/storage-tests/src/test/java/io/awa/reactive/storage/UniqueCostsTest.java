package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Settlement;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Uniqueness costs at enqueue, and nothing where a job ends well. */
class UniqueCostsTest extends StorageTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").priority(1);
    private static final Pattern RECORDS = Pattern.compile("WAL: records=(\\d+)");

    /** The end of a unique job is the end of a plain one: as many statements, as many WAL records. */
    @Test
    void theEndWritesNothingForIt() {
        assertThat(statements(Flux.range(0, 256).map(NUMBER.unique(Unique.byArgs())::with)))
                .isEqualTo(statements(Flux.range(0, 256).map(NUMBER::with)))
                .isEqualTo(1);

        a.enqueue(256);
        long first = records(a.claim(256));
        a.enqueue(256);
        long plain = records(a.claim(256));
        IntStream.rangeClosed(1, 256).forEach(i -> Ask.job(a, i));
        long unique = records(a.claim(256));
        assertThat(unique).isEqualTo(plain).isLessThanOrEqualTo(first).isPositive();
    }

    /** Nor for tags, metadata, errors of earlier attempts, or a job that came back: what travels with a job is not touched. */
    @Test
    void theEndWritesNothingForWhatTravelsWithAJob() {
        a.enqueue(256);
        a.complete(a.claim(256));
        a.enqueue(256);
        long plain = records(a.claim(256));
        a.run("select restore(array_fill(1, array[256]), array_fill(1, array[256]), array_fill(3, array[256]),"
                + " array_fill(25, array[256]), array(select generate_series(1, 256))::bigint[],"
                + " array_fill(clock_timestamp(), array[256]), array_fill('{}'::json, array[256]),"
                + " array_fill('{\"tags\": [\"a\", \"b\"], \"meta\": {\"x\": 1}, \"errors\": [{\"class\": \"E\"}]}'"
                + "::jsonb, array[256]))");
        long laden = records(a.claim(256));
        assertThat(laden).isEqualTo(plain).isPositive();
        assertThat(a.number("select count(*) from entries_0")).isZero();
    }

    /** Plain jobs go through the statement they always went through. */
    @Test
    void plainJobsAskForNothing() {
        StatementCounter counter = new StatementCounter(postgres().connections());
        Awa awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        get(awa.enqueue(NUMBER.with(1)));
        counter.reset();
        get(awa.enqueue(NUMBER.with(1)));
        assertThat(counter.texts()).filteredOn(sql -> sql.contains("enqueue(")).hasSize(1);
        assertThat(counter.texts()).noneMatch(sql -> sql.contains("submit("));
        counter.reset();
        get(awa.enqueue(NUMBER.with(1).unique(Unique.byArgs())));
        assertThat(counter.texts()).filteredOn(sql -> sql.contains("submit(")).hasSize(1);
        awa.close().block(Session.PATIENCE);
    }

    /** No row is updated or deleted, with duplicates, losers and winners. */
    @Test
    void noDeadRows() {
        for (int i = 1; i <= 40; i++) {
            Ask.job(a, i, Ask.ALWAYS);
            Ask.job(a, i, Ask.ALWAYS);
            Lives.end(a, a.claim(1), i % 2 == 0 ? 't' : 'c', 0);
            Ask.job(a, i, Ask.ALWAYS);
        }
        Lives.promote(a, 0);
        a.run("select pg_stat_force_next_flush()");
        a.run("select pg_stat_clear_snapshot()");
        assertThat(a.rows("select relname from pg_stat_user_tables where schemaname = '" + schema()
                        + "' and relname ~ '_[0-9]+$' and n_tup_upd + n_tup_del + n_dead_tup > 0"))
                .isEmpty();
    }

    /** Taking a key touches the same few pages, however many keys and jobs there are. */
    @Test
    void aKeyAmongManyCostsTheSame() {
        long few = take();
        Load.history(a, 100_000);
        a.run(
                "insert into keys_0 (key, version, job, at, states) select gen_random_uuid(), 1, (1::bigint << 41) + i, now(),"
                        + " 575 from generate_series(1, 100000) i");
        long many = take();
        assertThat(many).as("buffers, %s with few", few).isLessThan(few + 60);
    }

    private long take() {
        long job = a.number("select min(pos) from jobs_0 where coalesce(origin, 0) = 0 having min(pos) is not null"
                + " union all select 1 limit 1");
        a.run("insert into keys_0 (key, version, job, at, states) values ('" + Ask.key(7) + "', 1, " + job
                + ", now(), 575) on conflict do nothing");
        a.run("select take_key('" + Ask.key(7) + "', 575, 1)");
        return Load.buffers(a, "select take_key('" + Ask.key(7) + "', 575, 1)");
    }

    /** The statements that end 255 jobs. */
    private int statements(Flux<Job<Integer>> jobs) {
        StatementCounter counter = new StatementCounter(postgres().connections());
        Awa awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        int queue = get(awa.engine().queue("q"));
        assertThat(get(awa.enqueueAll(jobs))).isEqualTo(256);
        Claims claims = awa.engine().claims("test");
        Closures closures = awa.engine().closures("test");
        Claim claim = ((ClaimResult.Claimed) get(claims.claim(queue, 256, 1, Session.nonce()))).claim();
        closures.close(Session.nonce(), settlements(claim, 0, 1)).block(Session.PATIENCE);
        counter.reset();
        closures.close(Session.nonce(), settlements(claim, 1, 256)).block(Session.PATIENCE);
        int statements = counter.texts().size();
        claims.close().then(closures.close()).then(awa.close()).block(Session.PATIENCE);
        return statements;
    }

    /** The WAL records of the statement that completes a claim. */
    private long records(Taken claim) {
        assertThat(claim.size()).isEqualTo(256);
        a.checkpoint();
        String plan = String.join(
                "\n",
                a.texts("explain (analyze, wal, costs off, timing off) "
                        + Item.close(Session.nonce(), List.of(Item.completed(claim)))));
        Matcher records = RECORDS.matcher(plan);
        return records.find() ? Long.parseLong(records.group(1)) : 0;
    }

    private static List<Settlement> settlements(Claim claim, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> Settlement.completed(claim, i))
                .toList();
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
