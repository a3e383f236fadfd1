package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.Witness;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Members of one claim, ordinals ascending.
 *
 * @param token     the claim
 * @param positions of its members
 * @param ordinals  those meant
 * @param ends      their ends
 */
record Item(Token token, long[] positions, int[] ordinals, End[] ends) {

    static Item of(Taken taken, End end, int... ordinals) {
        End[] ends = new End[ordinals.length];
        Arrays.fill(ends, end);
        return new Item(taken.token, taken.positions, ordinals, ends);
    }

    static Item all(Taken taken, End end) {
        return of(taken, end, IntStream.range(0, taken.positions.length).toArray());
    }

    String bits() {
        char[] bits = new char[positions.length];
        Arrays.fill(bits, '0');
        for (int ordinal : ordinals) {
            bits[ordinal] = '1';
        }
        return new String(bits);
    }

    String outcomes() {
        StringBuilder codes = new StringBuilder();
        for (End end : ends) {
            codes.append(Witness.code(end));
        }
        boolean uniform = codes.chars().distinct().count() == 1;
        return uniform ? codes.substring(0, 1) : codes.toString();
    }
}
