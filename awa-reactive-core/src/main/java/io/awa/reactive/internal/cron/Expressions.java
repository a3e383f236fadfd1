package io.awa.reactive.internal.cron;

import io.awa.reactive.cron.CronExpression;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Expressions that were read before: a tick reads the same ones each second. */
final class Expressions {

    // Above it the expressions of a process are not a fixed set: start over rather than grow for ever.
    private static final int MANY = 10_000;

    private final ConcurrentMap<Key, CronExpression> known = new ConcurrentHashMap<>();

    /** @throws io.awa.reactive.AwaValidationException if the expression or the zone is none */
    CronExpression of(String cron, String zone) {
        Key key = new Key(cron, zone);
        CronExpression found = known.get(key);
        if (found != null) {
            return found;
        }
        CronExpression fresh = CronExpression.of(cron).in(zone);
        if (known.size() >= MANY) {
            known.clear();
        }
        known.put(key, fresh);
        return fresh;
    }

    private record Key(String cron, String zone) {}
}
