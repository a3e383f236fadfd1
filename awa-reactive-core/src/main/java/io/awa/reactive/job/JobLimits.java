package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;

/**
 * What a job may hold, checked before the database sees it. Immutable and shareable; each setting returns a new
 * instance. Limits guard the queue, not only the table: a claim fetches hundreds of jobs in one reply.
 *
 * @param payloadBytes bytes of the arguments as UTF-8 JSON, and of the metadata likewise; numbers written with an
 *                     exponent count as the digits they stand for, since {@code jsonb} writes them out
 * @param depth        levels of nested objects and arrays in arguments and metadata
 * @param nameLength   characters of a kind, of a queue's name and of a concurrency key
 * @param tags         tags of one job
 * @param tagLength    characters of a tag
 */
public record JobLimits(int payloadBytes, int depth, int nameLength, int tags, int tagLength) {

    /** 1 MiB: {@value}. */
    public static final int DEFAULT_PAYLOAD_BYTES = 1 << 20;

    /** The highest payload limit, 16 MiB: the binary form of {@code jsonb} has bounds of its own, and is larger. */
    public static final int MAX_PAYLOAD_BYTES = 16 << 20;

    /** {@value} levels. */
    public static final int DEFAULT_DEPTH = 64;

    /** The highest depth limit, {@value} levels, which is also where Jackson stops unless told otherwise. */
    public static final int MAX_DEPTH = 500;

    /** {@value} characters; the highest limit too. */
    public static final int DEFAULT_NAME_LENGTH = 200;

    /** {@value} tags. */
    public static final int DEFAULT_TAGS = 20;

    /** {@value} characters. */
    public static final int DEFAULT_TAG_LENGTH = 200;

    /** The highest limit for the number of tags and for the length of each: {@value}. */
    public static final int MAX_TAG_LIMIT = 1000;

    /**
     * Bytes of JSON that tags and metadata have together at most, as {@code jsonb} prints them, with a space behind each
     * colon and comma and numbers written out: {@value}. They travel with every claim, so this is no setting.
     */
    public static final int EXTRAS_BYTES = 48 * 1024;

    /** Bytes of JSON that a job's headers have together at most: {@value}. They travel with every claim too. */
    public static final int HEADER_BYTES = 4 * 1024;

    private static final JobLimits DEFAULTS =
            new JobLimits(DEFAULT_PAYLOAD_BYTES, DEFAULT_DEPTH, DEFAULT_NAME_LENGTH, DEFAULT_TAGS, DEFAULT_TAG_LENGTH);

    /** @throws AwaValidationException if a limit is out of its range */
    public JobLimits {
        Checks.between("limits.payloadBytes", payloadBytes, 2, MAX_PAYLOAD_BYTES);
        Checks.between("limits.depth", depth, 1, MAX_DEPTH);
        Checks.between("limits.nameLength", nameLength, 1, DEFAULT_NAME_LENGTH);
        Checks.between("limits.tags", tags, 0, MAX_TAG_LIMIT);
        Checks.between("limits.tagLength", tagLength, 1, MAX_TAG_LIMIT);
    }

    /** The defaults named above. */
    public static JobLimits defaults() {
        return DEFAULTS;
    }

    /** The same limits with another payload size, 2 to {@link #MAX_PAYLOAD_BYTES}. */
    public JobLimits payloadBytes(int bytes) {
        return new JobLimits(bytes, depth, nameLength, tags, tagLength);
    }

    /** The same limits with another depth, 1 to {@link #MAX_DEPTH}. */
    public JobLimits depth(int levels) {
        return new JobLimits(payloadBytes, levels, nameLength, tags, tagLength);
    }

    /** The same limits with another length of names, 1 to {@link #DEFAULT_NAME_LENGTH}. */
    public JobLimits nameLength(int characters) {
        return new JobLimits(payloadBytes, depth, characters, tags, tagLength);
    }

    /** The same limits with another number of tags, 0 to {@link #MAX_TAG_LIMIT}. */
    public JobLimits tags(int count) {
        return new JobLimits(payloadBytes, depth, nameLength, count, tagLength);
    }

    /** The same limits with another length of tags, 1 to {@link #MAX_TAG_LIMIT}. */
    public JobLimits tagLength(int characters) {
        return new JobLimits(payloadBytes, depth, nameLength, tags, characters);
    }
}
