package io.awa.reactive.worker;

import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Settlement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * Works the jobs of one queue. It is the subscriber that ties claims to completions, by two windows:
 *
 * <ul>
 *   <li>handlers: at most {@code workers} run at once;
 *   <li>debt: at most {@code maxUnsettled} jobs are claimed and not durably ended, so a slow database stops claims
 *       instead of filling the memory.
 * </ul>
 *
 * <p>A slot is free when its handler has ended, not when the end is durable: a slot held so long would keep batches as
 * small as the number of slots. Jobs claimed ahead wait in {@code ready}: as many as the handlers, by their rate of the
 * last moments, will end while the next claim is under way ({@link Pace}). With slow handlers that is none.
 *
 * <p>Everything that happens raises {@code wip}; whoever raises it from 0 goes round the loop, on the source's thread, a
 * handler's or the driver's. The other fields belong to the loop.
 */
final class JobRunner implements CoreSubscriber<ClaimedJob> {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private final String queue;
    private final int workers;
    private final int maxUnsettled;
    private final Handlers handlers;
    private final Bodies bodies;
    private final Completions completions;
    private final Executor executor;
    private final Strangers strangers;

    private final AtomicInteger wip = new AtomicInteger();
    private final Queue<ClaimedJob> arrived =
            Queues.<ClaimedJob>unboundedMultiproducer().get();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger settled = new AtomicInteger();
    private final Set<RunningJob> active = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> quiet = Sinks.empty();
    private final Sinks.One<List<ClaimedJob>> unstarted = Sinks.one();
    private volatile boolean stopping;
    private volatile boolean taking;

    private final Deque<ClaimedJob> ready = new ArrayDeque<>();
    private final Pace pace = new Pace();
    private Subscription upstream = Operators.emptySubscription();
    private long requested;
    private boolean taken;
    private volatile int running;
    private volatile int unsettled;

    JobRunner(
            String queue,
            int workers,
            int maxUnsettled,
            Handlers handlers,
            Bodies bodies,
            Completions completions,
            Executor executor,
            Releases releases,
            Counters counters,
            Scheduler timer) {
        this.queue = queue;
        this.workers = workers;
        this.maxUnsettled = maxUnsettled;
        this.handlers = handlers;
        this.bodies = bodies;
        this.completions = completions;
        this.executor = executor;
        this.strangers = new Strangers(queue, releases, counters, timer, this::gone);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        drain();
    }

    @Override
    public void onNext(ClaimedJob job) {
        arrived.offer(job);
        drain();
    }

    @Override
    public void onError(Throwable error) {
        LOG.error("The claims of queue {} ended", queue, error);
    }

    @Override
    public void onComplete() {
        LOG.debug("The claims of queue {} are complete", queue);
    }

    int running() {
        return running;
    }

    int unsettled() {
        return unsettled;
    }

    /** One job of this runner is decided; {@link #drain()} follows. */
    void settled() {
        settled.incrementAndGet();
    }

    private void gone(int jobs) {
        settled.addAndGet(jobs);
        drain();
    }

    /** Stops claiming and starting. */
    void stop() {
        stopping = true;
        upstream.cancel();
        drain();
    }

    /** Completes once no handler runs; {@link #stop()} comes first. */
    Mono<Void> quiet() {
        return quiet.asMono();
    }

    /** What arrived and was never started. Only after {@link #stop()} and once the source holds nothing. */
    Mono<List<ClaimedJob>> takeUnstarted() {
        return Mono.defer(() -> {
            taking = true;
            drain();
            return unstarted.asMono();
        });
    }

    /** Disposes handlers that are still at work; answers their jobs. */
    List<ClaimedJob> interrupt() {
        List<ClaimedJob> cut = new ArrayList<>();
        for (RunningJob job : active) {
            if (job.interrupt()) {
                cut.add(job.claimed);
            }
        }
        return cut;
    }

    void drain() {
        if (wip.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            step();
            missed = wip.addAndGet(-missed);
        } while (missed != 0);
    }

    private void step() {
        int done = ended.getAndSet(0);
        running -= done;
        pace.ended(done);
        unsettled -= settled.getAndSet(0);
        for (ClaimedJob job = arrived.poll(); job != null; job = arrived.poll()) {
            requested--;
            unsettled++;
            if (handlers.know(job)) {
                ready.add(job);
            } else {
                strangers.add(job);
            }
        }
        if (stopping) {
            stopped();
            return;
        }
        while (running < workers && !ready.isEmpty()) {
            running++;
            start(ready.poll());
        }
        long slots = (long) workers + pace.ahead() - running - ready.size();
        long more = Math.min(slots, (long) maxUnsettled - unsettled) - requested;
        if (more > 0) {
            requested += more;
            upstream.request(more);
        }
    }

    private void stopped() {
        if (taking && !taken && !strangers.areLeaving()) {
            taken = true;
            List<ClaimedJob> left = new ArrayList<>(ready);
            left.addAll(strangers.takeAll());
            ready.clear();
            unsettled -= left.size();
            unstarted.tryEmitValue(left);
        }
        if (running == 0) {
            quiet.tryEmitEmpty();
        }
    }

    private void start(ClaimedJob claimed) {
        RunningJob job = new RunningJob(claimed);
        active.add(job);
        executor.execute(job);
    }

    /** One attempt: from the handler's thread to the end it has, whichever comes first. */
    private final class RunningJob extends BaseSubscriber<Outcome> implements Runnable {

        private final ClaimedJob claimed;
        private final AtomicInteger decided = new AtomicInteger();
        private volatile Handlers.@Nullable Work<?> work;

        RunningJob(ClaimedJob claimed) {
            this.claimed = claimed;
        }

        @Override
        public void run() {
            if (decided.get() != 0) {
                return;
            }
            String json = claimed.claim().args(claimed.ordinal());
            if (json == null) {
                fetch();
            } else {
                begin(json);
            }
        }

        // Whatever a handler throws, a LinkageError included, is its job's end: the slot must not be lost with it.
        private void begin(String json) {
            try {
                Handlers.Work<?> begun = handlers.work(claimed, queue, json);
                work = begun;
                // A handler's own onErrorContinue must not reach past its handler.
                begun.start().onErrorStop().subscribe(this);
            } catch (Throwable e) {
                end(Outcome.fail(e));
                if (e instanceof VirtualMachineError fatal && !(e instanceof StackOverflowError)) {
                    throw fatal;
                }
            }
        }

        boolean interrupt() {
            if (!decided.compareAndSet(0, 1)) {
                return false;
            }
            cancel();
            leave();
            return true;
        }

        @Override
        protected void hookOnNext(Outcome outcome) {
            end(outcome);
        }

        @Override
        protected void hookOnComplete() {
            end(Outcome.done());
        }

        @Override
        protected void hookOnError(Throwable error) {
            end(Outcome.fail(error));
        }

        // The body comes on the driver's event loop; its handler goes back to a handler thread.
        private void fetch() {
            bodies.fetch(
                    claimed,
                    json -> executor.execute(() -> beginUnlessDecided(json)),
                    error -> end(Outcome.fail(error)));
        }

        private void beginUnlessDecided(String json) {
            if (decided.get() == 0) {
                begin(json);
            }
        }

        private void end(Outcome outcome) {
            if (!decided.compareAndSet(0, 1)) {
                return;
            }
            Settlement settlement = outcome instanceof Outcome.Failed failed
                    ? Settlement.of(
                            claimed.claim(), claimed.ordinal(), Ending.FAILED, Detail.error(null, failed.reason()))
                    : Settlement.completed(claimed.claim(), claimed.ordinal());
            Handlers.Work<?> begun = work != null ? work : handlers.work(claimed, queue, "null");
            completions.offer(new Completions.Ended(settlement, begun.job(), outcome, JobRunner.this));
            leave();
        }

        private void leave() {
            active.remove(this);
            ended.incrementAndGet();
            drain();
        }
    }
}
