package io.awa.reactive.admin;

/**
 * A count that looks at a bounded number of rows.
 *
 * @param value how many were seen
 * @param exact whether those were all; otherwise there are at least as many, unless it says otherwise where it comes from
 */
public record Count(long value, boolean exact) {}
