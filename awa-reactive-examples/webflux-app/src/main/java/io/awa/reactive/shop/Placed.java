package io.awa.reactive.shop;

/**
 * An order that was taken.
 *
 * @param order its number
 * @param job   the job that fulfils it, to follow at {@code /jobs/<job>/events}
 */
record Placed(long order, String job) {}
