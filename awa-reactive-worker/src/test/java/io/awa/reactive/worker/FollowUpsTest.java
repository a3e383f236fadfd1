package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Jobs that follow the end of another one: plain, scheduled and unique, by claim and by lease. */
@Timeout(90)
class FollowUpsTest {

    private static final JobType<Integer> NEXT =
            JobType.of("next", Integer.class).queue("next");
    private static final JobType<Integer> ONCE =
            JobType.of("once", Integer.class).queue("next").unique(Unique.byArgs());

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final Sinks.One<Outcome> end = Sinks.one();

    @AfterEach
    void close() {
        end.tryEmitValue(Outcome.done());
        rig.close();
    }

    @Test
    void ofAnEndByClaimEveryKindIsStoredOnceThoughTheAnswerIsLost() {
        Faults.Rule lost = faults.loseAnswers(".close_with($1", 2);
        JobId id = start(job -> Mono.just(all(Outcome.done())));
        Await.until("decided", () -> rig.worker().stats().completed() == 1);
        assertThat(rig.job(id).state()).isEqualTo(JobState.COMPLETED);
        stored(lost);
    }

    @Test
    void ofAHeldAttemptEveryKindIsStoredOnceThoughTheAnswerIsLost() {
        Faults.Rule lost = faults.loseAnswers(".settle_with($1", 2);
        JobId id = held();
        end.tryEmitValue(all(Outcome.fail("no"))).orThrow();
        Await.until("decided", () -> rig.worker().stats().failed() == 1);
        assertThat(rig.job(id).state()).isEqualTo(JobState.FAILED);
        stored(lost);
    }

    @Test
    void aDuplicateIsLeftOutAndTheRestStored() {
        JobId first = rig.enqueue(ONCE, 3);
        JobId id = held();
        end.tryEmitValue(all(Outcome.done())).orThrow();
        rig.becomes(id, JobState.COMPLETED, false);
        assertThat(count("once")).isEqualTo(1);
        assertThat(rig.job(first).state()).isEqualTo(JobState.AVAILABLE);
        assertThat(count("next")).isEqualTo(2);
    }

    /** The reason has an IOException among its causes, which is no lost connection. */
    @Test
    void oneThatIsTooLargeIsTheAttemptsError() {
        JobType<String> large = JobType.of("large", String.class).queue("next");
        JobId id = start(job -> Mono.just(Outcome.done().followedBy(large.with("x".repeat(2_000_000)))));
        assertThat(rig.becomes(id, JobState.RETRYING, false).error()).contains("args", "1048576 bytes");
        assertThat(count("large")).isZero();
    }

    @Test
    void ofAStaleEndByLeaseNoneIsStored() {
        held();
        rig.sql("select count(*) from {awa}.settle(array(select lease from {awa}.entries_0), array['x'],"
                + " array[null::bigint], array[null::text], -77)");
        end.tryEmitValue(all(Outcome.done())).orThrow();
        Await.until("stale", () -> rig.worker().stats().stale() == 1);
        assertThat(faults.count(".settle_with($1")).isEqualTo(1);
        assertThat(count("next") + count("once")).isZero();
    }

    @Test
    void ofAStaleEndByClaimNoneIsStored() {
        start(job -> end.asMono());
        Await.until("runs", () -> rig.worker().stats().running() == 1);
        rig.sql("select count(*) from {awa}.claims_0 c, {awa}.generations g cross join lateral"
                + " {awa}.close(array[g.segment], array[c.lane], array[c.no], array[c.nonce], array['1'], array['c'],"
                + " -77, null, null, null, null, null, null) where g.child = 0 and c.n = 1");
        end.tryEmitValue(all(Outcome.done())).orThrow();
        Await.until("stale", () -> rig.worker().stats().stale() == 1);
        assertThat(faults.count(".close_with($1")).isGreaterThanOrEqualTo(1);
        assertThat(count("next") + count("once")).isZero();
    }

    private static Outcome all(Outcome outcome) {
        return outcome.followedBy(NEXT.with(1), NEXT.with(2).runAfter(Duration.ofHours(1)), ONCE.with(3), ONCE.with(3));
    }

    private void stored(Faults.Rule lost) {
        assertThat(lost.times()).isEqualTo(2);
        assertThat(count("next")).isEqualTo(2);
        assertThat(count("once")).isEqualTo(1);
        assertThat(rig.number("select count(*) from {awa}.entries_0 where state = 's'"
                        + " and due_at > clock_timestamp() + interval '59 min'"))
                .isEqualTo(1);
    }

    private long count(String kind) {
        return rig.number("select sum(n) from (select count(*) as n from {awa}.jobs_0 j join {awa}.kinds k"
                + " on k.kind = j.kind where k.name = '" + kind + "' union all select count(*) from {awa}.entries_0 e"
                + " join {awa}.kinds k on k.kind = e.kind where k.name = '" + kind + "') y");
    }

    private JobId held() {
        JobId id = start(Duration.ofSeconds(1), job -> end.asMono());
        Await.until("held", () -> rig.worker().stats().held() == 1);
        return id;
    }

    private JobId start(Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        return start(Duration.ofMinutes(1), handler);
    }

    private JobId start(Duration holdAfter, Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w ->
                w.attempts(a -> a.holdAfter(holdAfter)).withoutMaintenance().handle(Rig.NUMBER, handler::apply));
        return id;
    }
}
