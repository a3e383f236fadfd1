package io.awa.reactive.worker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * For tests of a random seed or of a judged history, in a module whose tests are otherwise tried twice: what failed once has
 * failed, with whatever seed it is tried again.
 */
public final class OneTry implements BeforeEachCallback, TestWatcher {

    private static final Set<String> FAILED = ConcurrentHashMap.newKeySet();

    @Override
    public void beforeEach(ExtensionContext context) {
        if (FAILED.contains(context.getUniqueId())) {
            throw new AssertionError("it has failed before: " + context.getDisplayName());
        }
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        FAILED.add(context.getUniqueId());
    }
}
