package io.awa.reactive.benchmarks;

import io.awa.reactive.job.JobType;
import java.util.SplittableRandom;

/**
 * Arguments of the jobs measured.
 *
 * @param id  counted from 0
 * @param pad fills the JSON text up to the size asked for
 */
record Payload(int id, String pad) {

    static final int MIN_BYTES = 40;
    static final JobType<Payload> TYPE = JobType.of("bench", Payload.class).queue("bench");

    private static final int FRAME = "{\"id\":,\"pad\":\"\"}".length();
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    /** Makes payloads of one size. Random letters: a text that compresses would make the tables look small. */
    static final class Maker {

        private final int bytes;
        private final String pad;

        Maker(int bytes) {
            this.bytes = bytes;
            SplittableRandom random = new SplittableRandom(bytes);
            StringBuilder text = new StringBuilder(bytes);
            for (int i = 0; i < bytes; i++) {
                text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            pad = text.toString();
        }

        Payload of(int id) {
            int digits = Integer.toString(id).length();
            return new Payload(id, pad.substring(0, bytes - FRAME - digits));
        }
    }
}
