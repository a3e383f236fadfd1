package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;

/**
 * One member of a claim.
 *
 * @param claim   the claim
 * @param ordinal the member, from 0
 */
record Member(Claim claim, int ordinal) {}
