package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.HistoryVerdict.Violation;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeHistory.Answer;
import io.awa.reactive.testkit.LifeHistory.Family;
import io.awa.reactive.testkit.LifeHistory.Told;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Judges lives job by job, and what was told against what came to pass. */
final class LifeJudge {

    /** In place of a place: this closer may bring jobs back before they are due. */
    static final long BY_HAND = -1;

    private static final int FAMILY_SHIFT = 32;

    private final LifeHistory history;
    private final Map<Long, Long> jobs = new HashMap<>();
    private final Map<Long, Long> leases = new HashMap<>();
    private final TreeMap<Long, List<LifeFact>> lives = new TreeMap<>();
    private final Map<Long, Integer> attempts = new HashMap<>();
    private final Map<Rule, Integer> counts = new EnumMap<>(Rule.class);
    private final List<Violation> violations = new ArrayList<>();

    LifeJudge(LifeHistory history) {
        this.history = history;
    }

    HistoryVerdict judge() {
        index();
        history.outcomes.clear();
        lives.forEach((job, facts) -> {
            char over = new LifeWalk(history, attempts, (rule, what) -> note(rule, job, what)).walk(facts);
            history.outcomes.merge(over, 1L, Long::sum);
        });
        schedulings();
        told();
        families();
        history.stores.forEach(text -> note(Rule.NOT_PRUNED, null, "a store is left: " + text));
        return new HistoryVerdict(0, 0, 0, violations, counts);
    }

    private void index() {
        List<LifeFact> facts = new ArrayList<>(history.facts);
        facts.sort(Comparator.comparingLong(LifeFact::tick));
        for (LifeFact fact : facts) {
            if (fact instanceof Came came) {
                jobs.put(came.place(), came.job());
                if (came.lease() != 0) {
                    leases.put(came.lease(), came.job());
                }
            }
        }
        for (LifeFact fact : facts) {
            Long job = jobs.get(fact.place());
            if (job == null) {
                note(Rule.INVENTED, null, "nothing ever came to " + fact.place() + ": " + fact);
            } else {
                lives.computeIfAbsent(job, key -> new ArrayList<>(6)).add(fact);
            }
        }
        history.attempts.forEach(told -> attempts.put(told[0] ^ told[1] * 0x9E3779B97F4A7C15L, (int) told[2]));
    }

    private void schedulings() {
        for (LifeHistory.Scheduling scheduling : history.schedulings) {
            Boolean committed = scheduling.committed;
            for (long id : scheduling.ids) {
                if (Boolean.TRUE.equals(committed) && !lives.containsKey(id)) {
                    note(Rule.LOST, id, "was scheduled and is nowhere");
                } else if (Boolean.FALSE.equals(committed) && !scheduling.forgotten && lives.containsKey(id)) {
                    note(Rule.INVENTED, id, "was scheduled by a transaction that was aborted");
                }
            }
        }
    }

    /** Whoever was told that it ended something did, once; whoever was told otherwise each time did not. */
    private void told() {
        Map<List<Object>, Answer> best = new HashMap<>();
        for (Told told : history.tolds) {
            best.merge(List.of(told.closer(), told.key(), told.lease()), told.answer(), LifeJudge::better);
        }
        Map<Long, Set<Long>> endsByJob = new HashMap<>();
        Map<List<Long>, Integer> endsOfLeases = new HashMap<>();
        lives.forEach((job, facts) -> {
            Map<Long, Long> leaseOf = new HashMap<>();
            for (LifeFact fact : facts) {
                if (fact instanceof Came came && came.lease() != 0) {
                    leaseOf.put(came.place(), came.lease());
                } else if (fact instanceof Ended ended) {
                    endsByJob
                            .computeIfAbsent(ended.closer(), key -> new HashSet<>())
                            .add(job);
                    Long lease = leaseOf.get(ended.place());
                    if (lease != null && ended.outcome() != 'm') {
                        endsOfLeases.merge(List.of(ended.closer(), lease), 1, Integer::sum);
                    }
                }
            }
        });
        best.forEach((key, answer) -> {
            long closer = (Long) key.get(0);
            long what = (Long) key.get(1);
            boolean lease = (Boolean) key.get(2);
            Long job = lease ? leases.get(what) : Long.valueOf(what);
            boolean did = lease
                    ? endsOfLeases.containsKey(List.of(closer, what))
                    : endsByJob.getOrDefault(closer, Set.of()).contains(what);
            String name = "closer " + closer + (lease ? " of lease " : " of job ") + what;
            if (answer == Answer.WON && !did && !(job != null && isRisen(job))) {
                note(job == null ? Rule.STALE_ACCEPTED : Rule.NOT_DURABLE, job, name + " was told it won, and did not");
            } else if (answer == Answer.LOST && did) {
                note(Rule.NOT_DURABLE, job, name + " was told it lost, and won");
            }
        });
        endsOfLeases.forEach((key, times) -> {
            if (times > 1) {
                note(
                        Rule.ENDED_TWICE,
                        leases.get(key.get(1)),
                        "closer " + key.get(0) + " ended one held attempt twice");
            }
        });
    }

    /** Whoever was told so many times that it ended attempts of a job did so at least as often. */
    private void families() {
        Map<Family, Integer> did = new HashMap<>();
        lives.forEach((job, facts) -> facts.forEach(fact -> {
            if (fact instanceof Ended ended && "hr".indexOf(ended.outcome()) < 0) {
                did.merge(new Family(ended.closer() >>> FAMILY_SHIFT, job), 1, Integer::sum);
            }
        }));
        history.ends.forEach((family, told) -> {
            int times = did.getOrDefault(family, 0);
            if (times < told) {
                String name = "closers of " + family.family();
                note(Rule.NOT_DURABLE, family.job(), name + " were told of " + told + " ends, and made " + times);
            }
        });
    }

    /** Nothing ends a job again that was cancelled in its lane: who brings it back leaves no trace of himself. */
    private boolean isRisen(long job) {
        boolean cancelled = false;
        for (LifeFact fact : lives.getOrDefault(job, List.of())) {
            if (fact instanceof Came && cancelled) {
                return true;
            }
            cancelled = fact instanceof Ended ended && ended.marked() && ended.outcome() == 'x';
        }
        return false;
    }

    private static Answer better(Answer a, Answer b) {
        return a == Answer.WON || b == Answer.WON
                ? Answer.WON
                : a == Answer.UNKNOWN || b == Answer.UNKNOWN ? Answer.UNKNOWN : Answer.LOST;
    }

    private void note(Rule rule, @Nullable Long job, String what) {
        if (counts.merge(rule, 1, Integer::sum) <= HistoryVerdict.SHOWN) {
            List<LifeFact> facts = job == null ? List.of() : lives.getOrDefault(job, List.of());
            violations.add(new Violation(
                    rule,
                    (job == null ? "" : "job " + job + " ") + what,
                    facts.isEmpty()
                            ? List.of(what)
                            : facts.stream().map(LifeFact::toString).toList()));
        }
    }
}
