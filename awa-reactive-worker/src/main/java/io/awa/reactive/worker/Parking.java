package io.awa.reactive.worker;

import io.awa.reactive.callback.CallbackTimeoutException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.HeldAttempts;
import io.awa.reactive.engine.HeldEnd;
import io.awa.reactive.engine.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.JsonNode;

/**
 * A handler that waits in its process for a callback: the attempt has neither slot nor debt meanwhile, and its deadline does
 * not run.
 */
final class Parking {

    private final Attempt attempt;
    private final AttemptOwner runner;
    private final Tools tools;
    private final End.Wait wait;
    private final Sinks.One<JsonNode> answer = Sinks.one();

    private Parking(Attempt attempt, AttemptOwner runner, Tools tools, End.Wait wait) {
        this.attempt = attempt;
        this.runner = runner;
        this.tools = tools;
        this.wait = wait;
    }

    /** A token for an attempt, held first. */
    static Mono<CallbackToken> register(Attempt attempt, Duration timeout) {
        return Mono.defer(() -> {
            if (attempt.place() == Place.BORROWED) {
                return Mono.error(new IllegalStateException(
                        "a job that may have ended in a transaction of its caller cannot register a callback"));
            }
            Lease held = attempt.hold();
            Waits waits = attempt.tools().waits();
            return held.held().then(held.register(timeout, waits)).switchIfEmpty(Mono.error(attempt.claimed::stale));
        });
    }

    /** Parks an attempt, and its handler goes on with the answer. */
    static Mono<JsonNode> await(Attempt attempt, CallbackToken token) {
        return Mono.defer(() -> {
            End.Wait wait = attempt.hold().callback();
            if (wait == null || !wait.token().equals(token)) {
                return Mono.error(
                        new IllegalStateException("the callback is not the last one this attempt has registered"));
            }
            if (attempt.isOver() || !attempt.move(Place.HELD, Place.PARKING)) {
                return Mono.error(attempt.claimed.stale());
            }
            Parking parking = new Parking(attempt, attempt.runner(), attempt.tools(), wait);
            attempt.parks(parking);
            return parking.answer.asMono();
        });
    }

    /** What the store is told. */
    HeldEnd written(long lease) {
        Detail detail = Detail.awaited();
        Progress unwritten = attempt.reports.unwritten();
        return new HeldEnd(
                lease, Ending.PARKED, wait.remaining(), unwritten == null ? detail : detail.progress(unwritten), null);
    }

    /** It is durable. */
    void begins() {
        attempt.clock().stops();
        tools.waits().add(attempt);
        attempt.freeSlot();
        attempt.goOn();
        if (runner.isStopping()) {
            attempt.leaveParked();
        }
    }

    /** The handler has given up: the attempt is on this worker's hands again. */
    void isLeft() {
        tools.waits().remove(attempt);
        tools.counters().parked.decrement();
        runner.settled(-1);
    }

    // What the database says counts, not this machine's clock: a heartbeat may have moved the end of the wait.
    /** Where the attempt was found. */
    void stands(HeldAttempts.Standing standing) {
        if (standing.live()) {
            if (!standing.parked() && attempt.move(Place.PARKED, Place.RESUMING)) {
                isLeft();
                runner.resume(attempt, () -> resumed(standing.result()));
            }
        } else if (!standing.timedOut()) {
            if (attempt.place() == Place.PARKED) {
                attempt.lost();
            }
        } else if (attempt.move(Place.PARKED, Place.GONE)) {
            tools.waits().remove(attempt);
            runner.resume(attempt, () -> answer.tryEmitError(new CallbackTimeoutException(wait.token())));
        }
    }

    private void resumed(@Nullable String json) {
        if (attempt.move(Place.RESUMING, Place.HELD)) {
            attempt.clock().restarts();
            tools.counters().events.resumed(attempt);
            if (attempt.reports.unwritten() != null) {
                tools.progress().note(attempt);
            }
            answer.tryEmitValue(tools.engine().parse(json == null ? "null" : json));
        }
    }
}
