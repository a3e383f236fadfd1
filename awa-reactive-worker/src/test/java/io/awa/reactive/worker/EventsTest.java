package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a worker tells of its attempts, and what it costs the attempts: nothing. */
@Timeout(90)
class EventsTest {

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final Queue<WorkerEvent> all = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean completed = new AtomicBoolean();
    private final Sinks.One<Outcome> end = Sinks.one();

    @AfterEach
    void close() {
        end.tryEmitValue(Outcome.done());
        rig.close();
    }

    @Test
    void anAttemptsLifeInItsOrder() {
        listen(rig.start(w -> w.handle(Rig.NUMBER, job -> {
            job.progress(40, "nearly half");
            return job.flushProgress().thenReturn(Outcome.done());
        })));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        has(id, WorkerEvent.Settled.class);
        assertThat(names(id)).containsExactly("Claimed", "Started", "Progressed", "Held", "Settled");
        assertThat(of(id))
                .allMatch(e ->
                        e.attempt() == 1 && e.queue().equals("q") && e.kind().equals("number"));
        assertThat(one(WorkerEvent.Progressed.class).progress())
                .matches(p -> p.percent().orElse(0) == 40)
                .matches(p -> p.message().orElse("").equals("nearly half"));
        assertThat(one(WorkerEvent.Settled.class)).matches(e -> e.accepted() && e.outcome() instanceof Outcome.Done);
        drained();
    }

    @Test
    void aRetryIsSettledAndTheNextAttemptIsAnother() {
        listen(rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> Mono.just(
                        job.attempt() == 1 ? Outcome.retryAfter(Duration.ZERO, "once more") : Outcome.done()))));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Await.until("two ends", () -> count(WorkerEvent.Settled.class) == 2);
        assertThat(names(id)).containsExactly("Claimed", "Started", "Settled", "Claimed", "Started", "Settled");
        assertThat(of(id)).extracting(WorkerEvent.OfAttempt::attempt).containsExactly(1, 1, 1, 2, 2, 2);
        WorkerEvent.Settled first = (WorkerEvent.Settled) of(id).get(2);
        assertThat(first.outcome())
                .isInstanceOfSatisfying(
                        Outcome.Retry.class,
                        retry -> assertThat(retry.failure().message()).isEqualTo("once more"));
    }

    @Test
    void whatAnOperatorCancelsIsLost() {
        listen(rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono())));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        has(id, WorkerEvent.Started.class);
        rig.awa.admin().cancel(id).block(Await.LONG);
        has(id, WorkerEvent.Lost.class);
        assertThat(names(id)).containsExactly("Claimed", "Started", "Lost");
    }

    /** Another closer ends the attempt behind the worker's back; what the handler says then is told, and that it is stale. */
    @Test
    void aStaleEndIsTold() {
        listen(rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono())));
        JobId id = rig.enqueue(Rig.NUMBER, 7);
        has(id, WorkerEvent.Started.class);
        endedByHand("1");
        end.tryEmitValue(Outcome.done()).orThrow();
        has(id, WorkerEvent.Settled.class);
        assertThat(one(WorkerEvent.Settled.class)).matches(e -> !e.accepted() && e.outcome() instanceof Outcome.Done);
    }

    @Test
    void aWaitForACallbackIsToldFromBothEnds() {
        AtomicReference<CallbackToken> token = new AtomicReference<>();
        listen(rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> job.registerCallback(Duration.ofMinutes(1))
                        .doOnNext(token::set)
                        .flatMap(job::awaitCallback)
                        .thenReturn(Outcome.done()))));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        has(id, WorkerEvent.Waiting.class);
        rig.awa.callbacks().resume(Objects.requireNonNull(token.get()), 5).block(Await.LONG);
        has(id, WorkerEvent.Settled.class);
        assertThat(names(id)).containsExactly("Claimed", "Started", "Held", "Waiting", "Resumed", "Settled");
    }

    @Test
    void whatADrainGivesBackIsReleasedAndTheEventsEnd() {
        listen(rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono()).queue("q", q -> q.workers(1))));
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        has(id, WorkerEvent.Started.class);
        assertThat(Objects.requireNonNull(rig.worker().drain(Duration.ZERO).block(Await.LONG)))
                .matches(report -> report.released() == 1);
        drained();
        assertThat(names(id)).containsExactly("Claimed", "Started", "Released");
        // Who comes later hears that it is over.
        assertThat(rig.worker().events().collectList().block(Await.LONG)).isEmpty();
    }

    /** The database refuses to take it back: that is what is told, of a handler's job and of a subscriber's alike. */
    @Test
    void whatCannotBeGivenBackIsNotCalledReleased() {
        faults.refuse(".release(", 2, "22000");
        RunningWorker worker =
                rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono()).queue("q", q -> q.workers(1)));
        listen(worker);
        JobType<Integer> other = JobType.of("other", Integer.class).queue("r");
        worker.claims("r", other).flatMap(job -> Mono.never(), 1).subscribe();
        List<JobId> ids = List.of(rig.enqueue(Rig.NUMBER, 1), rig.enqueue(other, 1));
        ids.forEach(id -> has(id, WorkerEvent.Started.class));
        assertThat(Objects.requireNonNull(worker.drain(Duration.ZERO).block(Await.LONG)))
                .matches(report -> report.released() == 0 && !report.decided());
        drained();
        ids.forEach(id -> assertThat(names(id)).containsExactly("Claimed", "Started", "Unwritten"));
    }

    /** Somebody else has ended the one before both are given back: it is lost, and nothing of it is left behind. */
    @Test
    void whatNobodyTakesBackIsLost() {
        rig.enqueue(2);
        listen(rig.start(w -> w.handle(Rig.NUMBER, job -> end.asMono()).queue("q", q -> q.workers(2))));
        Await.until("both are claimed", () -> rig.worker().stats().running() == 2);
        endedByHand("10");
        assertThat(Objects.requireNonNull(rig.worker().drain(Duration.ZERO).block(Await.LONG)))
                .matches(report -> report.released() == 1 && report.abandoned() == 0 && report.clean());
        drained();
        assertThat(one(WorkerEvent.Lost.class).job())
                .isNotEqualTo(one(WorkerEvent.Released.class).job());
        assertThat(names(one(WorkerEvent.Lost.class).job())).last().isEqualTo("Lost");
        assertThat(names(one(WorkerEvent.Released.class).job())).last().isEqualTo("Released");
        assertThat(rig.worker().stats().stale()).isEqualTo(1);
    }

    @Test
    void jobsOfAStreamAreToldToo() {
        RunningWorker worker = rig.start(AwaWorkerBuilder::withoutHandlers);
        listen(worker);
        worker.claims("q", Rig.NUMBER).flatMap(ClaimedJob::complete, 4).take(1).subscribe();
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        has(id, WorkerEvent.Settled.class);
        assertThat(names(id)).containsExactly("Claimed", "Started", "Settled");
        assertThat(of(id)).allMatch(e -> e.kind().equals("number"));
    }

    /** One that takes nothing holds up no job, and hears how much it missed; one beside it gets everything. */
    @Test
    void aSlowSubscriberIsToldWhatItMissedAndHoldsUpNoJob() {
        int jobs = 4_000;
        RunningWorker worker = rig.start(
                w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())).queue("q", q -> q.workers(64)));
        Queue<WorkerEvent> slow = new ConcurrentLinkedQueue<>();
        Taking taking = new Taking(slow);
        worker.events().subscribe(taking);
        listen(worker);
        rig.enqueue(jobs);
        assertThat(rig.settled().completed()).isEqualTo(jobs);
        Await.until(() -> "all told, got " + stands(all), Await.LONG, () -> stands(all) == 3L * jobs);
        assertThat(slow).isEmpty();
        taking.request(Long.MAX_VALUE);
        Await.until(() -> "caught up, got " + stands(slow), Await.LONG, () -> stands(slow) == 3L * jobs);
        assertThat(slow).filteredOn(e -> e instanceof WorkerEvent.Missed).hasSize(1);
        assertThat(slow.size()).isBetween(Events.BUFFER, Events.BUFFER + 100);
        assertThat(List.copyOf(slow)).last().isInstanceOf(WorkerEvent.Missed.class);
    }

    // By another closer, who tells nobody. The first member of the one claim there is.
    private void endedByHand(String members) {
        assertThat(rig.sql("select {awa}.close(array[g.segment], array[c.lane], array[c.no], array[c.nonce], array['"
                        + members + "'], array['f'], -77, array[1], array[0], array['f'], null, null,"
                        + " array['{\"error\": {\"message\": \"by hand\"}}']) from {awa}.claims_0 c, {awa}.generations g"
                        + " where g.child = 0 and c.n = " + members.length()))
                .hasSize(1);
    }

    private void listen(RunningWorker worker) {
        worker.events().doOnComplete(() -> completed.set(true)).subscribe(all::add);
    }

    private void drained() {
        rig.worker().drain(Duration.ofSeconds(5)).block(Await.LONG);
        Await.until("the events end", completed::get);
    }

    private void has(JobId id, Class<? extends WorkerEvent> type) {
        Await.until(
                () -> type.getSimpleName() + ", got " + all,
                Await.LONG,
                () -> of(id).stream().anyMatch(type::isInstance));
    }

    private <T extends WorkerEvent> T one(Class<T> type) {
        return type.cast(all.stream().filter(type::isInstance).findFirst().orElseThrow());
    }

    private long count(Class<? extends WorkerEvent> type) {
        return all.stream().filter(type::isInstance).count();
    }

    private List<WorkerEvent.OfAttempt> of(JobId id) {
        return all.stream()
                .filter(WorkerEvent.OfAttempt.class::isInstance)
                .map(WorkerEvent.OfAttempt.class::cast)
                .filter(event -> event.job().equals(id))
                .toList();
    }

    private List<String> names(JobId id) {
        return of(id).stream().map(event -> event.getClass().getSimpleName()).toList();
    }

    private static long stands(Iterable<WorkerEvent> events) {
        long sum = 0;
        for (WorkerEvent event : events) {
            sum += event instanceof WorkerEvent.Missed missed ? missed.count() : 1;
        }
        return sum;
    }

    private static final class Taking extends BaseSubscriber<WorkerEvent> {

        private final Queue<WorkerEvent> got;

        Taking(Queue<WorkerEvent> got) {
            this.got = got;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            // Takes nothing until told.
        }

        @Override
        protected void hookOnNext(WorkerEvent event) {
            got.add(event);
        }
    }
}
