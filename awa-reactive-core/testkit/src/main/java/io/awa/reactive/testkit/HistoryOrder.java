package io.awa.reactive.testkit;

import static io.awa.reactive.testkit.HistoryIndex.NEVER;

import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * First in, first out, inside a lane and in commit order.
 *
 * <p>A member m of a claim is a point (t, position): every job of the lane committed before t and with a lower position
 * had to be offered before that claim or with it. t is the later of two moments: when the claim began, and when m's own
 * commit was asked for. A job whose first offer came after the claim, committed before t and below the position, breaks
 * the rule. "After" is known where the offer's claim began after the other one was answered, or stands behind it in the
 * ledger of the same segment.
 *
 * <p>Jobs are taken by their first offers in order, points enter when their claim lies before it, and a tree over t
 * answers the highest position with a later t: n log n in all.
 */
final class HistoryOrder {

    private final HistoryIndex index;
    private final long[] crashes;
    private final List<Claiming> lost;
    private final Set<Long> takenBack;

    HistoryOrder(HistoryIndex index, HistoryChecker history, long[] crashes) {
        this.index = index;
        this.crashes = crashes;
        this.takenBack = history.takenBack;
        this.lost = history.claims.stream()
                .filter(claim -> claim.token == null
                        && Arrays.stream(crashes).anyMatch(crash -> crash > claim.begun && crash < claim.ended))
                .toList();
    }

    void judge(Report report) {
        Map<Integer, List<Claiming>> lanes = index.claims.stream()
                .filter(claim -> claim.positions.length > 0
                        && !takenBack.contains(claim.name().nonce())
                        && !mayFollowALostOne(claim))
                .collect(Collectors.groupingBy(claim -> (int) (claim.positions[0] >>> HistoryChecker.LANE_SHIFT)));
        Map<Integer, int[]> jobs = IntStream.range(0, index.ids.length)
                .filter(job -> index.answered[job] != NEVER && index.firstOffer(job) != null)
                .boxed()
                .collect(Collectors.groupingBy(
                        index::lane,
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                all -> all.stream().mapToInt(Integer::intValue).toArray())));
        lanes.forEach((lane, claims) -> {
            int[] offered = jobs.getOrDefault(lane, new int[0]);
            boolean[] reported = new boolean[index.ids.length];
            byTime(claims, offered, reported, report);
            if (crashes.length == 0) {
                byLedger(claims, offered, reported, report);
            }
        });
    }

    private void byTime(List<Claiming> claims, int[] jobs, boolean[] reported, Report report) {
        List<Claiming> points = claims.stream()
                .sorted(Comparator.comparingLong(claim -> claim.ended))
                .toList();
        int[] order = ordered(jobs, Comparator.comparingLong(job -> offer(job).begun));
        Points tree = new Points(claims);
        int next = 0;
        for (int job : order) {
            while (next < points.size() && points.get(next).ended < offer(job).begun) {
                tree.add(points.get(next++));
            }
            judge(tree, job, reported, report);
        }
    }

    private void byLedger(List<Claiming> claims, int[] jobs, boolean[] reported, Report report) {
        Map<Long, List<Claiming>> segments = claims.stream()
                .collect(Collectors.groupingBy(claim -> claim.name().segment()));
        int[] order = ordered(
                jobs,
                Comparator.<Integer>comparingLong(job -> offer(job).name().segment())
                        .thenComparingLong(job -> offer(job).name().no()));
        List<Claiming> points = List.of();
        Points tree = new Points(points);
        long segment = -1;
        int next = 0;
        for (int job : order) {
            Claiming offer = offer(job);
            if (offer.name().segment() != segment) {
                segment = offer.name().segment();
                points = segments.getOrDefault(segment, List.of()).stream()
                        .sorted(Comparator.comparingLong(claim -> claim.name().no()))
                        .toList();
                tree = new Points(points);
                next = 0;
            }
            while (next < points.size()
                    && points.get(next).name().no() < offer.name().no()) {
                tree.add(points.get(next++));
            }
            judge(tree, job, reported, report);
        }
    }

    private void judge(Points tree, int job, boolean[] reported, Report report) {
        if (!reported[job] && tree.highestAfter(index.answered[job]) > index.ids[job]) {
            reported[job] = true;
            long over = tree.highestAfter(index.answered[job]);
            report.violation(
                    Rule.OUT_OF_ORDER, job, "was first offered after " + over + " of its lane", index.at(over));
        }
    }

    private Claiming offer(int job) {
        Claiming offer = index.firstOffer(job);
        if (offer == null) {
            throw new IllegalStateException("never offered: " + index.ids[job]);
        }
        return offer;
    }

    /** A claim that a crash took before its answer may have held the jobs this one passed over. */
    private boolean mayFollowALostOne(Claiming claim) {
        return lost.stream().anyMatch(other -> other.begun < claim.ended && other.ended > claim.begun);
    }

    private static int[] ordered(int[] jobs, Comparator<Integer> order) {
        return Arrays.stream(jobs)
                .boxed()
                .sorted(order)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Receives a violation and the job that went ahead. */
    @FunctionalInterface
    interface Report {
        void violation(Rule rule, int job, String what, int... others);
    }

    /** The highest position among points with t above a bound: a Fenwick tree of maxima over the ranks of t, reversed. */
    private final class Points {
        private final long[] times;
        private final long[] highest;

        Points(List<Claiming> claims) {
            times = claims.stream()
                    .flatMapToLong(claim -> Arrays.stream(claim.positions).map(position -> time(claim, position)))
                    .sorted()
                    .distinct()
                    .toArray();
            highest = new long[times.length + 1];
        }

        void add(Claiming claim) {
            for (long position : claim.positions) {
                int rank = times.length - Arrays.binarySearch(times, time(claim, position));
                for (int i = rank; i < highest.length; i += i & -i) {
                    highest[i] = Math.max(highest[i], position);
                }
            }
        }

        long highestAfter(long bound) {
            int at = Arrays.binarySearch(times, bound);
            int above = at < 0 ? -at - 1 : at + 1;
            long best = Long.MIN_VALUE;
            for (int i = times.length - above; i > 0; i -= i & -i) {
                best = Math.max(best, highest[i]);
            }
            return best;
        }

        private long time(Claiming claim, long position) {
            long asked = index.requested[index.at(position)];
            return asked == NEVER ? claim.begun : Math.max(claim.begun, asked);
        }
    }
}
