package io.awa.reactive.internal.observe;

/**
 * Where a job stands, as it is looked at until it has gone on (invariant W3 of {@code 89_watch.sql}).
 *
 * @param kind    e an entry, a an available position, r a claimed one, x one where a cancelled job rests
 * @param child   of the store or segment
 * @param number  of the entry or position
 * @param no      of the claim; else 0
 * @param ordinal of the claim's member; else 0
 * @param seq     of an entry: of the report that is known
 */
record Place(String kind, int child, long number, long no, int ordinal, long seq) {}
