package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.LifeHistory;
import io.awa.reactive.testkit.Witness;
import java.util.ArrayList;
import java.util.List;

/**
 * What a call says of a member that ends otherwise than completed. It follows from the call's name and the member, so a
 * call that is sent again says the same.
 *
 * @param item    the item as sent, from 1
 * @param ordinal the member
 * @param state   where the job goes
 * @param delayMs until it is due; null: the queue's backoff, or at once
 * @param lease   of a held attempt
 * @param detail  what is left behind
 */
record Side(int item, int ordinal, String state, Long delayMs, Long lease, String detail) {

    static final String ERROR = "{\"error\": {\"class\": \"E\", \"message\": \"no\"}}";
    private static final int LEASES_OF_A_CALL = 1 << 17;
    private static final int LEASES_OF_AN_ITEM = 1 << 12;

    /** The sides of some of the items of a call, numbered as they are chosen; the checker is told what they ask for. */
    static List<Side> of(LifeHistory life, long closer, List<Item> items, List<Integer> chosen) {
        List<Side> sides = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            Item item = items.get(chosen.get(i));
            for (int m = 0; m < item.ordinals().length; m++) {
                End end = item.ends()[m];
                if (end == End.COMPLETED || end == End.RELEASED) {
                    continue;
                }
                int ordinal = item.ordinals()[m];
                long delay = delay(closer, ordinal);
                boolean comesBack = end == End.RETRIED || end == End.SNOOZED;
                boolean fails = end == End.RETRIED || end == End.FAILED || end == End.DEAD;
                if (ordinal < item.positions().length) {
                    life.asked(closer, item.positions()[ordinal], comesBack ? Math.max(0, delay) : 0, fails ? 1 : 0);
                }
                sides.add(new Side(
                        i + 1,
                        ordinal,
                        String.valueOf(Witness.code(end)),
                        comesBack && delay >= 0 ? Long.valueOf(delay) : null,
                        end == End.HELD ? Long.valueOf(lease(closer, chosen.get(i), m)) : null,
                        fails ? ERROR : end == End.CANCELLED ? "{\"reason\": \"not wanted\"}" : null));
            }
        }
        return sides;
    }

    /** The held attempt that a member becomes; never named twice. */
    static long lease(long closer, int item, int m) {
        return closer * LEASES_OF_A_CALL + item * LEASES_OF_AN_ITEM + m;
    }

    /** In milliseconds; below 0 where none is asked for. */
    static long delay(long closer, long what) {
        return Math.floorMod((closer * 31 + what) * 0x9E3779B97F4A7C15L >>> 33, 300L) - 20;
    }
}
