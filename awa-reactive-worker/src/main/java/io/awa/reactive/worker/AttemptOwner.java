package io.awa.reactive.worker;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Who has attempts in hand: a queue's runner with its handlers, or a stream with its subscriber. Called by any thread. */
interface AttemptOwner {

    String queue();

    /** The name of a job's kind; empty where it is not known here. */
    String kind(Member member);

    /** How long a job is away that is tried again; null: the database's setting of the queue. */
    @Nullable
    Backoff backoff(Member member);

    Bodies bodies();

    /** Runs what comes before and after a wait of an attempt. */
    Executor executor();

    /** The job as its handler sees it, and who does it. */
    Handlers.Work<?> work(Member member, String json, Attempt attempt);

    /** Attempts that are not over, parked ones included. */
    AtWork atWork();

    /** An attempt was over before its handler was called. */
    void notBegun();

    /** A handler's slot is free. */
    void freed();

    /** A parked attempt wants a slot; it does this then. */
    void resume(Attempt attempt, Runnable next);

    /** So many jobs are off its hands, or on them again; {@link #drain()} follows. */
    void settled(int jobs);

    /** Looks at what has changed. */
    void drain();

    boolean isStopping();

    /** Whether an attempt is over once a transaction of its caller has completed it; else its handler says when. */
    boolean watches();
}
