package io.awa.reactive.worker;

import static io.awa.reactive.worker.Taking.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a subscriber does with a job, and what is done to it meanwhile. */
@Timeout(90)
class ClaimedJobTest {

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final RunningWorker worker = rig.start(w -> w.withoutHandlers()
            .withoutMaintenance()
            .attempts(
                    a -> a.holdAfter(Duration.ofSeconds(3)).grace(Duration.ZERO).progress(Duration.ofMillis(50))));

    @AfterEach
    void close() {
        worker.drain(Duration.ZERO).block(Await.LONG);
        rig.close();
    }

    @Test
    void eachSettleHasItsState() {
        List<Function<ClaimedJob<Integer>, Mono<Settled>>> settles = List.of(
                ClaimedJob::complete,
                job -> job.retry("r"),
                job -> job.retryAfter(Duration.ofHours(1), "a"),
                job -> job.snooze(Duration.ofHours(1)),
                job -> job.fail(new IllegalStateException("f")),
                job -> job.cancel("x"),
                job -> job.deadLetter("d"),
                job -> job.registerCallback(Duration.ofHours(1)).flatMap(job::waitForCallback));
        List<JobState> states = List.of(
                JobState.COMPLETED,
                JobState.RETRYING,
                JobState.RETRYING,
                JobState.SNOOZED,
                JobState.FAILED,
                JobState.CANCELLED,
                JobState.DEAD,
                JobState.WAITING);
        rig.enqueue(settles.size());
        Taking all = Taking.from(worker, settles.size()).has(settles.size());
        for (int i = 0; i < settles.size(); i++) {
            assertThat(settle(settles.get(i).apply(all.job(i)))).isEqualTo(Settled.ACCEPTED);
            assertThat(rig.becomes(all.job(i).id(), states.get(i), false)).isNotNull();
        }
        Await.until("nothing in hand", () -> worker.stats().unsettled() == 0);
    }

    /** The end is durable when the Mono answers, and many share a statement. */
    @Test
    void settlesAreGatheredAndDurable() {
        rig.enqueue(2_000);
        List<Settled> settled = Objects.requireNonNull(worker.claims("q", Rig.NUMBER)
                .take(2_000)
                .collectList()
                .flatMapMany(jobs -> Flux.fromIterable(jobs).flatMap(ClaimedJob::complete, 2_000, 1))
                .collectList()
                .block(Await.LONG));
        assertThat(settled).hasSize(2_000).containsOnly(Settled.ACCEPTED);
        assertThat(rig.ledger().completed()).isEqualTo(2_000);
        assertThat(worker.stats().flushes()).as("five a statement at least").isLessThan(400);
    }

    @Test
    void theFirstSettleCountsAndOneMonoHasOneAnswer() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        Mono<Settled> fail = job.fail("first");
        Mono<Settled> complete = job.complete();
        assertThat(settle(fail)).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(complete)).isEqualTo(Settled.STALE);
        assertThat(settle(job.fail("first"))).isEqualTo(Settled.STALE);
        assertThat(settle(job.release())).isEqualTo(Settled.STALE);
        assertThat(settle(fail)).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(job.id()).error()).isEqualTo("first");
    }

    @Test
    void manySettlesAtOnceHaveOneWinner() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        List<Settled> all = Objects.requireNonNull(Flux.range(0, 64)
                .flatMap(
                        i -> Mono.defer(() -> i % 2 == 0 ? job.complete() : job.cancel("no"))
                                .subscribeOn(reactor.core.scheduler.Schedulers.parallel()),
                        64)
                .collectList()
                .block(Await.LONG));
        assertThat(all).filteredOn(one -> one == Settled.ACCEPTED).hasSize(1);
        assertThat(all).hasSize(64);
    }

    @Test
    void aSettleIsColdAndCancellingItDoesNotTakeItBack() {
        rig.enqueue(2);
        Taking two = Taking.from(worker, 2).has(2);
        two.job(0).complete();
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule close = faults.holdBack(".close($1", 1, gate.asMono());
        Disposable settle = two.job(1).complete().subscribe();
        Await.until("on its way", () -> close.times() == 1);
        settle.dispose();
        gate.tryEmitEmpty().orThrow();
        rig.becomes(two.job(1).id(), JobState.COMPLETED, false);
        assertThat(rig.job(two.job(0).id()).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void aLostAnswerIsNotStale() {
        rig.enqueue(50);
        Faults.Rule lost = faults.loseAnswers(".close($1", 3);
        Taking all = Taking.from(worker, 50).has(50);
        for (ClaimedJob<Integer> job : all.got) {
            assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
        }
        assertThat(lost.times()).isEqualTo(3);
        assertThat(worker.stats()).matches(s -> s.completed() == 50 && s.stale() == 0);
        assertThat(rig.ledger().twice()).isZero();
    }

    @Test
    void aCancelledJobIsLostAndItsSettleStale() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        var lost = job.lost().toFuture();
        assertThat(lost).isNotDone();
        rig.awa.admin().cancel(job.id()).block(Await.LONG);
        Await.until("lost", lost::isDone);
        assertThat(settle(job.complete())).isEqualTo(Settled.STALE);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.CANCELLED);
        Await.until("nothing in hand", () -> worker.stats().unsettled() == 0);
    }

    @Test
    void anEndThatMeetsARivalsIsStale() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule close = faults.holdBack(".close($1", 1, gate.asMono());
        var settled = job.complete().toFuture();
        Await.until("on its way", () -> close.times() == 1);
        rig.awa.admin().cancel(job.id()).block(Await.LONG);
        gate.tryEmitEmpty().orThrow();
        assertThat(settled.join()).isEqualTo(Settled.STALE);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.CANCELLED);
    }

    /** Who looked the attempt up before it was settled hears of a cancel while its hold is on the way. */
    @Test
    void anEndThatWaitsForAHoldIsStaleWhereTheAttemptIsLostMeanwhile() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        Attempt attempt =
                worker.atWork().flatMap(one -> one.all().stream()).toList().get(0);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule hold = faults.holdBack(".close", 1, gate.asMono());
        Await.until("on its way", () -> hold.times() == 1);
        var settled = job.complete().toFuture();
        Await.until("waits", attempt::isOver);
        attempt.endedElsewhere();
        assertThat(settled).isNotDone();
        gate.tryEmitEmpty().orThrow();
        assertThat(Mono.fromFuture(settled).block(Await.LONG)).isEqualTo(Settled.STALE);
        Await.until("off hand", () -> worker.stats().unsettled() == 0);
    }

    /** Not to settle is seen, and the deadline ends it. */
    @Test
    void whatIsNeverSettledIsSeenAndMeetsItsDeadline() {
        JobId id = rig.enqueue(Rig.NUMBER.deadline(Duration.ofSeconds(5)), 1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        assertThat(job.remaining()).isPresent();
        assertThat(rig.job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(worker.stats()).matches(s -> s.running() == 1 && s.unsettled() == 1);
        assertThat(rig.becomes(id, JobState.RETRYING, false).error()).isEqualTo("deadline exceeded");
        assertThat(job.lost().blockOptional(Await.LONG)).isEmpty();
        assertThat(settle(job.complete())).isEqualTo(Settled.STALE);
        Await.until(
                "off hand",
                () -> worker.stats().unsettled() == 0 && worker.stats().running() == 0);
    }

    @Test
    void aJobThatIsKeptLongIsHeldAndSettledByItsLease() {
        rig.enqueue(2);
        Taking two = Taking.from(worker, 2).has(2);
        Await.until("held", () -> worker.stats().held() == 2);
        two.job(0).checkpoint("half");
        two.job(0).progress(50, "half");
        two.job(0).flushProgress().block(Await.LONG);
        assertThat(settle(two.job(0).complete())).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(two.job(1).retry("again"))).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(two.job(1).id()).state()).isEqualTo(JobState.RETRYING);
    }

    @Test
    void progressAndCallbacksAreThere() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        job.progress(30, "a third");
        job.flushProgress().block(Await.LONG);
        assertThat(rig.sql("select body ->> 'percent' from {awa}.progress_0")).containsExactly("30");
        CallbackToken token = Objects.requireNonNull(
                job.registerCallback(Duration.ofMinutes(1)).block(Await.LONG));
        var waiting = job.awaitCallback(token).toFuture();
        Await.until("parked", () -> worker.stats().parked() == 1);
        rig.awa.callbacks().resume(token, 41).block(Await.LONG);
        assertThat(waiting.join().asInt()).isEqualTo(41);
        assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
    }

    @Test
    void aCallbackThatIsNotItsOwnFailsTheJob() {
        rig.enqueue(1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        assertThat(settle(job.waitForCallback(new CallbackToken(UUID.randomUUID()))))
                .isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void followUpsAreStoredWithTheEndAndARefusedOneSettlesNothing() {
        rig.enqueue(2);
        Taking two = Taking.from(worker, 2).has(2);
        JobType<Integer> next = JobType.of("next", Integer.class).queue("next");
        assertThat(settle(two.job(0).complete(next.with(1), next.with(2)))).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.number(
                        "select count(*) from {awa}.jobs_0 j join {awa}.kinds k using (kind) where k.name = 'next'"))
                .isEqualTo(2);
        JobType<String> large = JobType.of("large", String.class).queue("next");
        assertThatThrownBy(() -> settle(two.job(1).complete(large.with("x".repeat(3_000_000)))))
                .isInstanceOf(AwaException.class);
        assertThat(settle(two.job(1).fail("otherwise"))).isEqualTo(Settled.ACCEPTED);
    }

    /** Nobody has ended it: an answer that says so would be wrong. */
    @Test
    void aReleaseThatIsRefusedIsAnErrorAndNotStale() {
        rig.enqueue(2);
        Taking two = Taking.from(worker, 2).has(2);
        faults.refuse(".release(", 1, "22000");
        Mono<Settled> refused = two.job(0).release();
        assertThatThrownBy(() -> settle(refused)).isInstanceOf(R2dbcException.class);
        assertThatThrownBy(() -> settle(refused)).isInstanceOf(R2dbcException.class);
        faults.loseAnswers(".release(", 1);
        assertThat(settle(two.job(1).release())).isEqualTo(Settled.ACCEPTED);
        Await.until("nothing in hand", () -> worker.stats().unsettled() == 0);
    }

    @Test
    void releaseGivesBackInPlaceOrToTheEndOfTheLane() {
        rig.enqueue(3);
        Taking three = Taking.from(worker, 3).has(3);
        assertThat(settle(three.job(1).release())).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(three.job(1).complete())).isEqualTo(Settled.STALE);
        ClaimedJob<Integer> again = Taking.from(worker, 1).job(0);
        assertThat(again).matches(job -> job.args() == 1 && job.attempt() == 1);
        Await.until("held", () -> worker.stats().held() >= 2);
        assertThat(settle(three.job(2).release())).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(three.job(2).id())).matches(v -> v.state() == JobState.SNOOZED && v.attempt() == 0);
    }

    @Test
    void jobsOfOtherKindsAreGivenBackAndOthersClaimedForThem() {
        JobType<Integer> other = JobType.of("other", Integer.class).queue("q");
        for (int i = 0; i < 5; i++) {
            rig.enqueue(other, i);
            rig.enqueue(Rig.NUMBER, i);
        }
        Taking all = Taking.from(worker, 5).has(5);
        assertThat(all.numbers()).containsExactly(0, 1, 2, 3, 4);
        Await.until(
                "given back",
                () -> rig.number("select count(*) from {awa}.entries_0 where state = 'z' and attempt = 0") == 5);
        assertThat(rig.ledger().claims()).isEqualTo(10);
        Await.until("off hand", () -> worker.stats().unsettled() == 5);
    }

    @Test
    void largeBodiesAreFetchedAndGoBackWhenNobodyTakesThem() {
        JobType<String> text = JobType.of("text", String.class).queue("q");
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20; i++) {
            rig.enqueue(
                    text,
                    random.ints(20_000, 'a', 'z')
                            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                            .toString());
        }
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule bodies = faults.holdBack(".bodies(", 1, gate.asMono());
        List<ClaimedJob<String>> got = new ArrayList<>();
        Disposable taking = worker.claims("q", text).subscribe(got::add);
        Await.until("asked for", () -> bodies.times() == 1);
        taking.dispose();
        Await.until("gone back", () -> rig.ledger().released() == 20);
        gate.tryEmitEmpty().orThrow();
        assertThat(got).isEmpty();
        assertThat(Objects.requireNonNull(worker.claims("q", text)
                        .take(20)
                        .flatMap(job -> job.complete().thenReturn(job.args().length()), 20, 1)
                        .collectList()
                        .block(Await.LONG)))
                .hasSize(20)
                .containsOnly(20_000);
    }

    @Test
    void workThatSettlesHasAHandlersRules() {
        rig.enqueue(5);
        Taking all = Taking.from(worker, 5).has(5);
        assertThat(settle(all.job(0).settleBy(Mono.empty()))).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(all.job(1).settleBy(Mono.error(new IllegalStateException("e")))))
                .isEqualTo(Settled.ACCEPTED);
        assertThat(settle(all.job(2).settleBy(Mono.error(new TerminalJobException("t")))))
                .isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(all.job(0).id()).state()).isEqualTo(JobState.COMPLETED);
        assertThat(rig.job(all.job(1).id()).error()).isEqualTo("java.lang.IllegalStateException: e");
        assertThat(rig.job(all.job(2).id()).state()).isEqualTo(JobState.FAILED);

        AtomicBoolean disposed = new AtomicBoolean();
        Mono<Outcome> hanging = Mono.<Outcome>never().doOnCancel(() -> disposed.set(true));
        var lost = all.job(3).settleBy(hanging).toFuture();
        rig.awa.admin().cancel(all.job(3).id()).block(Await.LONG);
        assertThat(lost.join()).isEqualTo(Settled.STALE);
        assertThat(disposed).isTrue();

        disposed.set(false);
        all.job(4).settleBy(hanging).subscribe().dispose();
        assertThat(disposed).isTrue();
        Await.until("released", () -> rig.ledger().released() == 1);
    }

    /** What the guide says of operators that drop what they were given. */
    @Test
    void whatOperatorsDiscardCanGoBack() {
        rig.enqueue(30);
        AtomicBoolean begun = new AtomicBoolean();
        Disposable working = worker.claims("q", Rig.NUMBER)
                .publishOn(reactor.core.scheduler.Schedulers.parallel(), 20)
                .concatMap(job -> Mono.never().doFirst(() -> begun.set(true)), 0)
                .doOnDiscard(ClaimedJob.class, job -> job.release().subscribe())
                .subscribe();
        // The one at work is nobody's to discard.
        Await.until("prefetched", () -> begun.get() && worker.stats().running() == 20);
        working.dispose();
        Await.until("gone back", () -> rig.ledger().released() == 19);
        assertThat(worker.stats().running()).isEqualTo(1);

        List<Integer> odd = Objects.requireNonNull(worker.claims("q", Rig.NUMBER)
                .concatMap(
                        job -> job.args() % 2 == 1
                                ? job.complete().thenReturn(job.args())
                                : job.cancel("even").then(Mono.empty()),
                        0)
                .take(5)
                .collectList()
                .block(Await.LONG));
        assertThat(odd).containsExactly(1, 3, 5, 7, 9);
    }

    @Test
    void anEndThatTheDatabaseRefusesIsAnErrorAndLeftToRescue() throws InterruptedException {
        rig.enqueue(1);
        rig.sql("alter table {awa}.closures_0 add constraint no check (outcomes <> 'c' or closer % 2 = 5) not valid");
        var settled = Taking.from(worker, 1).job(0).complete().toFuture();
        Await.until("refused", settled::isDone);
        assertThatThrownBy(settled::get).isInstanceOf(ExecutionException.class);
        Await.until("nothing in hand", () -> worker.stats().unsettled() == 0);
    }
}
