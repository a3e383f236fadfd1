package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.job.JobType;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The jobs of one type for one subscriber. Its demand is the claim source's, one for one: only a job that the subscriber
 * does not get (one of another kind, or one that was over before its body came) is asked for again.
 *
 * <p>Everything is emitted on the stream's one thread. The end of the subscription, whoever brings it, is decided by
 * {@code over}; from then on nothing is handed over, and what was claimed goes back. What was handed over stays in hand
 * until it is settled; then the stream closes itself.
 */
final class JobStream<T> implements CoreSubscriber<Member>, Subscription, AttemptOwner {

    private static final Logger LOG = LoggerFactory.getLogger(JobStream.class);

    private final String queue;
    private final JobType<T> type;
    private final QueueOptions options;
    private final JobStreams streams;
    private final Tools tools;
    private final Claims claims;
    private final Bodies bodies;
    private final Strangers strangers;
    private final Scheduler thread;
    private final Operators.DeferredSubscription upstream = new Operators.DeferredSubscription();
    private final AtWork atWork = new AtWork();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger inHand = new AtomicInteger();
    private final Sinks.Empty<Void> released = Sinks.empty();
    private final Sinks.Empty<Void> quiet = Sinks.empty();
    private volatile @Nullable CoreSubscriber<? super ClaimedJob<T>> subscriber;
    private volatile boolean isReleased;
    private volatile @Nullable ClaimSource source;
    private volatile int kind;

    JobStream(
            String queue,
            JobType<T> type,
            QueueOptions options,
            CoreSubscriber<? super ClaimedJob<T>> subscriber,
            JobStreams streams,
            Tools tools) {
        this.queue = queue;
        this.type = type;
        this.options = options;
        this.subscriber = subscriber;
        this.streams = streams;
        this.tools = tools;
        this.claims = tools.engine().claims(queue, tools.completions().keys()::offer);
        this.bodies = new Bodies(claims, Schedulers.parallel());
        this.strangers = new Strangers(queue, tools.options().unknownKinds(), tools.completions(), this);
        this.thread = Schedulers.newSingle("awa-claims-" + queue, true);
    }

    // --- the subscriber's side

    /** The queue and the kind are known. */
    void begin(int queueId, int kindId) {
        kind = kindId;
        ClaimSource fresh = streams.source(queue, queueId, options, claims, thread);
        source = fresh;
        fresh.subscribe(this);
        var unused = fresh.released().doOnSuccess(nothing -> holdsNothing()).toFuture();
    }

    /** They never will be. */
    void cannotBegin(Throwable error) {
        fail(error);
        holdsNothing();
    }

    @Override
    public void request(long n) {
        if (n > 0) {
            upstream.request(n);
        } else {
            fail(new IllegalArgumentException("§3.9: the demand must be positive, it was " + n));
        }
    }

    @Override
    public void cancel() {
        if (over.compareAndSet(false, true)) {
            leave(known -> {});
        }
    }

    /** Completes the subscription; nothing more is claimed. */
    void stop() {
        atWork.leaveParked();
        if (over.compareAndSet(false, true)) {
            leave(CoreSubscriber::onComplete);
        }
    }

    private void fail(Throwable error) {
        if (over.compareAndSet(false, true)) {
            leave(known -> known.onError(error));
        }
    }

    // After what is being emitted. What is claimed and waits for its body goes back too; the subscriber is forgotten.
    private void leave(Consumer<CoreSubscriber<? super ClaimedJob<T>>> last) {
        upstream.cancel();
        later(() -> {
            CoreSubscriber<? super ClaimedJob<T>> known = subscriber;
            subscriber = null;
            if (known != null) {
                last.accept(known);
            }
            giveBack(atWork.unbegun());
            drain();
        });
    }

    private void holdsNothing() {
        isReleased = true;
        released.tryEmitEmpty();
        drain();
    }

    // --- the source's side, on the stream's thread

    @Override
    public Context currentContext() {
        CoreSubscriber<? super ClaimedJob<T>> known = subscriber;
        return known == null ? Context.empty() : known.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream.set(subscription);
    }

    @Override
    public void onNext(Member member) {
        inHand.incrementAndGet();
        tools.counters().events.claimed(member, this);
        if (member.claim().kind(member.ordinal()) == kind) {
            Attempt attempt = new Attempt(member, this, tools);
            atWork.add(attempt);
            attempt.run();
        } else {
            strangers.add(member);
            upstream.request(1);
        }
    }

    @Override
    public void onError(Throwable error) {
        fail(error);
    }

    @Override
    public void onComplete() {
        stop();
    }

    // --- the attempts' side

    @Override
    public Handlers.Work<?> work(Member member, String json, Attempt attempt) {
        ClaimedJob<T> job = new ClaimedJob<>(member, type, json, tools.engine(), attempt, this);
        return new Handlers.Work<T>(job, same -> handOver(job), null, JobInterceptor.NONE);
    }

    private Mono<Outcome> handOver(ClaimedJob<T> job) {
        CoreSubscriber<? super ClaimedJob<T>> known = subscriber;
        if (over.get() || known == null) {
            if (job.inHand().giveBack() == Back.RELEASE) {
                giveBack(List.of(job.member()));
            }
        } else {
            known.onNext(job);
        }
        return Mono.<Outcome>never().doOnCancel(job::isLost);
    }

    private void giveBack(List<Member> members) {
        if (!members.isEmpty()) {
            var unused = offHand(members, streams.releases().giveBack(this, members))
                    .onErrorComplete()
                    .toFuture();
        }
    }

    private Mono<Integer> offHand(List<Member> members, Mono<Integer> release) {
        return release.doFinally(signal -> {
            settled(members.size());
            drain();
        });
    }

    /** Ends a job as its subscriber says. */
    Mono<Settled> settle(ClaimedJob<T> job, Outcome outcome) {
        if (job.inHand().isOver()) {
            return job.afterwards(outcome);
        }
        return outcome.followUps().isEmpty()
                ? decision(job, outcome, job.inHand().settle(outcome, null))
                : tools.engine()
                        .followUps(outcome.followUps())
                        .retryWhen(Completions.UNTIL_DECIDED)
                        .flatMap(jobs -> decision(job, outcome, job.inHand().settle(outcome, jobs)));
    }

    /** Gives a job back that its subscriber has. */
    Mono<Settled> release(ClaimedJob<T> job) {
        return switch (job.inHand().giveBack()) {
            case NOTHING -> Mono.just(Settled.STALE);
            case RELEASE -> {
                List<Member> one = List.of(job.member());
                yield offHand(one, streams.releases().giveBack(this, one)).map(n -> Settled.of(n == 1));
            }
            case WAIT -> job.decision();
        };
    }

    private Mono<Settled> decision(ClaimedJob<T> job, Outcome outcome, boolean first) {
        return first ? job.decision() : job.afterwards(outcome);
    }

    @Override
    public String queue() {
        return queue;
    }

    @Override
    public String kind(Member member) {
        return member.claim().kind(member.ordinal()) == kind ? type.kind() : "";
    }

    @Override
    public @Nullable Backoff backoff(Member member) {
        return options.backoff();
    }

    @Override
    public Bodies bodies() {
        return bodies;
    }

    @Override
    public Executor executor() {
        return this::later;
    }

    @Override
    public AtWork atWork() {
        return atWork;
    }

    @Override
    public void notBegun() {
        upstream.request(1);
    }

    @Override
    public void freed() {
        drain();
    }

    @Override
    public void resume(Attempt attempt, Runnable next) {
        attempt.granted(next);
    }

    @Override
    public void settled(int jobs) {
        inHand.addAndGet(-jobs);
    }

    @Override
    public boolean watches() {
        return true;
    }

    @Override
    public boolean isStopping() {
        return streams.isStopping();
    }

    @Override
    public void drain() {
        if (over.get() && isReleased && atWork.isEmpty()) {
            quiet.tryEmitEmpty();
            if (inHand.get() == 0 && closed.compareAndSet(false, true)) {
                streams.closed(this);
                later(() -> {
                    var unused = claims.close().toFuture();
                    thread.dispose();
                });
            }
        }
    }

    // --- the worker's side

    int inHand() {
        return inHand.get();
    }

    void wake() {
        ClaimSource known = source;
        if (known != null) {
            known.wake();
        }
    }

    /**
     * Ends a stopped stream: waits for its subscriber, then gives back what is not settled.
     *
     * @return false where a claim's answer is still out, or jobs could not be given back
     */
    Mono<Boolean> end(Deadline deadline) {
        Mono<Boolean> decided = released.asMono()
                .timeout(deadline.remaining().plus(Deadline.GRACE))
                .thenReturn(true)
                .onErrorReturn(false);
        Mono<Boolean> left = quiet.asMono()
                .timeout(deadline.remaining())
                .thenReturn(true)
                .onErrorResume(error -> {
                    List<Member> cut = atWork.cut();
                    if (cut.isEmpty()) {
                        return Mono.just(true);
                    }
                    LOG.warn(
                            "Queue {}: {} jobs of a subscriber were not settled in time; they are released",
                            queue,
                            cut.size());
                    return offHand(cut, streams.releases().giveBack(this, cut, Deadline.GRACE))
                            .thenReturn(true)
                            .onErrorReturn(false);
                });
        return Mono.zip(decided, left, Boolean::logicalAnd);
    }

    /** Closes the connection, whatever is left. */
    Mono<Void> close() {
        return claims.close().doFinally(signal -> thread.dispose());
    }

    private void later(Runnable task) {
        try {
            thread.schedule(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("A subscription of queue {} went on after its end", queue, e);
        }
    }
}
