package io.awa.reactive.chaos;

import io.awa.reactive.chaos.Reports.Told;
import io.awa.reactive.chaos.Stored.Fate;
import io.awa.reactive.chaos.Stored.Transaction;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.Witness.Claimed;
import io.awa.reactive.testkit.Witness.Closed;
import io.awa.reactive.testkit.Witness.JobEnd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts together what producers, workers and the operator of a schema were told and what its tables saw, and has the
 * history checker judge it. All clocks are one machine's, so that facts from the outside and from the database have an
 * order; where two moments are equal, what takes time is taken to have taken longer.
 *
 * <p>Claims are taken from the evidence, not from answers: one that a crash took back left nothing, and nothing that
 * came after it in its lane survived it either. So the rules of offers and order hold over crashes too.
 */
final class Judge {

    private static final int WORKER_SHIFT = 32;
    private static final long SEQUENCES_SETTLE_MICROS = 10_000_000;

    private final Tenant tenant;
    private final List<Long> crashes;
    private final HistoryChecker history = new HistoryChecker();
    private final List<Event> events = new ArrayList<>();
    private final List<String> untrue = new ArrayList<>();

    /** @param crashes when the server was killed, in microseconds */
    Judge(Tenant tenant, List<Long> crashes) {
        this.tenant = tenant;
        this.crashes = crashes;
    }

    /** @param reclaimed whether everything that has ended should have been given back */
    Verdict judge(boolean reclaimed) {
        List<JobEnd> ends = tenant.witness.jobEnds();
        claims();
        transactions();
        byHand(ends);
        events.sort(Comparator.comparingLong(Event::at).thenComparing(Event::isEnd));
        events.forEach(event -> event.what.run());
        tenant.witness.tell(history);
        if (reclaimed) {
            tenant.witness.tellLeft(history);
        }
        told(ends);
        HistoryVerdict verdict = history.judge();
        return new Verdict(tenant.name, verdict, new HashMap<>(history.life().outcomes()), untrue);
    }

    private void claims() {
        Map<Long, Token> tokens = new HashMap<>();
        for (Claimed claim : tenant.witness.claims()) {
            Token token = new Token(claim.segment(), claim.lane(), claim.no(), claim.nonce());
            tokens.put(claim.nonce(), token);
            Claiming[] claiming = new Claiming[1];
            events.add(new Event(claim.begun(), false, () -> claiming[0] = history.claimBegun()));
            events.add(new Event(claim.at(), true, () -> claiming[0].answered(token, claim.positions())));
        }
        for (Closed end : tenant.witness.ends()) {
            Member member = new Member(
                    tokens.get(end.nonce()), end.ordinal(), io.awa.reactive.testkit.Witness.end(end.outcome()));
            Settling[] settling = new Settling[1];
            events.add(
                    new Event(end.at(), false, () -> settling[0] = history.settleSent(end.closer(), List.of(member))));
            events.add(new Event(end.at(), true, () -> settling[0].answered(true)));
        }
    }

    private void transactions() {
        for (Transaction transaction : tenant.stored.all()) {
            if (transaction.fate() != Fate.COMMITTED && mayBeUsedAgain(transaction)) {
                continue;
            }
            // A scheduled job is no position yet; its life is followed all the same.
            long[] positions = Arrays.stream(transaction.ids())
                    .filter(id -> id >>> HistoryChecker.LANE_SHIFT > 0)
                    .toArray();
            Storing[] storing = new Storing[1];
            events.add(new Event(transaction.asked(), false, () -> storing[0] = history.commitRequested(positions)));
            if (transaction.fate() == Fate.UNKNOWN) {
                continue;
            }
            boolean committed = transaction.fate() == Fate.COMMITTED;
            events.add(new Event(transaction.answered(), true, () -> {
                if (committed) {
                    storing[0].answered();
                } else {
                    storing[0].aborted();
                }
            }));
            var scheduling = history.life().scheduled(transaction.ids());
            if (committed) {
                scheduling.answered();
            } else {
                scheduling.aborted();
            }
        }
    }

    /** A crash takes back what sequences handed out to transactions that were not committed. */
    private boolean mayBeUsedAgain(Transaction transaction) {
        return crashes.stream()
                .anyMatch(crash -> crash > transaction.asked() - SEQUENCES_SETTLE_MICROS
                        && crash < transaction.asked() + SEQUENCES_SETTLE_MICROS);
    }

    /** Whoever is no worker is somebody who may bring jobs back before their time. */
    private void byHand(List<JobEnd> ends) {
        Set<Long> workers = new HashSet<>();
        tenant.sql("SELECT worker FROM {awa}.workers").forEach(worker -> workers.add(Long.parseLong(worker)));
        ends.stream()
                .map(JobEnd::closer)
                .filter(closer -> !workers.contains(closer >>> WORKER_SHIFT))
                .distinct()
                .forEach(history.life()::byHand);
    }

    /** A worker that was told it ended a job did so, as it was told; one that was told otherwise did not. */
    private void told(List<JobEnd> ends) {
        Map<Key, Integer> did = new HashMap<>();
        Set<Long> cancelled = new HashSet<>();
        for (JobEnd end : ends) {
            did.merge(new Key(end.closer() >>> WORKER_SHIFT, end.job(), end.outcome()), 1, Integer::sum);
            if (end.outcome() == 'x') {
                cancelled.add(end.job());
            }
        }
        Map<Key, Integer> won = new HashMap<>();
        Map<Key, Integer> chances = new HashMap<>();
        for (Told told : tenant.reports.all()) {
            if (told.worker() == 0) {
                continue;
            }
            if (told.accepted()) {
                won.merge(new Key(told.worker(), told.job(), told.code()), 1, Integer::sum);
            } else {
                chances.merge(new Key(told.worker(), told.job(), 'c'), told.code() == 'R' ? 1 : -1, Integer::sum);
            }
        }
        won.forEach((key, times) -> {
            if (did.getOrDefault(key, 0) < times) {
                untrue.add("worker " + key.worker + " was told " + times + " times that it ended job " + key.job
                        + " as " + key.code + ", and did so " + did.getOrDefault(key, 0) + " times");
            }
        });
        Set<Long> deaf = deaf();
        did.forEach((key, times) -> {
            if (key.code == 'c' && !deaf.contains(key.worker) && chances.containsKey(key) && chances.get(key) < times) {
                untrue.add("worker " + key.worker + " completed job " + key.job + " " + times
                        + " times, and every run of it but " + chances.get(key) + " was told it was stale");
            }
        });
        tenant.operator.cancelled.stream()
                .filter(job -> !cancelled.contains(job))
                .forEach(
                        job -> untrue.add("the operator was told that job " + job + " is cancelled, and it never was"));
    }

    private Set<Long> deaf() {
        Set<Long> deaf = new HashSet<>();
        tenant.sql("SELECT worker || ' ' || name FROM {awa}.workers").forEach(row -> {
            String[] parts = row.split(" ", 2);
            if (tenant.deaf.contains(parts[1])) {
                deaf.add(Long.parseLong(parts[0]));
            }
        });
        return deaf;
    }

    private record Key(long worker, long job, char code) {}

    private record Event(long at, boolean isEnd, Runnable what) {}

    /**
     * What came out.
     *
     * @param history what the checker says
     * @param lives   how many lives ended how
     * @param untrue  what somebody was told and is not so
     */
    record Verdict(String tenant, HistoryVerdict history, Map<Character, Long> lives, List<String> untrue) {

        boolean isClean() {
            return history.isClean() && untrue.isEmpty();
        }

        String report() {
            return tenant + ": " + history.report().strip() + ", lives " + lives
                    + (untrue.isEmpty()
                            ? ""
                            : "\nuntrue " + untrue.size() + ": "
                                    + untrue.stream().limit(10).toList());
        }

        @Override
        public String toString() {
            return report().lines().findFirst().orElse("");
        }
    }
}
