package io.awa.reactive.worker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/**
 * Works the jobs of one queue. It is the subscriber that ties claims to completions, by two windows:
 *
 * <ul>
 *   <li>handlers: at most as many run at once as there are {@link Slots};
 *   <li>debt: at most {@code maxUnsettled} jobs are claimed and not durably ended, so a slow database stops claims
 *       instead of filling the memory.
 * </ul>
 *
 * <p>A slot is free when its handler has ended, not when the end is durable: a slot held so long would keep batches as
 * small as the number of slots. Jobs claimed ahead wait in {@code ready}: as many as the handlers, by their rate of the
 * last moments, will end while the next claim is under way ({@link Pace}). With slow handlers that is none.
 *
 * <p>An attempt that is parked for a callback has no slot and no debt; once resumed it comes first when a slot is free.
 *
 * <p>Everything that happens raises {@code wip}; whoever raises it from 0 goes round the loop, on the source's thread, a
 * handler's or the driver's. The other fields belong to the loop.
 */
final class JobRunner implements CoreSubscriber<Member>, AttemptOwner {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private final String queue;
    private final Slots slots;
    private final CompletionOptions completions;
    private final @Nullable Backoff backoff;
    private final Bodies bodies;
    private final Tools tools;
    private final Strangers strangers;

    private final AtomicInteger wip = new AtomicInteger();
    private final Queue<Member> arrived =
            Queues.<Member>unboundedMultiproducer().get();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger settled = new AtomicInteger();
    private final AtWork atWork = new AtWork();
    private final Queue<Resumed> resumed =
            Queues.<Resumed>unboundedMultiproducer().get();
    private final Sinks.Empty<Void> quiet = Sinks.empty();
    private final Sinks.One<List<Member>> unstarted = Sinks.one();
    private volatile boolean stopping;
    private volatile boolean taking;

    private final Deque<Member> ready = new ArrayDeque<>();
    private final Pace pace = new Pace();
    private volatile Subscription upstream = Operators.emptySubscription();
    private volatile boolean subscribed;
    private long requested;
    private boolean taken;
    private volatile int running;
    private volatile int unsettled;

    JobRunner(
            String queue,
            Slots slots,
            CompletionOptions completions,
            @Nullable Backoff backoff,
            Bodies bodies,
            Tools tools) {
        this.queue = queue;
        this.slots = slots;
        this.completions = completions;
        this.backoff = backoff;
        this.bodies = bodies;
        this.tools = tools;
        this.strangers = new Strangers(queue, tools.options().unknownKinds(), tools.completions(), this);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        subscribed = true;
        drain();
    }

    @Override
    public void onNext(Member job) {
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

    @Override
    public String queue() {
        return queue;
    }

    @Override
    public String kind(Member job) {
        return tools.handlers().kind(job);
    }

    /** That of the job's kind, else of the queue; null: the database's. */
    @Override
    public @Nullable Backoff backoff(Member job) {
        Backoff own = tools.handlers().options(job).backoff();
        return own != null ? own : backoff;
    }

    @Override
    public Bodies bodies() {
        return bodies;
    }

    @Override
    public boolean isStopping() {
        return stopping;
    }

    @Override
    public Executor executor() {
        return tools.executor();
    }

    @Override
    public Handlers.Work<?> work(Member job, String json, Attempt attempt) {
        return tools.handlers().work(job, queue, json, attempt);
    }

    /** Its handler's end says that. */
    @Override
    public boolean watches() {
        return false;
    }

    /** Its slot is given back as any other. */
    @Override
    public void notBegun() {}

    @Override
    public void settled(int jobs) {
        settled.addAndGet(jobs);
    }

    @Override
    public AtWork atWork() {
        return atWork;
    }

    @Override
    public void freed() {
        ended.incrementAndGet();
        drain();
    }

    /** On a handler thread. */
    @Override
    public void resume(Attempt attempt, Runnable next) {
        resumed.offer(new Resumed(attempt, next));
        drain();
    }

    /** Stops claiming and starting. */
    void stop() {
        stopping = true;
        atWork.leaveParked();
        upstream.cancel();
        drain();
    }

    /** Completes once no handler runs; {@link #stop()} comes first. */
    Mono<Void> quiet() {
        return quiet.asMono();
    }

    /** What arrived and was never started. Only after {@link #stop()} and once the source holds nothing. */
    Mono<List<Member>> takeUnstarted() {
        return Mono.defer(() -> {
            taking = true;
            drain();
            return unstarted.asMono();
        });
    }

    @Override
    public void drain() {
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
        slots.free(done);
        pace.ended(done);
        unsettled -= settled.getAndSet(0);
        for (Member job = arrived.poll(); job != null; job = arrived.poll()) {
            requested--;
            unsettled++;
            tools.counters().events.claimed(job, this);
            if (tools.handlers().know(job)) {
                ready.add(job);
            } else {
                slots.free(1);
                strangers.add(job);
            }
        }
        if (stopping) {
            stopped();
            return;
        }
        if (!subscribed) {
            return;
        }
        for (Resumed one = next(); one != null; one = next()) {
            running++;
            one.attempt.granted(one.next);
        }
        int workers = slots.limit();
        while (running < workers && !ready.isEmpty()) {
            running++;
            start(ready.poll());
        }
        long room = (long) workers + slots.ahead(pace.ahead()) - running - ready.size();
        long more = Math.min(room, (long) completions.mostUnsettled(workers) - unsettled) - requested;
        if (more > 0) {
            requested += more;
            upstream.request(more);
        }
    }

    private @Nullable Resumed next() {
        return !resumed.isEmpty() && running < slots.limit() && slots.readmit() ? resumed.poll() : null;
    }

    private void stopped() {
        for (Resumed one = resumed.poll(); one != null; one = resumed.poll()) {
            one.attempt.interrupt();
        }
        if (taking && !taken) {
            taken = true;
            List<Member> left = new ArrayList<>(ready);
            ready.clear();
            unsettled -= left.size();
            slots.free(left.size());
            unstarted.tryEmitValue(left);
        }
        if (running == 0) {
            quiet.tryEmitEmpty();
        }
    }

    private void start(Member claimed) {
        Attempt attempt = new Attempt(claimed, this, tools);
        atWork.add(attempt);
        tools.executor().execute(attempt);
    }

    private record Resumed(Attempt attempt, Runnable next) {}
}
