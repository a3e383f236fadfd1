package io.awa.reactive.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The first names that come are kept; one word stands for all others, so that no series or span name is made without end. */
final class BoundedNames {

    static final String OTHER = "other";

    private final int most;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    BoundedNames(int most) {
        this.most = most;
    }

    String of(String name) {
        if (known.contains(name)) {
            return name;
        }
        synchronized (known) {
            if (known.size() < most || known.contains(name)) {
                known.add(name);
                return name;
            }
        }
        return OTHER;
    }
}
