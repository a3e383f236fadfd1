package io.awa.reactive.testkit;

import static io.awa.reactive.testkit.HistoryIndex.NEVER;

import io.awa.reactive.testkit.HistoryChecker.Cancelling;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.Ended;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Rescue;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the facts. Each pass is linear in the events but for the sorts: members of claims are cells of arrays, one
 * array a claim, so that a million jobs stay a few arrays.
 */
final class HistoryJudge {

    private final HistoryChecker history;
    private final HistoryIndex index;
    private final HistoryCase notes;
    private final long[] crashes;
    private final Attempt[] attempts;
    private final int[] outcomes;
    private final long[] cancelledAt;
    private final boolean[] maybeEnded;

    HistoryJudge(HistoryChecker history) {
        this.history = history;
        this.index = new HistoryIndex(history);
        this.notes = new HistoryCase(history, index);
        this.crashes = history.crashes.stream().mapToLong(Long::longValue).toArray();
        this.attempts = index.claims.stream()
                .map(claim -> new Attempt(claim.positions.length))
                .toArray(Attempt[]::new);
        this.outcomes = new int[index.ids.length];
        this.cancelledAt = new long[index.ids.length];
        Arrays.fill(cancelledAt, NEVER);
        this.maybeEnded = new boolean[index.ids.length];
    }

    HistoryVerdict judge() {
        settles();
        cancels();
        Found found = history.found();
        if (found == null) {
            outcomesByAnswers();
        } else {
            outcomesByState(found);
        }
        for (int job = 0; job < index.ids.length; job++) {
            outcome(job);
            offers(job);
        }
        new HistoryOrder(index, history, crashes).judge(notes::job);
        return notes.verdict(
                count(index.committed),
                index.offerClaim.length,
                Arrays.stream(outcomes).filter(n -> n > 0).count());
    }

    private void settles() {
        List<Settling> inOrder = history.settles.stream()
                .sorted(Comparator.comparingLong(settle -> settle.ended))
                .toList();
        for (Settling settle : inOrder) {
            boolean[] accepted = settle.accepted;
            for (int i = 0; i < settle.members.size(); i++) {
                Member member = settle.members.get(i);
                int claim = index.claim(member.token());
                int job = index.job(claim, member.ordinal());
                if (accepted != null && accepted[i]) {
                    accepted(settle, i, claim, job);
                }
                boolean mayHold = accepted == null ? !settle.aborted : accepted[i];
                if (job >= 0 && mayHold) {
                    if (member.end().isTerminal()) {
                        maybeEnded[job] = true;
                    } else {
                        attempts[claim].givenBack(member.ordinal(), settle.begun);
                    }
                }
            }
        }
        for (Rescue rescue : history.rescues) {
            int claim = index.claim(rescue.token());
            if (index.job(claim, rescue.ordinal()) >= 0) {
                attempts[claim].givenBack(rescue.ordinal(), rescue.at());
            }
        }
    }

    private void accepted(Settling settle, int i, int claim, int job) {
        Member member = settle.members.get(i);
        if (job < 0) {
            notes.fact(Rule.STALE_ACCEPTED, "a token that no claim was given", settle.describe(i));
            return;
        }
        Attempt attempt = attempts[claim];
        int ordinal = member.ordinal();
        if (!attempt.ended[ordinal]) {
            attempt.end(ordinal, settle.closer, member.end(), settle.begun);
        } else if (attempt.closer[ordinal] != settle.closer) {
            boolean both = attempt.terminal[ordinal] && member.end().isTerminal();
            notes.job(both ? Rule.ENDED_TWICE : Rule.STALE_ACCEPTED, job, "accepted from two closers");
        }
    }

    private void cancels() {
        for (Cancelling cancel : history.cancels) {
            for (long id : cancel.cancelled) {
                int job = index.at(id);
                if (cancelledAt[job] != NEVER) {
                    notes.job(Rule.ENDED_TWICE, job, "cancelled by two calls");
                }
                cancelledAt[job] = cancel.ended;
            }
            if (cancel.isOpen()) {
                for (long id : cancel.ids) {
                    int job = index.at(id);
                    if (job >= 0) {
                        maybeEnded[job] = true;
                    }
                }
            }
        }
    }

    private void outcomesByAnswers() {
        for (int job = 0; job < outcomes.length; job++) {
            outcomes[job] = cancelledAt[job] == NEVER ? 0 : 1;
        }
        for (int c = 0; c < attempts.length; c++) {
            for (int ordinal = 0; ordinal < attempts[c].ended.length; ordinal++) {
                if (attempts[c].ended[ordinal] && attempts[c].terminal[ordinal]) {
                    outcomes[index.job(c, ordinal)]++;
                }
            }
        }
    }

    private void outcomesByState(Found found) {
        Arrays.fill(maybeEnded, false);
        Map<Ended, Boolean> seen = new HashMap<>();
        for (Ended end : found.ends) {
            int claim = index.claim(end.nonce());
            int job = index.job(claim, end.ordinal());
            if (job < 0) {
                notes.fact(Rule.INVENTED, "an end of an attempt nobody was given", end.toString());
                continue;
            }
            Attempt attempt = attempts[claim];
            if (attempt.found[end.ordinal()]) {
                notes.job(Rule.ENDED_TWICE, job, "one attempt with two ends in the final state");
            }
            attempt.found[end.ordinal()] = true;
            if (end.end().isTerminal()) {
                outcomes[job]++;
            }
            if (attempt.ended[end.ordinal()] && attempt.closer[end.ordinal()] != end.closer()) {
                notes.job(Rule.NOT_DURABLE, job, "accepted from one closer, ended by another");
            }
            seen.put(end, true);
        }
        for (long[] ids : found.cancelled) {
            for (long id : ids) {
                outcomes[index.at(id)]++;
                seen.put(new Ended(id, -1, HistoryChecker.End.CANCELLED, 0), true);
            }
        }
        for (int c = 0; c < attempts.length; c++) {
            for (int ordinal = 0; ordinal < attempts[c].ended.length; ordinal++) {
                if (attempts[c].ended[ordinal] && !attempts[c].found[ordinal]) {
                    notes.job(Rule.NOT_DURABLE, index.job(c, ordinal), "accepted, but not in the final state");
                }
            }
        }
        for (int job = 0; job < cancelledAt.length; job++) {
            Ended cancelled = new Ended(index.ids[job], -1, HistoryChecker.End.CANCELLED, 0);
            if (cancelledAt[job] != NEVER && !seen.containsKey(cancelled)) {
                notes.job(Rule.NOT_DURABLE, job, "cancelled, but not in the final state");
            }
        }
        refused(seen);
        found.segments.forEach(text -> notes.fact(Rule.NOT_PRUNED, "a segment is left", text));
    }

    /** What was answered STALE, or aborted, by every try of a closer may not have come to pass. */
    private void refused(Map<Ended, Boolean> seen) {
        Map<Ended, Boolean> justified = new HashMap<>();
        for (Settling settle : history.settles) {
            boolean[] accepted = settle.accepted;
            for (int i = 0; i < settle.members.size(); i++) {
                Member member = settle.members.get(i);
                Ended end = new Ended(member.token().nonce(), member.ordinal(), member.end(), settle.closer);
                boolean may = accepted == null ? !settle.aborted : accepted[i];
                justified.merge(end, may, Boolean::logicalOr);
            }
        }
        for (Ended end : seen.keySet()) {
            if (end.ordinal() >= 0 && !history.untold.contains(end.closer()) && !justified.getOrDefault(end, false)) {
                int job = index.job(index.claim(end.nonce()), end.ordinal());
                notes.job(Rule.NOT_DURABLE, job, "refused, but " + end + " is in the final state");
            }
        }
    }

    private void outcome(int job) {
        if (outcomes[job] > 1) {
            notes.job(Rule.ENDED_TWICE, job, "has " + outcomes[job] + " terminal outcomes");
        } else if (outcomes[job] == 0 && index.committed[job] && !maybeEnded[job]) {
            notes.job(Rule.LOST, job, "was committed and has no terminal outcome");
        }
        boolean happened = outcomes[job] > 0 || index.first[job] < index.first[job + 1] || index.committed[job];
        if (happened && !index.possible[job]) {
            notes.job(Rule.INVENTED, job, "was never committed");
        }
    }

    private void offers(int job) {
        for (int slot = index.first[job]; slot < index.first[job + 1]; slot++) {
            Claiming claim = index.claims.get(index.offerClaim[slot]);
            if (claim.begun > cancelledAt[job]) {
                notes.job(Rule.NOT_DURABLE, job, "was cancelled and offered after that");
            }
            if (slot + 1 == index.first[job + 1]) {
                return;
            }
            Claiming next = index.claims.get(index.offerClaim[slot + 1]);
            Attempt attempt = attempts[index.offerClaim[slot]];
            int ordinal = index.offerOrdinal[slot];
            if (attempt.ended[ordinal] && attempt.terminal[ordinal]) {
                notes.job(
                        attempt.sent[ordinal] > next.ended ? Rule.STALE_ACCEPTED : Rule.NOT_DURABLE,
                        job,
                        "an end was accepted of an attempt that was not its last");
            }
            if (attempt.givenBack[ordinal] > next.ended && !crashedBetween(claim.begun, next.ended)) {
                notes.job(Rule.OFFERED_TWICE, job, "no release, rescue or crash came between two offers");
            }
        }
    }

    private boolean crashedBetween(long from, long to) {
        int at = Arrays.binarySearch(crashes, from);
        int next = at < 0 ? -at - 1 : at;
        return next < crashes.length && crashes[next] < to;
    }

    private static long count(boolean[] flags) {
        long n = 0;
        for (boolean flag : flags) {
            n += flag ? 1 : 0;
        }
        return n;
    }

    /** What is known of the members of one claim, by ordinal. */
    private static final class Attempt {
        final boolean[] ended;
        final boolean[] terminal;
        final boolean[] found;
        final long[] closer;
        final long[] sent;
        final long[] givenBack;

        Attempt(int n) {
            ended = new boolean[n];
            terminal = new boolean[n];
            found = new boolean[n];
            closer = new long[n];
            sent = new long[n];
            givenBack = new long[n];
            Arrays.fill(givenBack, NEVER);
        }

        void end(int ordinal, long by, HistoryChecker.End end, long at) {
            ended[ordinal] = true;
            terminal[ordinal] = end.isTerminal();
            closer[ordinal] = by;
            sent[ordinal] = at;
        }

        void givenBack(int ordinal, long at) {
            givenBack[ordinal] = Math.min(givenBack[ordinal], at);
        }
    }
}
