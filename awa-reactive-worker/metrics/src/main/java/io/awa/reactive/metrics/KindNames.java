package io.awa.reactive.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Bounds how many kinds have series of their own. */
final class KindNames {

    static final String OTHER = "other";
    static final String UNKNOWN = "unknown";

    private final int most;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    KindNames(int most) {
        this.most = most;
    }

    /** The kind itself, or what stands for all that came too late, or for those without a handler. */
    String of(String kind) {
        if (kind.isEmpty()) {
            return UNKNOWN;
        }
        if (known.contains(kind)) {
            return kind;
        }
        synchronized (known) {
            if (known.size() < most || known.contains(kind)) {
                known.add(kind);
                return kind;
            }
        }
        return OTHER;
    }
}
