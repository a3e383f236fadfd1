package io.awa.reactive.storage;

import java.util.List;

/**
 * What a claim answered.
 *
 * @param status    ok, again, busy, empty, paused
 * @param more      whether another call would find something
 * @param segment   and the next ones: the token; 0 where nothing was taken
 * @param positions of the members, in the order of their ordinals
 * @param args      their bodies, empty where too large
 */
record Taken(
        String status,
        boolean more,
        long segment,
        long lane,
        long no,
        long nonce,
        long holes,
        List<Long> positions,
        List<String> args) {

    static final long SEQUENCE = (1L << 41) - 1;

    static Taken of(Row row, long nonce, boolean replayed) {
        boolean some = !row.isNull("positions");
        return new Taken(
                replayed ? (some ? "ok" : "empty") : row.text("status"),
                !replayed && row.flag("more"),
                row.isNull("segment") ? 0 : row.number("segment"),
                row.isNull("lane") ? 0 : row.number("lane"),
                row.isNull("no") ? 0 : row.number("no"),
                nonce,
                replayed || row.isNull("holes") ? 0 : row.number("holes"),
                row.longs("positions"),
                some ? List.of(row.text("args").split("\u001e", -1)) : List.of());
    }

    /** The members' places in their lane. */
    List<Integer> seqs() {
        return seqs(positions);
    }

    int size() {
        return positions.size();
    }

    /** A bit string of the claim's length with these ordinals set. */
    String bits(int... ordinals) {
        StringBuilder bits = new StringBuilder("0".repeat(size()));
        for (int ordinal : ordinals) {
            bits.setCharAt(ordinal, '1');
        }
        return bits.toString();
    }

    String all() {
        return "1".repeat(size());
    }

    Taken withNonce(long other) {
        return new Taken(status, more, segment, lane, no, other, holes, positions, args);
    }

    Taken withSegment(long other) {
        return new Taken(status, more, other, lane, no, nonce, holes, positions, args);
    }

    static List<Integer> seqs(List<Long> positions) {
        return positions.stream().map(p -> (int) (p & SEQUENCE)).toList();
    }
}
