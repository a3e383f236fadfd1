package io.awa.reactive.worker;

import static io.awa.reactive.admin.JobState.AVAILABLE;
import static io.awa.reactive.admin.JobState.CANCELLED;
import static io.awa.reactive.admin.JobState.COMPLETED;
import static io.awa.reactive.admin.JobState.DEAD;
import static io.awa.reactive.admin.JobState.FAILED;
import static io.awa.reactive.admin.JobState.RETRYING;
import static io.awa.reactive.admin.JobState.RUNNING;
import static io.awa.reactive.admin.JobState.SCHEDULED;
import static io.awa.reactive.admin.JobState.SNOOZED;
import static io.awa.reactive.admin.JobState.WAITING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Stores;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What observers are told of one job. */
@Timeout(90)
class ObserveTest {

    private static final Duration LATER = Duration.ofHours(1);

    private final Rig rig = new Rig();
    private final Awa elsewhere = rig.instance(AwaPostgres.shared().connections());
    private final Sinks.One<Outcome> end = Sinks.one();

    @AfterEach
    void close() {
        end.tryEmitValue(Outcome.done());
        rig.close();
    }

    @Test
    void aLifeAsItHappens() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id);
        observed.has(AVAILABLE);
        rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono()));
        observed.has(AVAILABLE, RUNNING);
        assertThat(observed.reached().get(1))
                .matches(now -> now.attempt() == 1 && now.queue().equals("q") && !now.gap())
                .matches(now -> Objects.equals(now.worker(), rig.worker().number()));
        end.tryEmitValue(Outcome.done()).orThrow();
        assertThat(observed.completed()).containsExactly(AVAILABLE, RUNNING, COMPLETED);
        assertThat(observed.all()).extracting(JobUpdate::isEnd).containsExactly(false, false, true);
    }

    /** Much happens between two looks; the evidence tells all of it, in order. */
    @Test
    void whatCameAndWentBetweenTwoLooksIsTold() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id, ObserveOptions.defaults(), 1);
        observed.has(AVAILABLE);
        AtomicInteger calls = new AtomicInteger();
        rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> Mono.just(
                        switch (calls.incrementAndGet()) {
                            case 1 -> Outcome.snooze(Duration.ZERO);
                            case 2, 3 -> Outcome.retryAfter(Duration.ZERO, "again");
                            default -> Outcome.done();
                        })));
        rig.becomes(id, COMPLETED, true);
        observed.request(100);
        assertThat(observed.completed())
                .containsExactly(
                        AVAILABLE, RUNNING, SNOOZED, AVAILABLE, RUNNING, RETRYING, AVAILABLE, RUNNING, RETRYING,
                        AVAILABLE, RUNNING, COMPLETED);
        assertThat(observed.reached()).noneMatch(JobUpdate.Reached::gap);
        assertThat(observed.reached().stream().filter(now -> now.state() == RETRYING))
                .allMatch(now -> now.dueAt() != null && now.error() != null);
    }

    @Test
    void progressIsToldAndTheEndAfterIt() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id);
        observed.has(AVAILABLE);
        rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> Flux.range(1, 4)
                        .delayElements(Duration.ofMillis(250))
                        .concatMap(i -> {
                            job.progress(25 * i, "step " + i);
                            return job.flushProgress();
                        })
                        .then(Mono.just(Outcome.done()))));
        assertThat(observed.completed()).containsExactly(AVAILABLE, RUNNING, COMPLETED);
        List<String> reports = observed.all().stream()
                .filter(JobUpdate.Progressed.class::isInstance)
                .map(update -> ((JobUpdate.Progressed) update).progress())
                .toList();
        assertThat(reports).hasSize(4);
        for (int i = 1; i <= 4; i++) {
            assertThat(reports.get(i - 1)).contains("step " + i);
        }
        // One who comes while it is told hears where it is; one who goes on from a report hears the next ones.
        JobUpdate first = observed.all().stream()
                .filter(JobUpdate.Progressed.class::isInstance)
                .findFirst()
                .orElseThrow();
        assertThat(Observed.of(elsewhere, id, ObserveOptions.defaults().after(first.cursor()))
                        .completed())
                .containsExactly(COMPLETED);
    }

    /** From behind each update the rest is told, in another process too. */
    @Test
    void anObserverGoesOnFromAnyCursor() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> {
            job.progress(50, "attempt " + job.attempt());
            return job.flushProgress()
                    .thenReturn(job.attempt() < 3 ? Outcome.retryAfter(Duration.ZERO, "r") : Outcome.done());
        }));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.becomes(id, COMPLETED, true);
        Observed whole = Observed.of(elsewhere, id, ObserveOptions.defaults().withHistory());
        assertThat(whole.completed())
                .containsExactly(
                        AVAILABLE, RUNNING, RETRYING, AVAILABLE, RUNNING, RETRYING, AVAILABLE, RUNNING, COMPLETED);
        assertThat(whole.all()).hasSize(9 + 3);
        for (int i = 0; i < whole.all().size(); i++) {
            Observed rest = Observed.of(
                    rig.awa,
                    id,
                    ObserveOptions.defaults().after(whole.all().get(i).cursor()));
            rest.completed();
            // A running attempt's first word tells its newest report too.
            List<JobUpdate> expected = whole.all().subList(i + 1, whole.all().size());
            assertThat(rest.all()).as("after %s", whole.all().get(i)).isEqualTo(expected);
        }
    }

    @Test
    void cursorsOfOthersAreRefused() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(rig.awa, id);
        observed.has(AVAILABLE);
        String cursor = observed.all().get(0).cursor();
        for (String bad :
                List.of("nonsense", "1", cursor + "0x", "9" + cursor, cursor.replace("available", "nowhere"))) {
            assertThatThrownBy(
                            () -> rig.awa.observe(id, ObserveOptions.defaults().after(bad)))
                    .isInstanceOf(AwaValidationException.class)
                    .hasMessageContaining("cursor");
        }
        assertThatThrownBy(() -> ObserveOptions.defaults().after("x".repeat(121)))
                .hasMessageContaining("120");
        observed.cancel();
    }

    @Test
    void whoThrowsIsToldNoMoreAndTheOthersAre() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id);
        observed.has(AVAILABLE);
        AtomicInteger signals = new AtomicInteger();
        elsewhere.observe(id).subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(JobUpdate update) {
                signals.incrementAndGet();
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void onError(Throwable error) {
                signals.incrementAndGet();
            }

            @Override
            public void onComplete() {
                signals.incrementAndGet();
            }
        });
        Await.until("told once", () -> signals.get() == 1);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
        assertThat(observed.completed()).containsExactly(AVAILABLE, RUNNING, COMPLETED);
        assertThat(signals).hasValue(1);
    }

    @Test
    void whatNobodyKnowsIsGone() {
        Observed observed = Observed.of(rig.awa, new JobId(4_711));
        assertThat(observed.completed()).isEmpty();
        assertThat(observed.all())
                .containsExactly(new JobUpdate.Gone(
                        new JobId(4_711), false, observed.all().get(0).cursor()));
    }

    @Test
    void whatIsDeletedIsGone() {
        JobId id = scheduled();
        Observed observed = Observed.of(elsewhere, id);
        observed.has(SCHEDULED);
        rig.awa.admin().delete(id).block(Await.LONG);
        observed.completed();
        assertThat(observed.all().get(1))
                .isInstanceOfSatisfying(
                        JobUpdate.Gone.class, gone -> assertThat(gone.deleted()).isTrue());
    }

    @Test
    void anObserverMayGoOnBeyondAnEnd() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.just(job.errors().isEmpty() ? Outcome.fail("no") : Outcome.done())));
        assertThat(Observed.of(elsewhere, id).completed()).endsWith(FAILED);
        Observed endless = Observed.of(elsewhere, id, ObserveOptions.defaults().beyondEnds());
        endless.has(FAILED);
        assertThat(endless.complete).isFalse();
        rig.awa.admin().deadLetters();
        rig.awa.admin().retry(id).block(Await.LONG);
        assertThat(endless.completed()).containsExactly(FAILED, AVAILABLE, RUNNING, COMPLETED);
    }

    @Test
    void whatOperatorsDoIsTold() {
        JobId marked = rig.enqueue(Rig.NUMBER, 1);
        JobId moved = rig.enqueue(Rig.NUMBER, 2);
        JobId reasoned = scheduled();
        ObserveOptions endless = ObserveOptions.defaults().beyondEnds();
        Observed ofMarked = Observed.of(elsewhere, marked, endless);
        Observed ofMoved = Observed.of(elsewhere, moved, endless);
        Observed ofReasoned = Observed.of(elsewhere, reasoned, endless);
        ofMarked.has(AVAILABLE);
        ofMoved.has(AVAILABLE);
        ofReasoned.has(SCHEDULED);
        rig.awa.admin().cancel(marked).block(Await.LONG);
        rig.awa.admin().move(moved, Destination.queue("other")).block(Await.LONG);
        rig.awa.admin().cancel(reasoned, "not now").block(Await.LONG);
        ofMarked.has(AVAILABLE, CANCELLED);
        ofMoved.has(AVAILABLE, AVAILABLE);
        ofReasoned.has(SCHEDULED, CANCELLED);
        assertThat(ofMoved.reached().get(1).queue()).isEqualTo("other");
        assertThat(ofReasoned.reached().get(1).reason()).isEqualTo("not now");
        rig.awa.admin().retry(marked).block(Await.LONG);
        rig.awa.admin().retry(reasoned).block(Await.LONG);
        ofMarked.has(AVAILABLE, CANCELLED, AVAILABLE);
        ofReasoned.has(SCHEDULED, CANCELLED, AVAILABLE);
        rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.just(Outcome.deadLetter("d"))).queue("other", q -> q));
        ofMarked.has(AVAILABLE, CANCELLED, AVAILABLE, RUNNING, DEAD);
        ofMoved.has(AVAILABLE, AVAILABLE, RUNNING, DEAD);
        rig.awa.admin().delete(moved).block(Await.LONG);
        assertThat(ofMoved.completed()).endsWith(DEAD);
        assertThat(ofMarked.complete).isFalse();
    }

    /** A drain gives it back to its place, with its attempt. */
    @Test
    void whatIsGivenBackIsAvailableOnceMore() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        RunningWorker first = rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono()));
        Observed observed = Observed.of(elsewhere, id);
        Await.until("running", () -> observed.last() == RUNNING);
        int before = observed.states().size();
        first.drain(Duration.ZERO).block(Await.LONG);
        Await.until(() -> "back, got " + observed.all(), Await.LONG, () -> observed.last() == AVAILABLE);
        assertThat(observed.states()).hasSize(before + 1);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
        assertThat(observed.completed().subList(before, before + 3)).containsExactly(AVAILABLE, RUNNING, COMPLETED);
    }

    @Test
    void aWaitForACallbackIsTold() {
        AtomicReference<CallbackToken> token = new AtomicReference<>();
        rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> job.registerCallback(Duration.ofMinutes(1))
                        .doOnNext(token::set)
                        .flatMap(job::awaitCallback)
                        .thenReturn(Outcome.done())));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id, ObserveOptions.defaults().withHistory());
        Await.until("waiting", () -> observed.last() == WAITING);
        rig.awa.callbacks().resume(Objects.requireNonNull(token.get()), 5).block(Await.LONG);
        assertThat(observed.completed()).containsExactly(AVAILABLE, RUNNING, WAITING, RUNNING, COMPLETED);
    }

    /** One that takes nothing is not read for; its job's end may be forgotten meanwhile, and that is said. */
    @Test
    void whatWasForgottenMeanwhileIsGone() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed slow = Observed.of(elsewhere, id, ObserveOptions.defaults(), 0);
        Observed prompt = Observed.of(elsewhere, id);
        prompt.has(AVAILABLE);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())).withoutMaintenance());
        assertThat(prompt.completed()).endsWith(COMPLETED);
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                .maintenance(m -> m.interval(Duration.ofMillis(20))
                        .rotate(Duration.ofMillis(100), 1L << 30)
                        .retain(Duration.ZERO, 0)));
        // Segments turn only where jobs come.
        Await.until("forgotten", () -> {
            rig.enqueue(Rig.NUMBER, 2);
            return rig.awa.admin().job(id).blockOptional(Await.LONG).isEmpty();
        });
        slow.request(10);
        slow.completed();
        // What it was told when it came, and that it is too late for the rest.
        assertThat(slow.states()).containsExactly(AVAILABLE);
        assertThat(slow.all().get(1))
                .isInstanceOfSatisfying(
                        JobUpdate.Gone.class, gone -> assertThat(gone.deleted()).isFalse());
    }

    /** An entry that is carried to a newer store is the same state: nothing is told. */
    @Test
    void whatIsCarriedOverIsNotToldAgain() {
        JobId id = scheduled();
        Observed observed = Observed.of(elsewhere, id);
        observed.has(SCHEDULED);
        Stores stores = rig.awa.engine().stores();
        stores.rotate().block(Await.LONG);
        stores.seal(1).block(Await.LONG);
        stores.carry(1, 100, -99).block(Await.LONG);
        stores.close().block(Await.LONG);
        assertThat(rig.sql("select outcome from {awa}.endings_0")).containsExactly("m");
        rig.awa.admin().cancel(id, "enough").block(Await.LONG);
        assertThat(observed.completed()).containsExactly(SCHEDULED, CANCELLED);
    }

    @Test
    void snoozedAndScheduledOnesSayWhen() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.snooze(LATER))));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Observed observed = Observed.of(elsewhere, id);
        Await.until("snoozed", () -> observed.last() == SNOOZED);
        JobUpdate.Reached now = observed.reached().get(observed.reached().size() - 1);
        assertThat(Duration.between(now.at(), now.dueAt())).isBetween(LATER.minusSeconds(1), LATER.plusSeconds(1));
        observed.cancel();
    }

    @Test
    void closingAnInstanceEndsItsObserversWithAnError() {
        JobId id = scheduled();
        Awa own = rig.instance(AwaPostgres.shared().connections());
        Observed observed = Observed.of(own, id);
        observed.has(SCHEDULED);
        own.close().block(Await.LONG);
        Await.until("ended", () -> observed.error != null);
        assertThat(observed.error).hasMessageContaining("closed");
        Observed late = Observed.of(own, id);
        assertThat(late.error).hasMessageContaining("closed");
    }

    private JobId scheduled() {
        return Objects.requireNonNull(
                        rig.awa.enqueue(Rig.NUMBER.with(1).runAfter(LATER)).block(Await.LONG))
                .id();
    }
}
