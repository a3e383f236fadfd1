package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryChecker.Cancelling;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.Rescue;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.HistoryVerdict.Violation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Collects violations; the events that show them are looked up at the end, for the few that are kept. */
final class HistoryCase {

    private final HistoryChecker history;
    private final HistoryIndex index;
    private final Map<Rule, Integer> counts = new EnumMap<>(Rule.class);
    private final List<Violation> facts = new ArrayList<>();
    private final List<Pending> pending = new ArrayList<>();

    HistoryCase(HistoryChecker history, HistoryIndex index) {
        this.history = history;
        this.index = index;
    }

    void job(Rule rule, int job, String what, int... others) {
        if (counts.merge(rule, 1, Integer::sum) <= HistoryVerdict.SHOWN) {
            pending.add(new Pending(
                    rule,
                    "job " + index.ids[job] + " " + what,
                    IntStream.concat(IntStream.of(job), IntStream.of(others))
                            .mapToLong(i -> index.ids[i])
                            .toArray()));
        }
    }

    void fact(Rule rule, String what, String event) {
        if (counts.merge(rule, 1, Integer::sum) <= HistoryVerdict.SHOWN) {
            facts.add(new Violation(rule, what, List.of(event)));
        }
    }

    HistoryVerdict verdict(long committed, long offers, long ended) {
        List<Violation> all = new ArrayList<>(facts);
        pending.forEach(one -> all.add(new Violation(one.rule, one.what, events(one.jobs))));
        return new HistoryVerdict(committed, offers, ended, all, counts);
    }

    private List<String> events(long[] jobs) {
        TreeMap<Long, String> lines = new TreeMap<>();
        for (Storing store : history.stores) {
            if (LongStream.of(store.ids).anyMatch(id -> contains(jobs, id))) {
                lines.put(store.begun, store.toString());
            }
        }
        for (Claiming claim : history.claims) {
            if (LongStream.of(claim.positions).anyMatch(id -> contains(jobs, id))) {
                lines.put(claim.begun, claim.toString());
            }
        }
        for (Settling settle : history.settles) {
            for (int i = 0; i < settle.members.size(); i++) {
                if (isMember(
                        jobs,
                        settle.members.get(i).token(),
                        settle.members.get(i).ordinal())) {
                    lines.put(settle.begun, settle.describe(i));
                }
            }
        }
        for (Cancelling cancel : history.cancels) {
            if (LongStream.of(cancel.ids).anyMatch(id -> contains(jobs, id))) {
                lines.put(cancel.begun, cancel.toString());
            }
        }
        for (Rescue rescue : history.rescues) {
            if (isMember(jobs, rescue.token(), rescue.ordinal())) {
                lines.put(rescue.at(), rescue.at() + ": rescued " + rescue.token() + " " + rescue.ordinal());
            }
        }
        if (!lines.isEmpty()) {
            history.crashes.forEach(crash -> lines.put(crash, crash + ": the server crashed"));
        }
        return List.copyOf(lines.values());
    }

    private boolean isMember(long[] jobs, HistoryChecker.Token token, int ordinal) {
        int job = index.job(index.claim(token), ordinal);
        return job >= 0 && contains(jobs, index.ids[job]);
    }

    private static boolean contains(long[] ids, long id) {
        for (long one : ids) {
            if (one == id) {
                return true;
            }
        }
        return false;
    }

    private record Pending(Rule rule, String what, long[] jobs) {}
}
