package io.awa.reactive.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Settlements grouped by claim, in the order every closer takes claims, in the form the statement takes. */
final class ClosureBatch {

    private static final Comparator<Group> CLAIM_ORDER = Comparator.<Group>comparingLong(g -> g.claim.segment())
            .thenComparingInt(g -> g.claim.lane())
            .thenComparingLong(g -> g.claim.no());

    private final List<Group> groups;
    private final IntFunction<@Nullable FollowUps> followUps;

    private ClosureBatch(List<Group> groups, IntFunction<@Nullable FollowUps> followUps) {
        this.groups = groups;
        this.followUps = followUps;
    }

    static ClosureBatch of(List<Settlement> settlements, IntFunction<@Nullable FollowUps> followUps) {
        Map<Token, Group> byToken = new HashMap<>();
        for (int i = 0; i < settlements.size(); i++) {
            Settlement settlement = settlements.get(i);
            Claim claim = settlement.claim();
            byToken.computeIfAbsent(Token.of(claim), token -> new Group(claim)).add(settlement, i);
        }
        List<Group> groups = new ArrayList<>(byToken.values());
        groups.sort(CLAIM_ORDER);
        return new ClosureBatch(groups, followUps);
    }

    /** Jobs to be stored with the members of these groups. */
    FollowUps.Rows followUps() {
        FollowUps.Rows rows = new FollowUps.Rows();
        for (int i = 0; i < groups.size(); i++) {
            int[] indexes = groups.get(i).indexes;
            for (int ordinal = 0; ordinal < indexes.length; ordinal++) {
                if (indexes[ordinal] >= 0) {
                    rows.add(i + 1, ordinal, followUps.apply(indexes[ordinal]));
                }
            }
        }
        return rows;
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    List<Object> closeArgs(long closer) {
        List<Object> args = claimArgs();
        String[] outcomes = new String[groups.size()];
        Sides sides = new Sides();
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = groups.get(i).outcomes(i + 1, sides);
        }
        args.add(outcomes);
        args.add(closer);
        sides.addTo(args);
        return args;
    }

    List<Object> releaseArgs(long closer) {
        List<Object> args = claimArgs();
        args.add(closer);
        return args;
    }

    /** Notes what was accepted; answers the groups that met a rival and have members left. */
    ClosureBatch apply(List<Answer> answers, boolean[] accepted) {
        List<Group> rest = new ArrayList<>();
        for (Answer answer : answers) {
            Group group = groups.get(answer.item());
            group.note(answer.accepted(), accepted);
            if (answer.again()) {
                rest.add(group);
            }
        }
        rest.sort(CLAIM_ORDER);
        return new ClosureBatch(rest, followUps);
    }

    private List<Object> claimArgs() {
        int n = groups.size();
        Long[] segments = new Long[n];
        Integer[] lanes = new Integer[n];
        Long[] nos = new Long[n];
        Long[] nonces = new Long[n];
        String[] members = new String[n];
        for (int i = 0; i < n; i++) {
            Claim claim = groups.get(i).claim;
            segments[i] = claim.segment();
            lanes[i] = claim.lane();
            nos[i] = claim.no();
            nonces[i] = claim.nonce();
            members[i] = groups.get(i).bits();
        }
        return new ArrayList<>(List.of(segments, lanes, nos, nonces, members));
    }

    /**
     * What the database said of one group.
     *
     * @param item     the group, from 0
     * @param accepted a bit an ordinal
     * @param again    a rival came between
     */
    record Answer(int item, String accepted, boolean again) {}

    /** What names a claim: a replay answers another object for the same one. */
    private record Token(long segment, int lane, long no, long nonce) {
        static Token of(Claim claim) {
            return new Token(claim.segment(), claim.lane(), claim.no(), claim.nonce());
        }
    }

    private static final class Group {

        private final Claim claim;
        private final Settlement[] byOrdinal;
        private final int[] indexes;

        Group(Claim claim) {
            this.claim = claim;
            this.byOrdinal = new Settlement[claim.size()];
            this.indexes = new int[claim.size()];
            Arrays.fill(indexes, -1);
        }

        void add(Settlement settlement, int index) {
            int ordinal = settlement.ordinal();
            if (indexes[ordinal] < 0) {
                byOrdinal[ordinal] = settlement;
                indexes[ordinal] = index;
            }
        }

        String bits() {
            char[] bits = new char[indexes.length];
            for (int i = 0; i < bits.length; i++) {
                bits[i] = indexes[i] < 0 ? '0' : '1';
            }
            return new String(bits);
        }

        String outcomes(int item, Sides sides) {
            StringBuilder codes = new StringBuilder(indexes.length);
            boolean uniform = true;
            for (int ordinal = 0; ordinal < indexes.length; ordinal++) {
                if (indexes[ordinal] >= 0) {
                    Settlement settlement = byOrdinal[ordinal];
                    codes.append(settlement.ending().code());
                    uniform &= codes.charAt(0) == codes.charAt(codes.length() - 1);
                    if (settlement.ending() != Ending.COMPLETED) {
                        sides.add(item, settlement);
                    }
                }
            }
            return uniform ? codes.substring(0, 1) : codes.toString();
        }

        void note(String bits, boolean[] accepted) {
            for (int i = 0; i < indexes.length; i++) {
                if (indexes[i] >= 0 && bits.charAt(i) == '1') {
                    accepted[indexes[i]] = true;
                }
            }
        }
    }
}
