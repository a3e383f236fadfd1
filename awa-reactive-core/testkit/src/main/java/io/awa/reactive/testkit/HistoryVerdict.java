package io.awa.reactive.testkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@link HistoryChecker} found. Immutable.
 *
 * @param committed  jobs whose commit was answered, or that were found stored
 * @param offers     members of claims, answered
 * @param ended      jobs with one terminal outcome at least
 * @param violations what no queue that keeps its promises could have answered; at most {@value #SHOWN} of a rule
 * @param counts     all violations by rule; rules that hold are absent
 */
public record HistoryVerdict(
        long committed, long offers, long ended, List<Violation> violations, Map<Rule, Integer> counts) {

    /** How many violations of one rule are kept in detail. */
    public static final int SHOWN = 10;

    /** Keeps its own copies. */
    public HistoryVerdict {
        violations = List.copyOf(violations);
        counts = Map.copyOf(counts);
    }

    /** This verdict and that of another judge, who looked at the same jobs otherwise: its numbers of jobs are left out. */
    HistoryVerdict and(HistoryVerdict other) {
        List<Violation> all = new ArrayList<>(violations);
        all.addAll(other.violations);
        Map<Rule, Integer> sums = new EnumMap<>(Rule.class);
        sums.putAll(counts);
        other.counts.forEach((rule, n) -> sums.merge(rule, n, Integer::sum));
        return new HistoryVerdict(committed, offers, ended, all, sums);
    }

    /** Whether every rule holds. */
    public boolean isClean() {
        return counts.isEmpty();
    }

    /** Whether a rule is broken. */
    public boolean breaks(Rule rule) {
        return counts.containsKey(rule);
    }

    /** All of it for a reader: a line of numbers, then each violation with the events that show it. */
    public String report() {
        String head = committed + " jobs committed, " + offers + " offers, " + ended + " ended: "
                + (isClean() ? "clean" : "broken " + counts);
        return violations.stream()
                .map(violation -> "\n" + violation.rule() + " " + violation.what() + ":\n    "
                        + String.join("\n    ", violation.events()))
                .collect(Collectors.joining("", head, "\n"));
    }

    /**
     * One contradiction.
     *
     * @param rule   the rule that is broken
     * @param what   the job or member, in words
     * @param events the facts that show it, in the order they were recorded
     */
    public record Violation(Rule rule, String what, List<String> events) {}

    /** What a queue promises. */
    public enum Rule {
        /** A committed job has no terminal outcome at the end. */
        LOST,
        /** A job that was never committed was offered or ended. */
        INVENTED,
        /** A job has two terminal outcomes. */
        ENDED_TWICE,
        /** A job was offered again without a release, a rescue or a crash in between. */
        OFFERED_TWICE,
        /**
         * A job was first offered after a later one of its lane, although it was committed before that later job's
         * commit, or before that claim, began.
         */
        OUT_OF_ORDER,
        /** An end was accepted for a token that names no attempt, or one that was over. */
        STALE_ACCEPTED,
        /** An end that was answered ACCEPTED is not there, or one that was answered STALE or aborted is. */
        NOT_DURABLE,
        /** A segment or a store was not reclaimed although everything in it has ended. */
        NOT_PRUNED,
        /** A job stood in two places at once, or came to one although its life was over. */
        TWO_PLACES,
        /** What came after an end is not what such an end is followed by. */
        BROKEN_LIFE,
        /** An attempt had another number than it should have, or its worker was told another one. */
        WRONG_ATTEMPT,
        /** A job came back before it was due, or before the delay that was asked for. */
        TOO_EARLY,
        /** The errors of a job did not grow by one with an attempt that failed, or grew with one that did not. */
        WRONG_ERRORS
    }
}
