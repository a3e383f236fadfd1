package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.job.JobId;
import io.awa.reactive.worker.internal.HotFlux;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * What happens to attempts of a worker, told to whoever listens. Where nobody does each of these is one read of a field:
 * no event is made. Called from any thread; in the order in which it happens for one attempt.
 */
final class Events {

    /** Events that wait for one subscriber at most. */
    static final int BUFFER = 8_192;

    private static final Duration LINGER = Duration.ofMillis(1);

    private final HotFlux<WorkerEvent> flux = new HotFlux<>(
            Schedulers.boundedElastic(), BUFFER, LINGER, (first, count) -> new WorkerEvent.Missed(first.at(), count));

    Flux<WorkerEvent> flux() {
        return flux;
    }

    void close() {
        flux.close();
    }

    void claimed(Member member, AttemptOwner owner) {
        if (flux.isHeard()) {
            tell(member, owner.queue(), owner.kind(member), WorkerEvent.Claimed::new);
        }
    }

    void started(Attempt attempt) {
        if (flux.isHeard()) {
            tell(attempt, WorkerEvent.Started::new);
        }
    }

    void progressed(Attempt attempt, Progress progress) {
        if (flux.isHeard()) {
            tell(attempt, (job, n, queue, kind, at) -> new WorkerEvent.Progressed(job, n, queue, kind, at, progress));
        }
    }

    void resumed(Attempt attempt) {
        if (flux.isHeard()) {
            tell(attempt, WorkerEvent.Resumed::new);
        }
    }

    void lost(Attempt attempt) {
        if (flux.isHeard()) {
            tell(attempt, WorkerEvent.Lost::new);
        }
    }

    /**
     * What was to be given back.
     *
     * @param back parallel to the members; those that were not have been ended by somebody else
     */
    void released(List<Member> members, AttemptOwner owner, boolean[] back) {
        if (flux.isHeard()) {
            for (int i = 0; i < back.length; i++) {
                Member member = members.get(i);
                Maker maker = back[i] ? WorkerEvent.Released::new : WorkerEvent.Lost::new;
                tell(member, owner.queue(), owner.kind(member), maker);
            }
        }
    }

    /** They could not be given back. */
    void unreleased(List<Member> members, AttemptOwner owner, Throwable error) {
        if (flux.isHeard()) {
            Maker maker = (job, n, queue, kind, at) -> new WorkerEvent.Unwritten(job, n, queue, kind, at, error);
            members.forEach(member -> tell(member, owner.queue(), owner.kind(member), maker));
        }
    }

    /** An end, a hold or a park is decided. */
    void decided(Ended ended, boolean accepted) {
        if (!flux.isHeard()) {
            return;
        }
        Ending ending = ended.ending();
        Outcome outcome = ended.outcome();
        if (outcome != null) {
            settled(ended, outcome, accepted);
        } else if (!accepted) {
            tell(ended, WorkerEvent.Lost::new);
        } else if (ending == Ending.HELD) {
            tell(ended, WorkerEvent.Held::new);
        } else if (ending == Ending.PARKED) {
            tell(ended, WorkerEvent.Waiting::new);
        } else if (ending == Ending.SNOOZED) {
            tell(ended, WorkerEvent.Released::new);
        } else {
            settled(ended, new Outcome.Fail(new Failure(null, "no handler"), Strangers.REASON, List.of()), true);
        }
    }

    /** An end that was not sent, because the attempt was over before. */
    void stale(Attempt attempt, Outcome outcome) {
        if (flux.isHeard()) {
            tell(
                    attempt,
                    (job, n, queue, kind, at) -> new WorkerEvent.Settled(job, n, queue, kind, at, outcome, false));
        }
    }

    void unwritten(Ended ended, Throwable error) {
        if (flux.isHeard() && !ended.isHold()) {
            tell(ended, (job, n, queue, kind, at) -> new WorkerEvent.Unwritten(job, n, queue, kind, at, error));
        }
    }

    private void settled(Ended ended, Outcome outcome, boolean accepted) {
        tell(ended, (job, n, queue, kind, at) -> new WorkerEvent.Settled(job, n, queue, kind, at, outcome, accepted));
    }

    private void tell(Ended ended, Maker maker) {
        Attempt attempt = ended.attempt();
        ActiveJob<?> job = ended.job();
        Member member = attempt != null
                ? attempt.claimed
                : new Member(ended.byClaim().claim(), ended.byClaim().ordinal());
        tell(member, ended.runner().queue(), job == null ? "" : job.kind(), maker);
    }

    private void tell(Attempt attempt, Maker maker) {
        tell(attempt.claimed, attempt.runner().queue(), attempt.job().kind(), maker);
    }

    private void tell(Member member, String queue, String kind, Maker maker) {
        int ordinal = member.ordinal();
        flux.offer(maker.make(
                new JobId(member.claim().id(ordinal)), member.claim().attempt(ordinal), queue, kind, Instant.now()));
    }

    private interface Maker {
        WorkerEvent make(JobId job, int attempt, String queue, String kind, Instant at);
    }
}
