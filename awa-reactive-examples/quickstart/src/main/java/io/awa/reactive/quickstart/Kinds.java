package io.awa.reactive.quickstart;

import io.awa.reactive.job.JobType;
import java.util.List;

/** The jobs of a small shop. Two queues; the queue {@code mail} has two priorities. */
final class Kinds {

    static final JobType<Receipt> RECEIPT =
            JobType.of("receipt", Receipt.class).queue("mail").priority(1);
    static final JobType<Newsletter> NEWSLETTER =
            JobType.of("newsletter", Newsletter.class).queue("mail").priority(3);
    static final JobType<Thumbnail> THUMBNAIL =
            JobType.of("thumbnail", Thumbnail.class).queue("images").priority(2);

    static final List<JobType<?>> ALL = List.of(RECEIPT, NEWSLETTER, THUMBNAIL);

    private Kinds() {}

    /** Has a number of its own, by which the end of every job is counted. */
    interface Numbered {
        long number();
    }

    /**
     * Thanks for an order; enqueued in the order's transaction.
     *
     * @param number the job's number
     * @param order  the order
     */
    record Receipt(long number, long order) implements Numbered {}

    /**
     * One letter of a mailing.
     *
     * @param number the job's number
     * @param to     the reader
     * @param issue  which issue
     */
    record Newsletter(long number, String to, int issue) implements Numbered {}

    /**
     * A small picture of a large one.
     *
     * @param number the job's number
     * @param path   the large one
     * @param width  pixels
     */
    record Thumbnail(long number, String path, int width) implements Numbered {}
}
