package io.awa.reactive.engine;

import org.jspecify.annotations.Nullable;

/**
 * One member's end, to be written.
 *
 * @param claim   the claim
 * @param ordinal the member, from 0
 * @param ending  how it ends
 * @param error   for {@link Ending#FAILED}: what is kept; cut at 4,000 characters
 */
public record Settlement(
        Claim claim, int ordinal, Ending ending, @Nullable String error) {

    static final int ERROR_LENGTH = 4_000;

    String boundedError() {
        String text = error == null ? "failed" : error.replace('\0', ' ');
        return text.length() <= ERROR_LENGTH ? text : text.substring(0, ERROR_LENGTH);
    }
}
