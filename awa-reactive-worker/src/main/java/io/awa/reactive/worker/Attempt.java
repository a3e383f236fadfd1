package io.awa.reactive.worker;

import io.awa.reactive.engine.FollowUps;
import io.awa.reactive.engine.HeldEnd;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;

/**
 * One attempt: from the handler's thread to the end it has, whichever comes first.
 *
 * <p>Two questions are decided, each by one compare-and-set, whatever threads meet. <b>Who ends the handler</b>
 * ({@code decided}): its own signal, the deadline, a drain, or somebody who has ended the attempt elsewhere; that one frees
 * the slot. <b>Where the attempt stands</b> ({@code place}): its end is written by its claim, or by its lease once it is
 * held; while a hold or a park is on its way the end waits for its answer. Whoever brings the end, and whoever brings that
 * answer, calls {@link #write()}.
 */
final class Attempt extends BaseSubscriber<Outcome> implements Runnable {

    final Member claimed;
    private final AttemptOwner runner;
    private final Tools tools;
    private final AtomicInteger decided = new AtomicInteger();
    private final AtomicReference<Place> place = new AtomicReference<>(Place.CLAIMED);
    final Holding holding = new Holding(this);
    final Reports reports = new Reports(this);
    private final Slot slot;
    private final Clock clock;
    private volatile boolean ended;
    private volatile @Nullable End end;
    private volatile @Nullable Parking parking;
    private volatile Handlers.@Nullable Work<?> work;

    Attempt(Member claimed, AttemptOwner runner, Tools tools) {
        this.claimed = claimed;
        this.runner = runner;
        this.tools = tools;
        this.slot = new Slot(runner);
        this.clock = new Clock(tools.allowed(claimed), claimed.claim().received());
    }

    @Override
    public void run() {
        String json = claimed.claim().args(claimed.ordinal());
        if (json == null) {
            // The body comes on the driver's event loop; its handler goes back to a handler thread.
            runner.bodies().fetch(claimed, text -> runner.executor().execute(() -> begin(text)), this::notFound);
        } else {
            begin(json);
        }
    }

    private void notFound(Throwable error) {
        end(End.of(error));
        runner.notBegun();
    }

    // Whatever a handler throws, a LinkageError included, is its attempt's end: the slot must not be lost with it.
    private void begin(String json) {
        if (isOver()) {
            runner.notBegun();
            return;
        }
        clock.begins();
        try {
            Handlers.Work<?> started = runner.work(claimed, json, this);
            work = started;
            tools.counters().events.started(this);
            // A handler's own onErrorContinue must not reach past its handler.
            started.start().onErrorStop().subscribe(this);
        } catch (Throwable e) {
            end(End.of(e));
            if (e instanceof VirtualMachineError fatal && !(e instanceof StackOverflowError)) {
                throw fatal;
            }
        }
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
        end(End.of(error));
    }

    private void end(Outcome outcome) {
        if (!decided.compareAndSet(0, 1)) {
            return;
        }
        if (outcome.followUps().isEmpty()) {
            end(outcome, null);
            leave();
            return;
        }
        // The slot is kept meanwhile, so a drain waits for it.
        var unused = tools.engine()
                .followUps(outcome.followUps())
                .retryWhen(Completions.UNTIL_DECIDED)
                .doOnNext(jobs -> end(outcome, jobs))
                .doOnError(error -> end(End.of(error), null))
                .onErrorComplete()
                .doFinally(signal -> leave())
                .toFuture();
    }

    private void end(Outcome outcome, @Nullable FollowUps followUps) {
        Lease held = holding.known();
        end = End.of(
                outcome,
                claimed.claim(),
                claimed.ordinal(),
                runner.backoff(claimed),
                held == null ? null : held.callback(),
                followUps);
        write();
    }

    /** Writes the end once there is one and it is known where the attempt stands. */
    void write() {
        End known = end;
        while (known != null) {
            Place now = place();
            if (now.isSettled()) {
                if (place.compareAndSet(now, Place.CLOSED)) {
                    send(known, now);
                    return;
                }
            } else {
                // Once, whoever comes first: the one that brings the end, or the one that finds it useless.
                if (now == Place.GONE && place.compareAndSet(now, Place.CLOSED) && !known.isGivenBack()) {
                    tools.completions().hearStale(job(), known.outcome());
                }
                return;
            }
        }
    }

    private void send(End known, Place from) {
        if (from == Place.PARKED) {
            Objects.requireNonNull(parking).isLeft();
        }
        End whole = known.leaving(reports.unwritten());
        boolean held = from != Place.CLAIMED;
        Ended ended = new Ended(
                held ? null : whole.byClaim(claimed),
                held ? whole.byLease(holding.number()) : null,
                known.followUps(),
                runner,
                this,
                job(),
                known.isGivenBack() ? null : known.outcome());
        if (from == Place.BORROWED) {
            tools.callers().offer(ended, hold());
        } else {
            tools.completions().offer(ended);
        }
    }

    ActiveJob<?> job() {
        Handlers.Work<?> known = work;
        return (known != null ? known : runner.work(claimed, "null", this)).job();
    }

    private void leave() {
        reports.end();
        runner.atWork().remove(this);
        freeSlot();
    }

    // --- ends that a subscriber brings

    /** False where the attempt is over. */
    boolean settle(Outcome outcome, @Nullable FollowUps followUps) {
        boolean first = decided.compareAndSet(0, 1);
        if (first) {
            end(outcome, followUps);
            leave();
        }
        return first;
    }

    /** What is left to do for a job that its subscriber gives back. */
    Back giveBack() {
        if (!decided.compareAndSet(0, 1)) {
            return Back.NOTHING;
        }
        boolean inPlace = place.compareAndSet(Place.CLAIMED, Place.CLOSED);
        if (!inPlace) {
            end(Outcome.snooze(Duration.ZERO), null);
        }
        leave();
        return inPlace ? Back.RELEASE : Back.WAIT;
    }

    // --- ends that others bring

    /** Cut short by a drain: answers whether its claim is to give it back. */
    boolean interrupt() {
        if (!decided.compareAndSet(0, 1)) {
            return false;
        }
        Disposal.of(this, work, runner.executor());
        boolean back = place.compareAndSet(Place.CLAIMED, Place.CLOSED);
        if (!back) {
            end = End.givenBack();
            write();
        }
        leave();
        return back;
    }

    /** Somebody else is said to have ended this attempt; a parked one looks why, and one that a caller may have ended. */
    void endedElsewhere() {
        Place now = place();
        if (now == Place.PARKED) {
            tools.waits().look();
        } else if (now == Place.BORROWED) {
            tools.callers().look();
        } else {
            lost();
        }
    }

    /** Somebody else has ended this attempt: nothing is left to be written. */
    void lost() {
        ended = true;
        for (Place now = place(); now.isSettled(); now = place()) {
            if (place.compareAndSet(now, Place.GONE)) {
                tools.gone(this);
                if (now == Place.CLAIMED) {
                    tools.live().decided(claimed.claim());
                }
                if (now != Place.PARKED) {
                    tools.counters().lost(this);
                    runner.settled(1);
                }
            }
        }
        disposeHandler();
        // An end that waited for the answer to a hold waits for nothing any more.
        write();
        runner.drain();
    }

    // At once, or after the grace by the sweep; a blocking handler's slot when its thread comes back.
    private void disposeHandler() {
        if (decided.compareAndSet(0, 1)) {
            Disposal.of(this, work, runner.executor());
            leaveAfterGrace();
        }
    }

    private void leaveAfterGrace() {
        Handlers.Work<?> known = work;
        if (known != null && known.onReturn(this::leave)) {
            return;
        }
        if (tools.options().grace().isZero() || !slot.isTaken()) {
            leave();
        } else {
            clock.grants(tools.options().grace());
        }
    }

    /** A worker that stops leaves parked attempts where they are: their callback makes the job available. */
    void leaveParked() {
        if (place.compareAndSet(Place.PARKED, Place.GONE)) {
            tools.waits().leave(this);
            disposeHandler();
        }
    }

    /** Called ten times a second. */
    void sweep(long now) {
        if (isOver()) {
            if (clock.isGraceOver(now)) {
                leave();
            }
        } else if (clock.isLate(now)) {
            Place where = place.get();
            if (where != Place.PARKING && where != Place.PARKED && decided.compareAndSet(0, 1)) {
                Disposal.of(this, work, runner.executor());
                end = End.late(claimed.claim(), claimed.ordinal(), runner.backoff(claimed));
                write();
                leaveAfterGrace();
            }
        } else if (clock.runsFor(tools.options().holdAfter(), now)) {
            hold();
        }
    }

    /** Leaves the segment for the store; once is enough. */
    Lease hold() {
        return holding.begin();
    }

    boolean isOver() {
        return decided.get() != 0;
    }

    boolean isBegun() {
        return work != null;
    }

    boolean isNamed(long nonce, long ordinalOrLease) {
        Lease known = holding.known();
        return nonce == 0
                ? known != null && known.number == ordinalOrLease
                : claimed.claim().nonce() == nonce && claimed.ordinal() == ordinalOrLease;
    }

    /** Somebody else has ended it, and this attempt was told so by the answer to what it sent. */
    void refused() {
        disposeHandler();
        write();
        runner.drain();
    }

    void isAt(Place now) {
        place.set(now);
    }

    /** A transaction of a caller may end it from now on. */
    boolean borrow() {
        return place.compareAndSet(Place.HELD, Place.BORROWED) || place() == Place.BORROWED;
    }

    // --- callbacks: see Parking

    /** The handler waits; nothing is written yet. */
    void parks(Parking fresh) {
        parking = fresh;
        HeldEnd park = fresh.written(hold().number);
        tools.completions().offer(Ended.park(park, runner, this));
    }

    AttemptOwner runner() {
        return runner;
    }

    Tools tools() {
        return tools;
    }

    @Nullable
    Parking parking() {
        return parking;
    }

    boolean move(Place from, Place to) {
        return place.compareAndSet(from, to);
    }

    Place place() {
        return Objects.requireNonNull(place.get());
    }

    void freeSlot() {
        slot.free();
    }

    /** There is a slot for it again. */
    void granted(Runnable next) {
        slot.take();
        if (isOver()) {
            freeSlot();
        } else {
            runner.executor().execute(next);
        }
    }

    Clock clock() {
        return clock;
    }

    // Who ended the attempt while the answer was on its way was not heard then.
    void goOn() {
        if (ended) {
            endedElsewhere();
        } else {
            write();
        }
    }
}
