package io.awa.reactive.storage.random;

import io.awa.reactive.storage.random.Entries.Live;
import io.awa.reactive.storage.random.Entries.Promoted;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A leader's memory of where promotion goes on, by store (57_promote.sql, S6). Safe on any thread. */
final class LowWater {

    private final Map<Long, Mark> lows = new HashMap<>();

    /** Promotes what is due in every store. Answers how many this call promoted. */
    synchronized int pass(Entries entries, Session session, int limit, long closer) {
        int promoted = 0;
        for (Live live : entries.stores(session)) {
            Mark before = lows.get(live.store());
            Mark next = mark(entries, session);
            Promoted pass = entries.promote(session, live.child(), before == null ? null : before.at, limit, closer);
            promoted += pass.promoted();
            if (before != null && before.next != null) {
                next = before.next;
            }
            boolean all = pass.due() < limit;
            if (all && pass.xmin() != null && Long.parseLong(pass.xmin()) >= next.xid) {
                lows.put(live.store(), new Mark(next.at, next.xid, null));
            } else {
                lows.put(live.store(), new Mark(before == null ? null : before.at, 0, next));
            }
        }
        return promoted;
    }

    @Nullable
    synchronized String of(long store) {
        Mark mark = lows.get(store);
        return mark == null ? null : mark.at;
    }

    /** After a crash nothing of it is true. */
    synchronized void forget() {
        lows.clear();
    }

    private static Mark mark(Entries entries, Session session) {
        return session.row(
                entries.in("SELECT at::text AS at, xid::text AS xid FROM {awa}.promotion_mark()"),
                row -> new Mark(row.text("at"), Long.parseLong(row.text("xid")), null));
    }

    /**
     * @param at   the low-water, null for the beginning
     * @param xid  of the mark
     * @param next a mark that waits for those who were in progress
     */
    private record Mark(
            @Nullable String at, long xid, @Nullable Mark next) {}
}
