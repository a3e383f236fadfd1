package io.awa.reactive.storage.random;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.testkit.HistoryChecker.Token;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** A claim somebody holds, and which of its members were answered. */
final class Taken {

    final Token token;
    final long[] positions;
    final @Nullable Claim engine;
    private final BitSet open;

    Taken(Token token, long[] positions, @Nullable Claim engine) {
        this.token = token;
        this.positions = positions;
        this.engine = engine;
        this.open = new BitSet(positions.length);
        open.set(0, positions.length);
    }

    synchronized int[] open() {
        return open.stream().toArray();
    }

    synchronized void ended(int ordinal) {
        open.clear(ordinal);
    }

    synchronized boolean isOpen() {
        return !open.isEmpty();
    }
}
