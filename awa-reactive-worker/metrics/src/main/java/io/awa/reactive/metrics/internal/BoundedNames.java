package io.awa.reactive.metrics.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The first names that come are kept; one word stands for all others, so that no series or span name is made without end. */
public final class BoundedNames {

    /** What stands for all others: {@value}. */
    public static final String OTHER = "other";

    private final int most;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** @param most names that are kept */
    public BoundedNames(int most) {
        this.most = most;
    }

    /** The name itself, or what stands for all that came too late. Takes no lock once there are as many names as may be. */
    public String of(String name) {
        if (known.contains(name)) {
            return name;
        }
        return known.size() < most && keep(name) ? name : OTHER;
    }

    private synchronized boolean keep(String name) {
        return known.contains(name) || known.size() < most && known.add(name);
    }
}
