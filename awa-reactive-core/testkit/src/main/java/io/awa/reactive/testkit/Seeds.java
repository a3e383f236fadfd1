package io.awa.reactive.testkit;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Seeds of property tests. A fresh seed each run finds more than a fixed one; the environment variable {@code AWA_SEED}
 * replays the run that failed. Tests over many seeds use {@link SeededTest}. Safe on any thread.
 */
public final class Seeds {

    /** The environment variable that replays one seed. */
    public static final String VARIABLE = "AWA_SEED";

    private Seeds() {}

    /**
     * One seed, printed to the standard error stream at once, so that a failure can be replayed.
     *
     * @return the seed of {@code AWA_SEED}, else a fresh one
     */
    public static long one() {
        long seed = of(1).findFirst().orElseThrow();
        System.err.println(VARIABLE + "=" + seed);
        return seed;
    }

    /**
     * Several seeds.
     *
     * @param count how many, if none is given from outside
     * @return the seed of {@code AWA_SEED} alone, else that many fresh ones
     */
    public static LongStream of(int count) {
        Long replayed = replayed(System.getenv(VARIABLE));
        return replayed == null ? new SplittableRandom().longs(count) : LongStream.of(replayed);
    }

    /**
     * The generator of a seed.
     *
     * @param seed the seed
     * @return a generator of the same numbers at each call; it belongs to one thread
     */
    public static SplittableRandom random(long seed) {
        return new SplittableRandom(seed);
    }

    static @Nullable Long replayed(@Nullable String text) {
        return text == null || text.isBlank() ? null : Long.valueOf(text.strip());
    }
}
