package io.awa.reactive.chaos;

import java.util.SplittableRandom;

/** What a job's handler does. The shares make the mix: most succeed at once, and every way of life is taken by some. */
enum Deed {
    /** Succeeds at once. */
    PLAIN(600),
    /** Takes a while, and succeeds. */
    SLOW(60),
    /** Errs twice, then succeeds. */
    RETRY(60),
    /** Asks for another time once, then succeeds. */
    SNOOZE(40),
    /** Fails for good. */
    FAIL(30),
    /** Uses up its attempts. */
    EXHAUST(20),
    /** Goes to the dead letters. */
    DEAD(20),
    /** Cancels itself. */
    CANCEL(20),
    /** Runs so long that its attempt is held, and says how far it is. */
    HELD(25),
    /** Waits for a callback without a slot. */
    CALLBACK(25),
    /** Leaves a plain one behind. */
    FOLLOW(30),
    /** Only one of its key at a time. */
    UNIQUE(40),
    /** Not before its time. */
    SCHEDULED(40);

    private static final Deed[] ALL = values();

    private final int share;

    Deed(int share) {
        this.share = share;
    }

    static Deed any(SplittableRandom random) {
        int sum = 0;
        for (Deed deed : ALL) {
            sum += deed.share;
        }
        int at = random.nextInt(sum);
        for (Deed deed : ALL) {
            at -= deed.share;
            if (at < 0) {
                return deed;
            }
        }
        throw new IllegalStateException();
    }
}
