package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.internal.json.RandomJson;
import io.awa.reactive.internal.json.RandomJson.Style;
import io.awa.reactive.internal.pg.PlainSql;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.util.RawValue;

/** Jobs of any content are the same rows whichever way they come in, and a claim hands out what was put in. */
class WaysInTest extends StorageTest {

    private static final JobType<RawValue> TYPE =
            JobType.of("raw", RawValue.class).maxAttempts(1_000);
    private static final int JOBS = 120;

    @SeededTest(2)
    void theRowsAreTheSame(long seed) {
        SplittableRandom random = Seeds.random(seed);
        RandomJson json = new RandomJson(random);
        List<String> args = new ArrayList<>();
        List<Job<RawValue>> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            String text = random.nextInt(20) == 0 ? "\"NULL\"" : json.text(notNull(json), Style.values()[i % 3]);
            args.add(text);
            jobs.add(beside(json, random, TYPE.with(new RawValue(text)), jobs));
        }
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        PostgresqlConnection caller =
                Objects.requireNonNull(postgres().connections().create().block(Session.PATIENCE));
        try {
            Flux.fromIterable(on("one", jobs)).concatMap(awa::enqueue).blockLast(Session.PATIENCE);
            stored(awa.enqueueAll(Flux.fromIterable(on("copy", jobs))));
            stored(awa.on(caller).enqueueAll(Flux.fromIterable(on("autocommit", jobs))));
            PlainSql.run(caller, "begin").block(Session.PATIENCE);
            stored(awa.on(caller).enqueueAll(Flux.fromIterable(on("caller", jobs))));
            stored(awa.on(caller).enqueueAll(Flux.fromIterable(unique(on("caller-unique", jobs)))));
            PlainSql.run(caller, "commit").block(Session.PATIENCE);
            stored(awa.enqueueAll(Flux.fromIterable(unique(on("unique", jobs)))));
            stored(awa.enqueueAll(Flux.fromIterable(later(on("later", jobs)))));

            List<String> rows = rows("jobs_0", "one", "pos");
            assertThat(rows).hasSize(JOBS);
            for (String queue : List.of("copy", "autocommit", "caller", "caller-unique", "unique")) {
                assertThat(rows("jobs_0", queue, "pos")).as(queue).isEqualTo(rows);
            }
            assertThat(rows("entries_0", "later", "entry")).isEqualTo(rows);
            a.run("update queues set key_limit = 10");
            for (String queue : List.of("one", "copy", "unique")) {
                handedOut(awa.engine(), queue, args, jobs);
            }
        } finally {
            caller.close().then(awa.close()).block(Session.PATIENCE);
        }
    }

    private void handedOut(Engine engine, String queue, List<String> args, List<Job<RawValue>> jobs) {
        Claims claims = engine.claims("test");
        ClaimResult result = get(engine.queue(queue).flatMap(number -> claims.claim(number, JOBS, 1, Session.nonce())));
        Claim claim = ((ClaimResult.Claimed) result).claim();
        List<Long> positions =
                IntStream.range(0, claim.size()).mapToObj(claim::position).toList();
        Map<Long, String> bodies = get(claims.bodies(claim.segment(), positions));
        claims.close().block(Session.PATIENCE);
        assertThat(claim.size()).isEqualTo(JOBS);
        for (int i = 0; i < JOBS; i++) {
            String body = claim.args(i) == null ? bodies.get(claim.position(i)) : claim.args(i);
            assertThat(body).isEqualTo(args.get(i)).isEqualTo(bodies.get(claim.position(i)));
            assertThat(engine.extras(claim, i).headers())
                    .containsExactlyInAnyOrderEntriesOf(jobs.get(i).headers());
            assertThat(engine.extras(claim, i).concurrencyKey())
                    .isEqualTo(jobs.get(i).concurrencyKey().orElse(null));
            assertThat(engine.extras(claim, i).deadline())
                    .isEqualTo(jobs.get(i).deadline().orElse(null));
        }
    }

    private static @Nullable Object notNull(RandomJson json) {
        Object value = json.value(4);
        return value == null ? Map.of() : value;
    }

    // Each key once in a queue.
    private static Job<RawValue> beside(
            RandomJson json, SplittableRandom random, Job<RawValue> job, List<Job<RawValue>> before) {
        Job<RawValue> made = job;
        if (!before.isEmpty() && random.nextBoolean()) {
            made = made.headers(before.get(before.size() - 1).headers());
        } else if (random.nextBoolean()) {
            Map<String, String> headers = new LinkedHashMap<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                headers.put("h" + random.nextInt(9), "\"\\{NULL}, '".substring(random.nextInt(12)));
            }
            made = made.headers(headers);
        }
        if (random.nextInt(3) == 0) {
            String text = json.text(json.value(3), Style.WILD);
            made = made.metadata(
                    random.nextBoolean() ? "concurrency_key" : "headers",
                    new RawValue(text.length() > 9_000 ? "0" : text));
        }
        if (random.nextInt(4) == 0) {
            made = made.tags("NULL", "a,b", "{\"c\\}", "e\u0301", "\u00e9", "\ud83d\ude00");
        }
        if (random.nextInt(4) == 0) {
            made = made.concurrencyKey(before.size() + "\"\\,{}\u00e9\ud83d\ude00NULL");
        }
        return random.nextInt(4) == 0 ? made.deadline(Duration.ofMillis(random.nextInt(1, 1_000_000))) : made;
    }

    private static List<Job<RawValue>> on(String queue, List<Job<RawValue>> jobs) {
        return jobs.stream().map(job -> job.queue(queue)).toList();
    }

    private static List<Job<RawValue>> unique(List<Job<RawValue>> jobs) {
        return IntStream.range(0, jobs.size())
                .mapToObj(
                        i -> jobs.get(i).unique(Unique.byKey(String.valueOf(i)).perQueue()))
                .toList();
    }

    private static List<Job<RawValue>> later(List<Job<RawValue>> jobs) {
        return jobs.stream().map(job -> job.runAfter(Duration.ofHours(1))).toList();
    }

    private static void stored(Mono<Long> count) {
        assertThat(count.block(Session.PATIENCE)).isEqualTo(JOBS);
    }

    private List<String> rows(String table, String queue, String order) {
        String lane = table.startsWith("jobs") ? "(x.pos >> 41)::int" : "x.lane";
        return a
                .rows("select concat_ws(' | ', x.args::text, x.extras::text, x.max_attempts, x.attempt, k.name) as row"
                        + " from " + table + " x join kinds k on k.kind = x.kind join lanes l on l.lane = " + lane
                        + " join queues q on q.queue = l.queue where q.name = '" + queue + "' order by x." + order)
                .stream()
                .map(row -> row.text("row"))
                .toList();
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
