package io.awa.reactive.test;

import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobEvent;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a job as it stood when they were asked for. A failure shows the job and all that is known of its life.
 * Made by {@link AwaHarness#assertThatJob}.
 */
public final class JobAssert extends AbstractAssert<JobAssert, JobDetails> {

    /** Assertions on a job and its life, from {@link io.awa.reactive.admin.Admin#details}. */
    public JobAssert(JobDetails job) {
        super(job, JobAssert.class);
    }

    /** It is in a state. */
    public JobAssert hasState(JobState state) {
        return check(job().state() == state, "to be " + state + ", it is " + job().state());
    }

    /** It is completed. */
    public JobAssert isCompleted() {
        return hasState(JobState.COMPLETED);
    }

    /** It waits to be claimed. */
    public JobAssert isAvailable() {
        return hasState(JobState.AVAILABLE);
    }

    /** It waits for its time. */
    public JobAssert isScheduled() {
        return hasState(JobState.SCHEDULED);
    }

    /** An attempt failed, and another one follows. */
    public JobAssert isRetrying() {
        return hasState(JobState.RETRYING);
    }

    /** It asked to come back later. */
    public JobAssert isSnoozed() {
        return hasState(JobState.SNOOZED);
    }

    /** It waits for its callback. */
    public JobAssert isWaiting() {
        return hasState(JobState.WAITING);
    }

    /** It is claimed. */
    public JobAssert isRunning() {
        return hasState(JobState.RUNNING);
    }

    /** It failed for good, and is no dead letter. */
    public JobAssert isFailed() {
        return hasState(JobState.FAILED);
    }

    /** It is a dead letter. */
    public JobAssert isDeadLettered() {
        return hasState(JobState.DEAD);
    }

    /** It is cancelled. */
    public JobAssert isCancelled() {
        return hasState(JobState.CANCELLED);
    }

    /** So many attempts were begun. */
    public JobAssert hasAttempts(int attempts) {
        return check(job().attempt() == attempts, "to have " + attempts + " attempts, it has " + job().attempt());
    }

    /** Its queue. */
    public JobAssert isInQueue(String queue) {
        return check(job().queue().equals(queue), "to be in the queue " + queue + ", it is in " + job().queue());
    }

    /** Its priority, 1 (highest) to 4. */
    public JobAssert hasPriority(int priority) {
        return check(job().priority() == priority, "to have the priority " + priority + ", it has " + job().priority());
    }

    /** When it comes back, or expires. */
    public JobAssert isDueAt(Instant moment) {
        return check(moment.equals(job().dueAt()), "to be due at " + moment + ", it is due at " + job().dueAt());
    }

    /** When it comes back, or expires: not before and not after. */
    public JobAssert isDueBetween(Instant earliest, Instant latest) {
        Instant due = job().dueAt();
        return check(
                due != null && !due.isBefore(earliest) && !due.isAfter(latest),
                "to be due from " + earliest + " to " + latest + ", it is due at " + due);
    }

    /** Its last error, class and message, has a text in it. */
    public JobAssert lastErrorContains(String text) {
        return check(contains(job().error(), text), "to have \"" + text + "\" in its last error: " + job().error());
    }

    /** It had no error. */
    public JobAssert hasNoError() {
        return check(job().error() == null, "to have no error, it has " + job().error());
    }

    /** Why it ended as it did has a text in it. */
    public JobAssert reasonContains(String text) {
        return check(contains(job().reason(), text), "to have \"" + text + "\" in its reason: " + job().reason());
    }

    /** Its arguments, as JSON, have a text in them. */
    public JobAssert argsContain(String text) {
        return check(job().args().contains(text), "to have \"" + text + "\" in its arguments: " + job().args());
    }

    /** These happened to it, in this order, whatever happened in between. */
    public JobAssert wentThrough(JobEvent.Type... types) {
        List<JobEvent.Type> known =
                known().events().stream().map(JobEvent::type).toList();
        int at = 0;
        for (JobEvent.Type type : known) {
            at += at < types.length && types[at] == type ? 1 : 0;
        }
        return check(at == types.length, "to have gone through " + List.of(types) + ", it went through " + known);
    }

    private JobView job() {
        return known().job();
    }

    private JobDetails known() {
        return Objects.requireNonNull(actual);
    }

    private JobAssert check(boolean holds, String expected) {
        isNotNull();
        if (!holds) {
            failWithMessage(
                    "%s",
                    "Expected job " + job().id().value() + " " + expected + "\n  " + job() + "\n  "
                            + known().events().stream().map(JobEvent::toString).collect(Collectors.joining("\n  ")));
        }
        return this;
    }

    private static boolean contains(@Nullable String text, String part) {
        return text != null && text.contains(part);
    }
}
